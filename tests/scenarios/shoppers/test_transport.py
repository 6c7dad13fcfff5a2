"""The transport against a server that says exactly what the test wants, byte by byte."""

from __future__ import annotations

import gzip
import time
import zlib

import gevent
import pytest

from scenarios.shoppers.connection import DeadlineError, TransportError
from scenarios.shoppers.transport import REHEARSAL_HEADER, Transport
from targets.adapters.contract import Call
from tests.scenarios.shoppers.scripted_server import (
    OK,
    Peer,
    ScriptedServer,
    once,
    replying,
    serving,
    silent,
)

GET = Call(method="GET", path="/")
POST = Call(method="POST", path="/orders", body=b"{}")
PATIENT_S = 20.0


def transport_to(server: ScriptedServer, url: str = "") -> Transport:
    host, port = server.address
    return Transport(url or f"http://{host}:{port}", address=server.address, run_id="run-7")


def send(transport: Transport, call: Call = GET, within_s: float = PATIENT_S, **cookies: str):
    return transport.send(call, cookies=cookies, within_s=within_s)


def until(holds) -> None:
    """Lets the server's thread get on; the test's own time-out is the bound."""
    while not holds():
        gevent.sleep(0.005)


def header(request: bytes, name: str) -> list[bytes]:
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    pairs = (line.partition(b": ") for line in lines)
    return [value for key, _, value in pairs if key.lower() == name.lower().encode()]


def chunked(body: bytes, trailer: bytes = b"") -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%b\r\n" % (len(body), body)
        + b"0\r\n%b\r\n" % trailer
    )


def encoded(name: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (name, len(body)) + body


def raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(body) + packing.flush()


FRAMINGS = {
    "content_length": (OK, 200, b"ok"),
    "chunked": (chunked(b"ok"), 200, b"ok"),
    "chunked_with_a_trailer": (chunked(b"ok", b"X-Sum: 1\r\n"), 200, b"ok"),
    "empty": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    "no_content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "not_modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
    "no_reason_phrase": (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
    "gzip": (encoded(b"gzip", gzip.compress(b"ok")), 200, b"ok"),
    "gzip_in_capitals": (encoded(b"GZIP", gzip.compress(b"ok")), 200, b"ok"),
    "deflate": (encoded(b"deflate", zlib.compress(b"ok")), 200, b"ok"),
    "deflate_without_its_header": (encoded(b"deflate", raw_deflate(b"ok")), 200, b"ok"),
    "continue_first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
    "early_hints_first": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, 200, b"ok"),
    "http_1_0_kept_alive": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        200,
        b"ok",
    ),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_reply_is_read_whole_and_its_connection_used_again(framing):
    raw, status, body = FRAMINGS[framing]
    with serving(replying(raw)) as server, transport_to(server) as transport:
        replies = [send(transport) for _ in range(3)]
        assert [(each.status, each.body) for each in replies] == [(status, body)] * 3
        assert len(server.peers) == 1
        assert len(server.requests) == 3


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_reply_may_come_byte_by_byte(framing):
    raw, status, body = FRAMINGS[framing]
    with (
        serving(replying(*(raw[k : k + 1] for k in range(len(raw))))) as server,
        transport_to(server) as transport,
    ):
        reply = send(transport)
        assert (reply.status, reply.body) == (status, body)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ],
)
def test_a_connection_that_the_server_means_to_close_is_not_used_again(raw):
    with serving(once(raw)) as server, transport_to(server) as transport:
        assert [send(transport).body for _ in range(3)] == [b"ok"] * 3
        assert len(server.peers) == 3


def test_a_head_reply_has_no_body_and_keeps_its_connection():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    with serving(replying(head)) as server, transport_to(server) as transport:
        replies = [send(transport, Call(method="HEAD", path="/")) for _ in range(2)]
        assert [each.body for each in replies] == [b"", b""]
        assert replies[0].headers["content-length"] == "5000"
        assert len(server.peers) == 1


def test_an_interim_reply_leaves_nothing_in_the_final_one():
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nSet-Cookie: a=1\r\n\r\n"
    with serving(replying(hints, OK)) as server, transport_to(server) as transport:
        reply = send(transport)
    assert reply.status == 200
    assert reply.headers == {"content-length": "2"}
    assert reply.cookies == {}


def test_calls_in_flight_at_once_have_a_connection_each():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        sending = [gevent.spawn(send, transport) for _ in range(5)]
        assert [each.get().body for each in sending] == [b"ok"] * 5
        assert len(server.peers) == 5
        assert send(transport).body == b"ok"
        assert len(server.peers) == 5


def test_bytes_after_a_reply_put_the_connection_out_of_step():
    with serving(replying(OK + OK)) as server, transport_to(server) as transport:
        assert [send(transport).body for _ in range(2)] == [b"ok", b"ok"]
        assert len(server.peers) == 2


@pytest.mark.parametrize("call", [GET, POST], ids=["get", "post"])
def test_a_connection_closed_while_idle_is_noticed_before_it_is_used(call):
    with serving(once(OK), replying(OK)) as server, transport_to(server) as transport:
        send(transport)
        [idle] = transport._idle
        until(idle.is_stale)
        assert send(transport, call).body == b"ok"
        assert [len(peer.requests) for peer in server.peers] == [1, 1]


def answers_once_then_hangs_up(peer: Peer) -> None:
    peer.read_request()
    peer.say(OK)
    peer.read_request()


def test_a_get_is_sent_again_when_the_reused_connection_breaks_before_the_reply():
    with (
        serving(answers_once_then_hangs_up, replying(OK)) as server,
        transport_to(server) as transport,
    ):
        send(transport)
        assert send(transport).body == b"ok"
        assert [len(peer.requests) for peer in server.peers] == [2, 1]


def test_a_post_is_never_sent_twice():
    with (
        serving(answers_once_then_hangs_up, replying(OK)) as server,
        transport_to(server) as transport,
    ):
        send(transport)
        with pytest.raises(TransportError, match="connection"):
            send(transport, POST)
        assert sum(request.startswith(b"POST") for request in server.requests) == 1


def test_a_get_is_sent_again_once_only():
    with serving(answers_once_then_hangs_up) as server, transport_to(server) as transport:
        gevent.joinall([gevent.spawn(send, transport) for _ in range(4)], raise_error=True)
        server.talks = (once(b""),)
        with pytest.raises(TransportError, match="closed before the reply"):
            send(transport, Call(method="GET", path="/again"))
        assert sum(b" /again " in request for request in server.requests) == 2


def test_a_first_connection_that_breaks_is_not_tried_again():
    with serving(once(b"")) as server, transport_to(server) as transport:
        with pytest.raises(TransportError, match="closed before the reply was complete"):
            send(transport)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        encoded(b"gzip", gzip.compress(b"cut" * 99)[:-8]),
    ],
)
@pytest.mark.parametrize("ended", ["closed", "reset"])
def test_a_reply_that_is_cut_short_is_an_error_and_the_call_not_repeated(beginning, ended):
    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.say(OK)
        peer.read_request()
        peer.say(beginning)
        if ended == "reset":
            peer.ending.wait(0.05)
            peer.reset()

    with serving(talk) as server, transport_to(server) as transport:
        send(transport)
        with pytest.raises(TransportError):
            send(transport)
        assert len(server.requests) == 2
        assert not transport._idle


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ws\r\n\r\n",
        encoded(b"gzip", b"plain text"),
        bytes(range(256)),
    ],
)
def test_what_is_no_http_reply_is_an_error_with_a_reason(raw):
    with serving(replying(raw)) as server, transport_to(server) as transport:
        with pytest.raises(TransportError) as caught:
            send(transport)
        assert caught.value.reason
        assert not isinstance(caught.value, DeadlineError)
        assert not transport._idle


@pytest.mark.parametrize(
    "call",
    [
        Call(method="GET", path="/a\r\nX-Evil: 1"),
        Call(method="GET", path="/a\nX-Evil: 1"),
        Call(method="GET", path="/a HTTP/1.1\r\n\r\nGET /b"),
        Call(method="GET", path="/a b"),
        Call(method="GET", path="/", headers={"X": "1\r\nX-Evil: 1"}),
        Call(method="GET", path="/", headers={"X\r\nX-Evil": "1"}),
        Call(method="GET\r\nX-Evil: 1", path="/"),
    ],
)
def test_a_call_that_would_break_the_framing_is_refused_unsent(call):
    with serving(replying(OK)) as server, transport_to(server) as transport:
        with pytest.raises(TransportError, match="line break"):
            send(transport, call)
        assert not server.peers


def test_a_cookie_cannot_inject_a_header():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        with pytest.raises(TransportError):
            send(transport, GET, a="1\r\nX-Evil: 1")
        assert not server.peers


def test_no_time_left_is_a_deadline_even_before_connecting():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        with pytest.raises(DeadlineError):
            send(transport, GET, within_s=0.0)
        assert not server.requests


def dribbling(beginning: bytes, more: bytes):
    """Says `beginning`, then `more` for ever: always a byte in time, never an end."""

    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.say(beginning)
        while not peer.ending.wait(0.02):
            peer.say(more)

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        silent,
        dribbling(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"),
        dribbling(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"b"),
        dribbling(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"b"),
        dribbling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silence", "headers", "body", "body_until_close", "interim_replies"],
)
def test_the_deadline_holds_however_the_server_stalls(talk):
    with serving(talk) as server, transport_to(server) as transport:
        began_s = time.perf_counter()
        with pytest.raises(DeadlineError, match="in time"):
            send(transport, GET, within_s=0.2)
        assert time.perf_counter() - began_s >= 0.2
        assert not transport._idle
        until(lambda: len(server.requests) == 1)


def test_the_deadline_holds_while_the_request_is_sent():
    def deaf(peer: Peer) -> None:
        peer.ending.wait(30.0)

    huge = Call(method="POST", path="/", body=bytes(64_000_000))
    with serving(deaf) as server, transport_to(server) as transport, pytest.raises(DeadlineError):
        send(transport, huge, within_s=0.2)


def test_nobody_listening_is_an_error_and_no_deadline():
    with serving(replying(OK)) as server:
        address = server.address
    url = f"http://{address[0]}:{address[1]}"
    with Transport(url, address=address, run_id="r") as transport:
        with pytest.raises(TransportError, match=r"connect: Connection refused") as caught:
            send(transport)
        assert not isinstance(caught.value, DeadlineError)


@pytest.mark.parametrize("name", [REHEARSAL_HEADER, REHEARSAL_HEADER.lower()])
def test_every_request_carries_the_rehearsal_header_whatever_the_call_says(name):
    with serving(replying(OK)) as server, transport_to(server) as transport:
        for call in (GET, POST, Call(method="HEAD", path="/", headers={name: "customer"})):
            send(transport, call)
        assert all(b"run-7" in header(each, REHEARSAL_HEADER) for each in server.requests)


def test_a_call_replaces_the_players_own_headers():
    call = Call(method="GET", path="/", headers={"User-Agent": "phone", "Host": "shop.example"})
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, call)
        assert header(server.requests[0], "user-agent") == [b"phone"]
        assert header(server.requests[0], "host") == [b"shop.example"]


def test_a_target_may_live_below_a_path_and_its_password_stays_here():
    with serving(replying(OK)) as server:
        host, port = server.address
        url = f"http://user:secret@{host}:{port}/shop/"
        with transport_to(server, url) as transport:
            send(transport, Call(method="GET", path="/cart?a=1"))
        assert server.requests[0].startswith(b"GET /shop/cart?a=1 HTTP/1.1\r\n")
        assert header(server.requests[0], "host") == [f"{host}:{port}".encode()]
        assert b"secret" not in server.requests[0]


def test_cookies_are_told_apart_and_sent_as_one_header():
    raw = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/; HttpOnly\r\nSet-Cookie: b=x=y\r\n"
        b"Set-Cookie: gone=; Max-Age=0\r\nContent-Length: 0\r\n\r\n"
    )
    with serving(replying(raw)) as server, transport_to(server) as transport:
        assert send(transport, GET, a="1", b="x=y").cookies == {"a": "1", "b": "x=y", "gone": ""}
        assert header(server.requests[0], "cookie") == [b"a=1; b=x=y"]


def test_a_calls_own_cookie_header_wins():
    call = Call(method="GET", path="/", headers={"Cookie": "own=1"})
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, call, jar="2")
        assert header(server.requests[0], "cookie") == [b"own=1"]


@pytest.mark.parametrize("value", ["双十一".encode(), b"caf\xe9", b"\xff\xfe\x80"])
def test_a_cookie_goes_back_byte_by_byte_as_it_came(value):
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=%b\r\nContent-Length: 0\r\n\r\n" % value
    with serving(replying(raw)) as server, transport_to(server) as transport:
        send(transport, GET, **send(transport).cookies)
        assert header(server.requests[1], "cookie") == [b"a=" + value]


def test_reply_headers_with_bytes_that_are_no_text_do_not_break():
    raw = b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\r\nX: 1\r\nX: 2\r\nContent-Length: 2\r\n\r\nok"
    with serving(replying(raw)) as server, transport_to(server) as transport:
        reply = send(transport)
        assert reply.body == b"ok"
        assert reply.headers["x"] == "1, 2"


def test_names_that_are_not_ascii_go_out_as_utf_8():
    call = Call(method="GET", path="/搜索?q=双十一", headers={"X-City": "北京"})
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, call)
        assert server.requests[0].startswith("GET /搜索?q=双十一 HTTP/1.1\r\n".encode())
        assert header(server.requests[0], "x-city") == ["北京".encode()]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_empty_body_of_a_method_that_has_one_is_said_to_be_empty(method):
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, Call(method=method, path="/"))
        send(transport, GET)
        assert header(server.requests[0], "content-length") == [b"0"]
        assert header(server.requests[1], "content-length") == []


def test_bodies_of_five_megabytes_pass_both_ways():
    size = 5_000_000
    body = (bytes(range(251)) * 20_000)[:size]

    def echo(peer: Peer) -> None:
        while True:
            sent = peer.read_request().partition(b"\r\n\r\n")[2]
            peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent)

    with serving(echo) as server, transport_to(server) as transport:
        for _ in range(2):
            assert send(transport, Call(method="POST", path="/", body=body)).body == body
        assert len(server.peers) == 1


def test_a_server_that_speaks_no_tls_is_an_error_over_https():
    with serving(replying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        host, port = server.address
        with (
            transport_to(server, f"https://{host}:{port}") as transport,
            pytest.raises(TransportError, match="connect"),
        ):
            send(transport, within_s=2.0)


def test_a_shopper_who_is_cut_off_leaves_no_open_connection():
    with serving(silent) as server, transport_to(server) as transport:
        sending = gevent.spawn(send, transport)
        until(lambda: server.requests)
        sending.kill()
        until(server.peers[0].hung_up.is_set)
        assert not transport._idle


def test_closing_the_transport_closes_its_idle_connections():
    with serving(replying(OK)) as server:
        with transport_to(server) as transport:
            send(transport)
        until(server.peers[0].hung_up.is_set)
