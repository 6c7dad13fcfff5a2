"""The control port of a run: a page of figures, and a way to stop it, on this machine only.

It shares the player's event loop, so what strangers do to it must cost next to nothing: two
connections at a time, one request each, at most 8 KB of it within a second, and each place is
kept for a while after its answer. A storm waits in the kernel's queue.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import gevent
import httptools
from gevent.pool import Pool
from gevent.server import StreamServer

PLACES = 2
REST_S = 0.05
"""With 2 places, at most 40 requests a second are read."""
WITHIN_S = 1.0
LARGEST_BYTES = 8_192
OWN_NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a page says. `body` is sent as it is."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to the port, as far as a page needs it."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Page = Callable[[Request], Answer]
Routes = Mapping[tuple[str, str], Page]
"""Pages by (method, path): `("GET", "/status")`. What changes something is a POST, which needs
the run's token; everything else may be read by whoever is on this machine."""


def as_json(value: Any, *, status: int = 200) -> Answer:
    """`value` as a JSON page."""
    return Answer(body=json.dumps(value, ensure_ascii=False).encode() + b"\n", status=status)


def new_token() -> str:
    return secrets.token_urlsafe(24)


@contextmanager
def control_port(routes: Routes, token: str, *, port: int = 0) -> Iterator[int]:
    """Serves `routes` on `port` of 127.0.0.1 within the block, 0 for a free one, and gives its
    number.

    Raises OSError when no port can be opened.
    """

    def serve(connection: socket.socket, _peer: object) -> None:
        with contextlib.suppress(OSError, gevent.Timeout), connection:
            with gevent.Timeout(WITHIN_S):
                connection.sendall(_said(_answer(connection, routes, token)))
            gevent.sleep(REST_S)

    # gevent's own way to listen leaves its socket open when the port is taken.
    server = StreamServer(socket.create_server(("127.0.0.1", port)), serve, spawn=Pool(PLACES))
    # One at a time: gevent would otherwise accept a hundred before it lets the player go on.
    server.max_accept = 1
    server.start()
    opened: int | None = server.server_port
    assert opened is not None, "a started server has a port"
    try:
        yield opened
    finally:
        server.stop(timeout=0.5)


class _Heard:
    """Collects a request from httptools' callbacks."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


def _answer(connection: socket.socket, routes: Routes, token: str) -> Answer:
    request = _heard(connection)
    if request is None:
        return _refusal(HTTPStatus.BAD_REQUEST)
    name = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    if name not in OWN_NAMES:
        # A web page elsewhere may have its own name resolve to this machine.
        return _refusal(HTTPStatus.FORBIDDEN)
    page = routes.get((request.method, request.path))
    if page is None:
        known = any(path == request.path for _, path in routes)
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND)
    given = request.headers.get("authorization", "").encode()
    if request.method != "GET" and not secrets.compare_digest(given, f"Bearer {token}".encode()):
        return _refusal(HTTPStatus.UNAUTHORIZED)
    return page(request)


def _heard(connection: socket.socket) -> Request | None:
    """The one request of `connection`; None when it is none, or too large, or cut off."""
    heard = _Heard()
    parser = httptools.HttpRequestParser(heard)
    size = 0
    while not heard.complete:
        data = connection.recv(4_096)
        size += len(data)
        if not data or size > LARGEST_BYTES:
            return None
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return None
    return Request(
        method=parser.get_method().decode("latin-1"),
        path=heard.url.partition(b"?")[0].decode("latin-1"),
        headers=heard.headers,
        body=heard.body,
    )


def _refusal(status: HTTPStatus) -> Answer:
    return as_json({"error": status.phrase}, status=status)


def _said(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + answer.body
