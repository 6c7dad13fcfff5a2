"""Replies that were damaged on their way: never a crash, never a wait beyond the deadline, never
another reply than the bytes say, and nothing left over for the next call.

What the bytes say is told by h11, another reader of HTTP by other people.
"""

from __future__ import annotations

import contextlib
import gzip
import queue
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import h11
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scenarios.transport.failure import TransportError
from scenarios.transport.transport import Transport
from targets.adapters.contract import Call, Reply
from tests.scenarios.transport.sending import transport_at

LARGEST = 50_000
DEADLINE_S = 20.0
BODY = b"the goods are reserved for you until midnight"
CALL = Call(method="GET", path="/", follow=False)
NEXT = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nnext"


def with_length(body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (more, len(body), body)


SEEDS = [
    with_length(BODY),
    with_length(BODY, b"Set-Cookie: sid=1; Path=/\r\nConnection: keep-alive\r\n"),
    with_length(gzip.compress(BODY), b"Content-Encoding: gzip\r\n"),
    with_length(zlib.compress(BODY), b"Content-Encoding: deflate\r\n"),
    with_length(BODY, b"Connection: close\r\n"),
    b"HTTP/1.1 100 Continue\r\n\r\n" + with_length(BODY),
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 409 Conflict\r\nContent-Length: 19\r\n\r\n" + b'{"code":"sold_out"}',
    b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"10\r\n%b\r\n%x\r\n%b\r\n0\r\nX-Sum: 1\r\n\r\n" % (BODY[:16], len(BODY) - 16, BODY[16:]),
]


def flipped(raw: bytes, at: int, bit: int) -> bytes:
    at %= len(raw)
    return raw[:at] + bytes([raw[at] ^ (1 << bit)]) + raw[at + 1 :]


def inserted(raw: bytes, at: int, more: bytes) -> bytes:
    at %= len(raw) + 1
    return raw[:at] + more + raw[at:]


def without(raw: bytes, at: int, size: int) -> bytes:
    at %= len(raw)
    return raw[:at] + raw[at + size :]


def with_header_twice(raw: bytes, which: int, value: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    which = which % len(lines) or 1
    line = lines[which] if which < len(lines) else b"X: 1"
    again = line if not value else line.partition(b":")[0] + b": " + value
    return b"\r\n".join([*lines[:which], again, *lines[which:]]) + b"\r\n\r\n" + body


PLACES = st.integers(0, 400)
ODD = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b" ",
        b":",
        b"0\r\n\r\n",
        b"\xff\xff",
        b"Content-Length: 3\r\n",
    ]
) | st.binary(min_size=1, max_size=12)
GIANT = st.sampled_from([b"", b"0", b"-1", b"+5", b"5, 5", b"9" * 25, b"2147483648", b"0x10"])
MUTATIONS = st.one_of(
    st.builds(lambda at, bit: lambda raw: flipped(raw, at, bit), PLACES, st.integers(0, 7)),
    st.builds(lambda at, more: lambda raw: inserted(raw, at, more), PLACES, ODD),
    st.builds(lambda at, n: lambda raw: without(raw, at, n), PLACES, st.integers(1, 30)),
    st.builds(lambda at: lambda raw: raw[: at % (len(raw) + 1)], PLACES),
    st.builds(
        lambda n, value: lambda raw: with_header_twice(raw, n, value), st.integers(1, 5), GIANT
    ),
    st.just(lambda raw: raw + NEXT.replace(b"next", b"evil")),
)


@st.composite
def damaged(draw) -> tuple[bytes, bytes, list[int]]:
    """A reply, the same after one to three mutations, and where it is split on its way."""
    raw = seed = draw(st.sampled_from(SEEDS))
    for mutate in draw(st.lists(MUTATIONS, min_size=1, max_size=3)):
        raw = mutate(raw) or b"\x00"
    # Our parser passes over line ends before a reply, and h11 does not.
    assume(set(re.findall(rb"([\r\n]+)HTTP/", raw)) <= {b"\r\n\r\n"})
    splits = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=3)))
    return seed, raw, splits


def with_plain_phrases(raw: bytes) -> bytes:
    """The phrase of a status line means nothing, but h11 will not have odd bytes in it."""
    line = rb"(?m)^(HTTP/1\.[01] \d{3} )([^\r\n]*)"
    return re.sub(line, lambda found: found[1] + b"x" * len(found[2]), raw)


def as_h11_reads(raw: bytes) -> tuple[int, bytes] | None:
    """The first final reply in `raw` after which the connection ends; None when it is damaged."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    reader.send(h11.EndOfMessage())
    status, codings, body = 0, b"", b""
    try:
        reader.receive_data(with_plain_phrases(raw))
        ended = False
        while not isinstance(event := reader.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
                named = [value for name, value in event.headers if name == b"content-encoding"]
                codings = b",".join(named).lower()
            elif isinstance(event, h11.Data):
                body += event.data
            elif event is h11.NEED_DATA and not ended:
                ended = True
                reader.receive_data(b"")
            elif not isinstance(event, h11.InformationalResponse):
                return None
        unpack = {b"gzip": gzip.decompress, b"deflate": zlib.decompress}
        for coding in reversed(codings.split(b",")):
            if body and coding.strip() not in unpack:
                break
            body = unpack[coding.strip()](body) if body else body
        return status, body
    except (h11.RemoteProtocolError, OSError, EOFError, zlib.error):
        return None


@dataclass(slots=True)
class Script:
    """A reply in pieces. `said` is set when all of it is on its way."""

    raw: bytes
    splits: list[int] = field(default_factory=list)
    said: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Responder:
    """Says the next script on each connection after its first request, and then hangs up, or
    waits for the player to do so."""

    listener: socket.socket
    hangs_up: bool = True
    scripts: queue.Queue[Script] = field(default_factory=queue.Queue)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            script = self.scripts.get()
            with connection, contextlib.suppress(OSError):
                self._answer(connection, script)
            script.said.set()

    def _answer(self, connection: socket.socket, script: Script) -> None:
        connection.recv(65_536)
        ends = [*script.splits, len(script.raw)]
        for start, end in zip([0, *script.splits], ends, strict=True):
            connection.sendall(script.raw[start:end])
        if not self.hangs_up:
            connection.recv(65_536)

    def transport(self) -> Transport:
        host, port = self.listener.getsockname()
        return transport_at(f"http://{host}:{port}", (host, port), largest_reply_bytes=LARGEST)


@contextlib.contextmanager
def responding(*, hangs_up: bool = True) -> Iterator[Responder]:
    listener = socket.create_server(("127.0.0.1", 0))
    responder = Responder(listener, hangs_up=hangs_up)
    thread = threading.Thread(target=responder.serve)
    thread.start()
    try:
        yield responder
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.fixture(scope="module")
def responder() -> Iterator[Responder]:
    with responding() as responder:
        yield responder


@pytest.fixture(scope="module")
def waiting_responder() -> Iterator[Responder]:
    with responding(hangs_up=False) as responder:
        yield responder


def outcome(transport: Transport, within_s: float = DEADLINE_S) -> Reply | TransportError:
    try:
        return transport.send(CALL, within_s=within_s)
    except TransportError as error:
        return error


FAILURES = {"not_http", "closed_early", "bad_encoding", "too_large", "reset"}


@settings(max_examples=300, deadline=None)
@given(damage=damaged())
def test_a_damaged_reply_is_what_its_bytes_say_or_a_failure(responder, damage):
    """Of what h11 will not read our parser forgives some; what it reads is what was meant."""
    seed, raw, splits = damage
    script = Script(raw, splits)
    responder.scripts.put(script)
    with responder.transport() as transport:
        first = outcome(transport)
        script.said.wait()
        responder.scripts.put(Script(NEXT))
        then = outcome(transport)
    if isinstance(first, Reply):
        came = first.status, with_plain_phrases(first.body)
        assert came == (as_h11_reads(raw) or as_h11_reads(seed))
    else:
        assert first.kind in FAILURES
    assert isinstance(then, Reply)
    assert (then.status, then.body) == (201, b"next")


@settings(max_examples=25, deadline=None)
@given(damage=damaged())
def test_nobody_waits_beyond_the_deadline_for_what_a_damaged_reply_promises(
    waiting_responder, damage
):
    _, raw, splits = damage
    waiting_responder.scripts.put(Script(raw, splits))
    with waiting_responder.transport() as transport:
        came = outcome(transport, within_s=0.05)
    assert isinstance(came, Reply) or came.kind in {*FAILURES, "reply_timeout"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reply_that_was_not_damaged_is_read_as_h11_does(responder, seed):
    responder.scripts.put(Script(seed))
    with responder.transport() as transport:
        came = outcome(transport)
    assert isinstance(came, Reply)
    assert (came.status, came.body) == as_h11_reads(seed)


def test_bytes_that_nobody_has_asked_for_are_no_reply_to_the_next_call():
    """They come when the event loop is not running: only a look at the kernel can tell."""
    listener = socket.create_server(("127.0.0.1", 0))
    evil, has_said = threading.Event(), threading.Event()

    def serve() -> None:
        first, _ = listener.accept()
        with first:
            first.recv(65_536)
            first.sendall(with_length(BODY))
            evil.wait()
            first.sendall(NEXT.replace(b"next", b"evil"))
            has_said.set()
            second, _ = listener.accept()
            with second:
                second.recv(65_536)
                second.sendall(NEXT)

    thread = threading.Thread(target=serve)
    thread.start()
    host, port = listener.getsockname()
    with (
        listener,
        transport_at(f"http://{host}:{port}", (host, port)) as transport,
    ):
        assert transport.send(CALL, within_s=DEADLINE_S).body == BODY
        evil.set()
        has_said.wait()
        assert transport.send(CALL, within_s=DEADLINE_S).body == b"next"
    thread.join()
