"""The control port answers its owner, and a storm of strangers costs the player next to nothing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import gevent
import pytest
from gevent import socket as green

from scenarios.guards.control_port import (
    PLACES,
    REST_S,
    Request,
    as_json,
    control_port,
)

TOKEN = "t0ken"


def echo(request: Request):
    return as_json({"body": request.body.decode(), "path": request.path})


ROUTES = {("GET", "/status"): lambda _: as_json({"second": 3}), ("POST", "/stop"): echo}


@contextmanager
def port() -> Iterator[int]:
    with control_port(ROUTES, TOKEN) as number:
        yield number


def said(number: int, *parts: bytes) -> bytes:
    with green.create_connection(("127.0.0.1", number), timeout=10.0) as connection:
        for part in parts:
            connection.sendall(part)
            gevent.sleep(0.01)
        heard = b""
        while data := connection.recv(65_536):
            heard += data
    return heard


def ask(number: int, method: str, path: str, body: bytes = b"", **headers: str):
    names = {"Host": f"127.0.0.1:{number}", "Content-Length": str(len(body)), **headers}
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in names.items())
    heard, _, content = said(number, head.encode() + b"\r\n" + body).partition(b"\r\n\r\n")
    return int(heard.split()[1]), json.loads(content)


def test_a_page_is_read_without_a_token():
    with port() as number:
        assert ask(number, "GET", "/status") == (200, {"second": 3})
        assert ask(number, "GET", "/status?x=1") == (200, {"second": 3})


def test_what_changes_something_needs_the_token():
    with port() as number:
        right = f"Bearer {TOKEN}"
        assert ask(number, "POST", "/stop", b"why", Authorization=right) == (
            200, {"body": "why", "path": "/stop"},
        )  # fmt: skip
        for wrong in ("", "Bearer", "Bearer t0ke", "Bearer t0ken2", "Basic t0ken", "Bearer \xff"):
            assert ask(number, "POST", "/stop", b"why", Authorization=wrong)[0] == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_is_not_this_machines_is_refused(host):
    """A web page whose own name resolves to 127.0.0.1 must read nothing here."""
    with port() as number:
        assert ask(number, "GET", "/status", Host=host)[0] == 403


def test_other_pages_and_methods_are_refused():
    with port() as number:
        assert ask(number, "GET", "/")[0] == 404
        assert ask(number, "GET", "/stop")[0] == 405
        assert ask(number, "DELETE", "/status")[0] == 405


def test_a_request_may_come_in_pieces():
    with port() as number:
        heard = said(number, b"GET /sta", b"tus HTTP/1.1\r\nHo", b"st: localhost\r\n", b"\r\n")
    assert heard.startswith(b"HTTP/1.1 200 OK")
    assert heard.endswith(b'{"second": 3}\n')


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff" * 100,
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"POST /stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n" + b"x" * 9_000,
        b"GET /status HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    ],
)  # fmt: skip
def test_garbage_is_refused_and_the_port_goes_on(garbage):
    with port() as number:
        try:
            heard = said(number, garbage)
        except OSError:
            heard = b""
        assert heard == b"" or heard.startswith(b"HTTP/1.1 4")
        assert ask(number, "GET", "/status")[0] == 200


def test_who_says_nothing_loses_the_place_to_the_next():
    with port() as number:
        silent = [green.create_connection(("127.0.0.1", number)) for _ in range(PLACES)]
        began_s = time.perf_counter()
        assert ask(number, "GET", "/status")[0] == 200
        assert time.perf_counter() - began_s > 0.5, "both places were taken until time was up"
        for each in silent:
            each.close()


def test_a_storm_is_read_at_a_walk():
    """However many ask, at most PLACES are read within each REST_S."""
    read = []
    routes = {("GET", "/"): lambda _: (read.append(time.perf_counter()), as_json(1))[1]}
    with control_port(routes, TOKEN) as number:
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
        storm = [gevent.spawn(_ignoring, number, request) for _ in range(200)]
        gevent.sleep(1.0)
        gevent.killall(storm)
    assert len(read) >= PLACES
    for first, later in zip(read, read[PLACES:], strict=False):
        assert later - first >= REST_S * 0.9


def _ignoring(number: int, request: bytes) -> None:
    try:
        said(number, request)
    except OSError:
        return


def test_a_closed_port_listens_no_more():
    with port() as number:
        pass
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", number), timeout=1.0):
        pass
