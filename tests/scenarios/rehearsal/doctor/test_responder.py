"""The small server that the generator is measured against."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from scenarios.rehearsal.doctor import child_server
from scenarios.rehearsal.doctor.responder import BODY, running_responder


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running_responder() as url:
        yield urlsplit(url).netloc


def test_every_request_of_a_connection_gets_the_same_reply(address: str) -> None:
    with closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        for path in ("/", "/api/products/1?x=2"):
            connection.request("GET", path)
            reply = connection.getresponse()
            assert (reply.status, reply.read()) == (200, BODY)


def test_a_head_gets_no_body(address: str) -> None:
    with closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        for method, body in (("HEAD", b""), ("GET", BODY)):
            connection.request(method, "/")
            assert connection.getresponse().read() == body


def test_requests_may_arrive_in_pieces_and_together(address: str) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as link:
        for piece in (b"GET / HTTP/1.1\r\nHo", b"st: a\r\n\r", b"\nGET / HTTP/1.1\r\n\r\nGET"):
            link.sendall(piece)
        link.shutdown(socket.SHUT_WR)
        heard = b"".join(iter(lambda: link.recv(65_536), b""))
    assert heard.count(BODY) == 2


def test_a_responder_ends_with_the_block(address: str) -> None:
    with running_responder() as url:
        port = urlsplit(url).port
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_a_responder_ends_when_its_parent_is_gone() -> None:
    """The end of its standard input is all that a killed parent leaves."""
    words = [sys.executable, "-m", "scenarios.rehearsal.doctor.responder"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline().strip().isdigit()
        child.stdin.close()
        assert child.wait(30) == 0


def test_a_responder_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_server.sys, "executable", "/bin/true")
    with pytest.raises(OSError, match="did not start"), running_responder():
        pass
