"""A reply is bounded in every direction in which a server could make it grow."""

from __future__ import annotations

import gzip
import itertools

import pytest

from scenarios.transport.arriving_reply import LARGEST_HEADERS_BYTES
from scenarios.transport.failure import TransportError
from targets.adapters.contract import Call
from tests.scenarios.transport.scripted_server import Peer, Talk, once, replying, serving
from tests.scenarios.transport.sending import GET, PATIENT_S, send, transport_to

LARGEST = 100_000


def sent(talk: Talk, call: Call = GET):
    with (
        serving(talk) as server,
        transport_to(server, largest_reply_bytes=LARGEST) as transport,
    ):
        return transport.send(call, within_s=PATIENT_S)


def framed(size: int, how: str) -> bytes:
    body = bytes(size)
    if how == "length":
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + body
    if how == "chunked":
        chunks = b"".join(b"1\r\nx\r\n" for _ in range(size))
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    if how == "gzip":
        packed = gzip.compress(body)
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        return head % len(packed) + packed
    return b"HTTP/1.1 200 OK\r\n\r\n" + body


@pytest.mark.parametrize("how", ["length", "chunked", "gzip", "until_close"])
def test_a_body_of_the_largest_size_is_taken_and_one_byte_more_is_too_large(how):
    assert len(sent(once(framed(LARGEST, how))).body) == LARGEST
    with pytest.raises(TransportError) as caught:
        sent(once(framed(LARGEST + 1, how)))
    assert caught.value.kind == "too_large"


def endless(beginning: bytes, more: bytes) -> Talk:
    """Says `more` for ever after `beginning`, until the player hangs up."""

    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.say(beginning)
        while not peer.ending.is_set():
            peer.say(more)

    return talk


OK_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("beginning", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 5000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", bytes(5000)),
        (b"HTTP/1.1 200 OK\r\n\r\n", bytes(5000)),
        (OK_CHUNKED, b"1\r\nx\r\n" * 1000),
        (OK_CHUNKED, b"1;" + b"x" * 5000 + b"\r\nx\r\n"),
        (OK_CHUNKED + b"1;", b"x" * 5000),
        (OK_CHUNKED + b"1\r\nx\r\n0\r\n", b"X: 1\r\n" * 1000),
        (OK_CHUNKED + b"1\r\nx\r\n0\r\nX: ", b"x" * 5000),
    ],
    ids=[
        "headers", "one_header", "interim_replies", "body", "body_until_close",
        "small_chunks", "chunk_extensions", "one_extension", "trailers", "one_trailer",
    ],
)  # fmt: skip
def test_a_server_that_never_stops_is_stopped(beginning, more):
    with pytest.raises(TransportError) as caught:
        sent(endless(beginning, more))
    assert caught.value.kind == "too_large"


def test_headers_of_a_sixteenth_of_the_bound_pass():
    cookies = "".join(f"Set-Cookie: c{k}={'v' * 100}\r\n" for k in range(120)).encode()
    assert len(cookies) < LARGEST_HEADERS_BYTES / 16
    reply = sent(once(b"HTTP/1.1 200 OK\r\n" + cookies + b"Content-Length: 0\r\n\r\n"))
    assert len(reply.cookies) == 120


def test_a_trailer_changes_nothing():
    body = b"2\r\nok\r\n0\r\nContent-Encoding: gzip\r\nSet-Cookie: late=1\r\n\r\n"
    reply = sent(once(OK_CHUNKED + body))
    assert (reply.body, reply.cookies) == (b"ok", {})
    assert "content-encoding" not in reply.headers


def test_what_a_head_reply_says_of_its_size_is_no_size():
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    assert sent(replying(raw), Call(method="HEAD", path="/")).status == 200


def test_the_bound_is_for_each_reply_and_not_for_a_connection():
    sizes = itertools.repeat(LARGEST)

    def talk(peer: Peer) -> None:
        for size in sizes:
            peer.read_request()
            peer.say(framed(size, "length"))

    with (
        serving(talk) as server,
        transport_to(server, largest_reply_bytes=LARGEST) as transport,
    ):
        assert [len(send(transport).body) for _ in range(3)] == [LARGEST] * 3
        assert len(server.peers) == 1
