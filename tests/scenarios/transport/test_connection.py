"""A connection against a server that says exactly what the test wants, byte by byte."""

from __future__ import annotations

import gzip
import time
import zlib

import gevent
import pytest

from scenarios.transport.failure import DeadlineError, TransportError
from targets.adapters.contract import Call
from tests.scenarios.transport.scripted_server import (
    OK,
    Peer,
    once,
    replying,
    serving,
    silent,
)
from tests.scenarios.transport.sending import GET, send, transport_at, transport_to, until


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


def test_bytes_after_a_reply_put_the_connection_out_of_step():
    with serving(replying(OK + OK)) as server, transport_to(server) as transport:
        assert [send(transport).body for _ in range(2)] == [b"ok", b"ok"]
        assert len(server.peers) == 2


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        encoded(b"gzip", gzip.compress(b"cut" * 99, mtime=0)[:-8]),
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
        assert not transport._home.pool.idle


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
        assert not transport._home.pool.idle


@pytest.mark.parametrize("coding", [b"bhunked", b"gzip", b"gzip, chunked", b"chunked, chunked"])
def test_a_transfer_coding_that_nobody_asked_for_is_no_reply(coding):
    """RFC 9112 section 6.1. It would pass for a body that ends with its connection."""
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %b\r\n\r\n2\r\nok\r\n0\r\n\r\n" % coding
    with serving(once(raw)) as server, transport_to(server) as transport:
        with pytest.raises(TransportError) as caught:
            send(transport)
        assert caught.value.kind in {"not_http", "closed_early"}


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
        with pytest.raises(DeadlineError, match="reply_timeout"):
            send(transport, GET, within_s=0.2)
        assert time.perf_counter() - began_s >= 0.2
        assert not transport._home.pool.idle
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
    with transport_at(url, address) as transport:
        with pytest.raises(TransportError, match="refused") as caught:
            send(transport)
        assert not isinstance(caught.value, DeadlineError)


def test_reply_headers_with_bytes_that_are_no_text_do_not_break():
    raw = b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\r\nX: 1\r\nX: 2\r\nContent-Length: 2\r\n\r\nok"
    with serving(replying(raw)) as server, transport_to(server) as transport:
        reply = send(transport)
        assert reply.body == b"ok"
        assert reply.headers["x"] == "1, 2"


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
        assert not transport._home.pool.idle
