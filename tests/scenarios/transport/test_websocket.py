"""A shopper's WebSocket against a room that says exactly what the test wants."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import gevent
import pytest
from wsproto import ConnectionType, WSConnection, events

from scenarios.transport.dialling import dialled
from scenarios.transport.failure import DeadlineError, TransportError
from scenarios.transport.websocket import WebSocket
from targets.adapters.contract import Hear, Leave, Reply, Say
from tests.scenarios.transport.room import Visitor, room
from tests.scenarios.transport.scripted_server import (
    Peer,
    ScriptedServer,
    Talk,
    once,
    serving,
    silent,
)
from tests.scenarios.transport.sending import PATIENT_S, until

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def shaken(socket: WebSocket, within_s: float = PATIENT_S, **headers: str) -> Reply:
    deadline_s = time.perf_counter() + within_s
    return socket.shake_hands("shop.example", "/live", headers, deadline_s=deadline_s)


@contextlib.contextmanager
def socket_to(server: ScriptedServer, most_bytes: int = 1000) -> Iterator[WebSocket]:
    deadline_s = time.perf_counter() + PATIENT_S
    connected = dialled(server.address, tls=None, name="shop.example", deadline_s=deadline_s)
    socket = WebSocket(connected, most_bytes=most_bytes)
    try:
        yield socket
    finally:
        socket.close()


@contextlib.contextmanager
def in_room(talk) -> Iterator[WebSocket]:
    with serving(room(talk)) as server, socket_to(server) as socket:
        assert shaken(socket).status == 101
        yield socket


def heard(reply: Reply) -> list[str | bytes]:
    return [each.content for each in reply.messages]


def waiting(visitor: Visitor) -> None:
    """Does nothing until the visitor says goodbye, and then says so too."""
    while not isinstance(visitor.hear(), events.CloseConnection):
        pass
    visitor.send(events.CloseConnection(code=1000))


def test_what_is_said_is_heard_on_the_other_side_and_answered():
    def echo(visitor: Visitor) -> None:
        while isinstance(event := visitor.hear(), events.Message):
            visitor.say(event.data)
        visitor.send(event.response())

    with in_room(echo) as socket:
        for message in ("在吗？", b"\x00\xff", ""):
            assert socket.answer(Say(message=message), within_s=PATIENT_S).closed == 0
            reply = socket.answer(Hear(within_s=PATIENT_S, most=1), within_s=2 * PATIENT_S)
            assert heard(reply) == [message]
        goodbye = socket.answer(Leave(), within_s=PATIENT_S)
        assert goodbye.closed == 1000


def test_the_handshake_carries_the_path_and_headers():
    with serving(room(waiting)) as server, socket_to(server) as socket:
        shaken(socket, Cookie="sid=1", **{"X-City": "北京"})
        request = server.requests[0]
    assert request.startswith(b"GET /live HTTP/1.1\r\n")
    assert b"Cookie: sid=1\r\n" in request
    assert "X-City: 北京\r\n".encode() in request


def test_hearing_ends_with_the_time_the_number_or_the_message_that_was_waited_for():
    def talk(visitor: Visitor) -> None:
        for number in range(6):
            visitor.say(f"{number}")
        waiting(visitor)

    with in_room(talk) as socket:
        first = socket.answer(Hear(within_s=PATIENT_S, most=2), within_s=2 * PATIENT_S)
        assert heard(first) == ["0", "1"]
        wanted = Hear(within_s=PATIENT_S, until=lambda each: each.content == "4")
        assert heard(socket.answer(wanted, within_s=2 * PATIENT_S)) == ["2", "3", "4"]
        rest = socket.answer(Hear(within_s=0.2), within_s=PATIENT_S)
        assert heard(rest) == ["5"]
        assert (rest.status, rest.closed, rest.requests) == (101, 0, 0)


def test_every_message_has_the_instant_at_which_it_came_and_not_when_it_was_heard():
    with in_room(lambda visitor: (visitor.say("now"), waiting(visitor))) as socket:
        until(lambda: socket._unheard)
        came_by_s = time.time()
        gevent.sleep(0.05)
        [message] = socket.answer(Hear(within_s=1.0, most=1), within_s=PATIENT_S).messages
        assert came_by_s - PATIENT_S < message.at_s <= came_by_s


def test_words_that_come_with_the_handshake_are_heard():
    def talk(peer: Peer) -> None:
        visitor = Visitor(peer)
        visitor.protocol.receive_data(peer.read_request())
        next(iter(visitor.protocol.events()))
        hello = visitor.protocol.send(events.AcceptConnection())
        peer.say(hello + visitor.protocol.send(events.TextMessage(data="welcome")))
        waiting(visitor)

    with serving(talk) as server, socket_to(server) as socket:
        shaken(socket)
        reply = socket.answer(Hear(within_s=PATIENT_S, most=1), within_s=2 * PATIENT_S)
        assert heard(reply) == ["welcome"]


def test_a_message_in_pieces_is_one_message():
    def talk(visitor: Visitor) -> None:
        visitor.say("双", last=False)
        visitor.say("十", last=False)
        visitor.say("一")
        waiting(visitor)

    with in_room(talk) as socket:
        reply = socket.answer(Hear(within_s=PATIENT_S, most=1), within_s=2 * PATIENT_S)
        assert heard(reply) == ["双十一"]


def test_a_ping_is_answered_while_the_shopper_thinks():
    pongs = []

    def talk(visitor: Visitor) -> None:
        visitor.send(events.Ping(payload=b"there?"))
        pongs.append(visitor.hear())
        waiting(visitor)

    with in_room(talk):
        until(lambda: pongs)
    assert pongs == [events.Pong(payload=b"there?")]


def test_a_room_that_closes_ends_what_is_heard_with_its_code():
    def talk(visitor: Visitor) -> None:
        visitor.say("sold out")
        visitor.send(events.CloseConnection(code=4001, reason="sold out"))
        visitor.hear()

    with in_room(talk) as socket:
        reply = socket.answer(Hear(within_s=PATIENT_S), within_s=2 * PATIENT_S)
        assert (heard(reply), reply.closed) == (["sold out"], 4001)
        assert socket.answer(Leave(), within_s=PATIENT_S).closed == 4001
        with pytest.raises(TransportError, match="closed_early: the WebSocket was closed"):
            socket.answer(Say(message="more?"), within_s=PATIENT_S)


def frames(raw: bytes):
    """A room that says these bytes as they are and then hears what is said to them."""

    def talk(visitor: Visitor) -> None:
        visitor.peer.say(raw)
        with contextlib.suppress(Exception):
            visitor.hear()

    return talk


def resetting(visitor: Visitor) -> None:
    visitor.peer.reset()


@pytest.mark.parametrize(
    ("talk", "kind"),
    [
        (lambda visitor: None, "closed_early"),
        (resetting, "reset"),
        (lambda visitor: visitor.peer.say(b"\x81\x05hal"), "closed_early"),
        (frames(b"\xff\xff\xff\xff"), "bad_frame"),
        (frames(b"\x81\x02\xc3\x28"), "bad_frame"),
        (frames(b"\x83\x01x"), "bad_frame"),
        (frames(b"\x80\x01x"), "bad_frame"),
        (frames(b"\x89\xff" + bytes(300)), "bad_frame"),
        (frames(b"\x82\x7f" + (2**62).to_bytes(8, "big") + bytes(2000)), "too_large"),
    ],
    ids=["dies", "reset", "cut", "garbage", "no_text", "opcode", "lone_piece", "ping", "giant"],
)
def test_a_room_that_breaks_down_has_a_class(talk, kind):
    with in_room(talk) as socket:
        if kind == "closed_early":
            until(lambda: socket._failure or socket._closed)
        with pytest.raises(TransportError) as caught:
            socket.answer(Hear(within_s=PATIENT_S), within_s=2 * PATIENT_S)
        assert caught.value.kind == kind
        with pytest.raises(TransportError):
            socket.answer(Say(message="?"), within_s=PATIENT_S)


@pytest.mark.parametrize(("size", "last"), [(100, True), (0, True), (0, False)])
def test_messages_that_nobody_hears_are_bounded(size, last):
    def talk(visitor: Visitor) -> None:
        for _ in range(20):
            visitor.say("x" * size, last=last)
        waiting(visitor)

    with in_room(talk) as socket:
        until(lambda: socket._failure)
        assert socket._failure.kind == "too_large"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: full\r\n\r\nno", 403),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        (b"HTTP/1.1 302 Found\r\nLocation: /log-in\r\nContent-Length: 0\r\n\r\n", 302),
    ],
)
def test_a_refusal_is_a_reply_for_the_adapter_to_judge(raw, status):
    with serving(once(raw)) as server, socket_to(server) as socket:
        assert shaken(socket).status == status


@pytest.mark.parametrize(
    ("talk", "kind"),
    [
        (once(b""), "closed_early"),
        (once(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "not_websocket"),
        (once(ACCEPTED + b"\r\n"), "not_websocket"),
        (once(ACCEPTED + b"Sec-WebSocket-Accept: bm90IGl0\r\n\r\n"), "not_websocket"),
        (once(ACCEPTED + b"Sec-WebSocket-Protocol: \xff\r\n\r\n"), "not_websocket"),
        (once(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 20_000), "not_websocket"),
    ],
    ids=["nothing", "no_http", "no_key", "wrong_key", "odd_protocol", "endless_headers"],
)
def test_a_handshake_that_goes_wrong_has_a_class(talk: Talk, kind):
    with serving(talk) as server, socket_to(server) as socket:
        with pytest.raises(TransportError) as caught:
            shaken(socket)
        assert caught.value.kind == kind


@pytest.mark.parametrize(
    "headers", [{"X": "1\r\nX-Evil: 1"}, {"X Y": "1"}, {"X": "\x00"}], ids=["value", "name", "nul"]
)
def test_a_header_that_would_break_the_framing_is_refused(headers):
    with serving(silent) as server, socket_to(server) as socket:
        with pytest.raises(TransportError) as caught:
            shaken(socket, **headers)
        assert caught.value.kind == "bad_call"
        assert not server.requests


def test_every_wait_ends_at_its_deadline():
    with serving(silent) as server, socket_to(server) as socket, pytest.raises(DeadlineError):
        shaken(socket, within_s=0.1)
    with in_room(lambda visitor: visitor.peer.ending.wait(30.0)) as socket:
        for request in (Hear(within_s=PATIENT_S), Leave()):
            with pytest.raises(DeadlineError, match="reply_timeout"):
                socket.answer(request, within_s=0.1)


def test_a_room_that_does_not_listen_holds_nobody_beyond_the_deadline():
    with (
        in_room(lambda visitor: visitor.peer.ending.wait(30.0)) as socket,
        pytest.raises(DeadlineError),
    ):
        socket.answer(Say(message=bytes(64_000_000)), within_s=0.2)


def test_closing_says_goodbye_and_ends_the_reader():
    goodbyes = []
    with in_room(lambda visitor: goodbyes.append(visitor.hear())) as socket:
        socket.close()
        assert socket._reader.dead
        until(lambda: goodbyes)
    assert goodbyes == [events.CloseConnection(code=1001, reason="")]


class Chatterbox:
    """A socket on whose other side a room never stops talking: no read has to wait."""

    def __init__(self, words: int) -> None:
        self.words = words
        self.room = WSConnection(ConnectionType.SERVER)
        self.coming = b""

    def sendall(self, data: bytes) -> None:
        self.room.receive_data(data)
        if any(isinstance(each, events.Request) for each in self.room.events()):
            self.coming = self.room.send(events.AcceptConnection())

    def recv(self, size: int) -> bytes:
        said, self.coming = self.coming, self.room.send(events.TextMessage(data="x"))
        self.words -= 1
        return said if self.words >= 0 else b""

    def settimeout(self, seconds: float | None) -> None:
        pass

    send, close = sendall, lambda self: None


def test_a_room_that_never_stops_talking_lets_the_other_shoppers_have_their_turns():
    turns = []

    def others() -> None:
        while len(turns) < 50:
            turns.append(len(socket._unheard))
            gevent.sleep(0)

    socket = WebSocket(Chatterbox(words=50), most_bytes=10_000)
    shaken(socket)
    gevent.joinall([gevent.spawn(others), socket._reader])
    assert len(set(turns)) > 40
    socket.close()
