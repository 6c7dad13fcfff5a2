"""Bytes to and from one address: nothing that comes is lost, whoever speaks first."""

from __future__ import annotations

import time
from contextlib import closing

import gevent
import pytest

from scenarios.transport.deadlines import Deadlines
from scenarios.transport.stream import Stream
from tests.scenarios.transport.scripted_server import Peer, ScriptedServer, serving
from tests.scenarios.transport.sending import until

WITHIN_S = 20.0
LARGE_BYTES = 8_000_000


@pytest.fixture
def deadlines():
    with closing(Deadlines()) as deadlines:
        yield deadlines


def stream_to(server: ScriptedServer, deadlines: Deadlines) -> Stream:
    return Stream(server.address, tls=None, name="", deadlines=deadlines, deadline_s=in_time())


def in_time() -> float:
    return time.perf_counter() + WITHIN_S


def received(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += stream.receive(in_time())
    return data


def speaks_first(peer: Peer) -> None:
    peer.say(b"first")
    peer.read_request()
    peer.say(b"second")


def test_what_came_while_nobody_waited_is_noticed_and_still_there(deadlines):
    with serving(speaks_first) as server, closing(stream_to(server, deadlines)) as stream:
        until(stream.has_stirred)
        gevent.sleep(0.01)  # the watcher rings meanwhile
        assert received(stream, 5) == b"first"
        assert not stream.has_stirred()
        stream.send(b"GET / HTTP/1.1\r\n\r\n", in_time())
        assert received(stream, 6) == b"second"


def test_a_server_that_answers_before_it_has_read_all_is_heard(deadlines):
    request = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LARGE_BYTES + bytes(LARGE_BYTES)
    with serving(speaks_first) as server, closing(stream_to(server, deadlines)) as stream:
        stream.send(request, in_time())
        assert received(stream, 11) == b"firstsecond"
        assert len(server.requests[0]) == len(request)


def test_the_end_is_noticed_and_said_by_no_bytes(deadlines):
    with (
        serving(lambda peer: peer.say(b"bye")) as server,
        closing(stream_to(server, deadlines)) as stream,
    ):
        assert received(stream, 3) == b"bye"
        until(stream.has_stirred)
        assert stream.receive(in_time()) == b""


def test_a_wait_that_is_over_leaves_the_stream_in_order(deadlines):
    def slow(peer: Peer) -> None:
        peer.read_request()
        peer.say(b"late")

    with serving(slow) as server, closing(stream_to(server, deadlines)) as stream:
        with pytest.raises(TimeoutError):
            stream.receive(time.perf_counter() + 0.05)
        stream.send(b"GET / HTTP/1.1\r\n\r\n", in_time())
        assert received(stream, 4) == b"late"
