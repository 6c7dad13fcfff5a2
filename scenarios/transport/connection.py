"""One keep-alive HTTP/1.1 connection on a gevent socket with a parser in C.

Every operation has a deadline. A connection that failed in any way is closed and never reused.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Mapping

import httptools
from gevent import monkey, socket

from targets.adapters.contract import Reply

READ_BYTES = 65_536
_poll = monkey.get_original("select", "poll")
_POLLIN = 1
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})


class TransportError(Exception):
    """No complete reply. `unanswered` says that the connection broke before the first byte of
    one: the request may have been processed or not."""

    def __init__(self, reason: str, *, unanswered: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unanswered = unanswered


class DeadlineError(TransportError):
    """The reply was not complete at the deadline."""


class _ArrivingReply:
    """Collects the final reply from the parser's callbacks.

    Interim replies (100 Continue, 103 Early Hints) are passed over. What follows the final reply
    is not looked at; `overrun` then says that the connection is out of step.
    """

    def __init__(self, *, head: bool) -> None:
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.headers_complete = False
        self.complete = False
        self.keeps_alive = False
        self.overrun = False
        self._head = head
        self._body: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises TransportError when `data` is no HTTP, unless the reply is complete."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            raise TransportError("the server switched to another protocol") from error
        except httptools.HttpParserError as error:
            if not self.complete:
                raise TransportError(f"not HTTP: {error}") from error
            self.overrun = True

    def on_message_begin(self) -> None:
        self.overrun = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.complete:
            return
        key, text = _text(name).lower(), _text(value)
        if key == "set-cookie":
            pair = text.partition(";")[0]
            cookie, _, content = pair.partition("=")
            self.cookies[cookie.strip()] = content.strip()
        else:
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        if 100 <= self.status < 200:
            self.headers.clear()
            self.cookies.clear()
            return
        self.headers_complete = True
        if self._head:
            self._completed()

    def on_body(self, part: bytes) -> None:
        if not self.complete:
            self._body.append(part)

    def on_message_complete(self) -> None:
        if self.headers_complete and not self.complete:
            self._completed()

    def _completed(self) -> None:
        # Asked here, because the parser forgets it when the message is over.
        self.keeps_alive = self._parser.should_keep_alive()
        self.complete = True

    def ends_with_connection(self) -> bool:
        """True when only the end of the connection can end this reply."""
        chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        return self.headers_complete and "content-length" not in self.headers and not chunked

    def reply(self) -> Reply:
        raw = b"".join(self._body)
        if raw and self.headers.get("content-encoding", "").lower() in _COMPRESSED:
            raw = _decompressed(raw)
        return Reply(status=self.status, headers=self.headers, body=raw, cookies=self.cookies)

    def release(self) -> None:
        """Breaks the cycle with the parser: while pacing, garbage is rarely collected."""
        del self._parser


class Connection:
    """An open connection to one address; see the module."""

    def __init__(
        self, address: tuple[str, int], *, tls: ssl.SSLContext | None, name: str, deadline_s: float
    ) -> None:
        try:
            self._socket = socket.create_connection(address, timeout=_left(deadline_s))
        except TimeoutError as error:
            raise DeadlineError("connect timed out") from error
        except OSError as error:
            raise TransportError(f"connect: {error.strerror or error}") from error
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self._socket.settimeout(_left(deadline_s))
                self._socket = tls.wrap_socket(self._socket, server_hostname=name)
        except BaseException as error:
            self._socket.close()
            if isinstance(error, TimeoutError):
                raise DeadlineError("connect timed out") from error
            if isinstance(error, OSError):
                raise TransportError(f"connect: {error.strerror or error}") from error
            raise
        self.reusable = False

    def is_stale(self) -> bool:
        """True when the server has closed the idle connection (or said something unasked)."""
        readable = _poll()
        readable.register(self._socket.fileno(), _POLLIN)
        return bool(readable.poll(0))

    def exchange(self, request: bytes, *, head: bool, deadline_s: float) -> Reply:
        """Sends `request` and reads the whole reply. Raises TransportError."""
        arriving = _ArrivingReply(head=head)
        begun = False
        try:
            self._socket.settimeout(_left(deadline_s))
            self._socket.sendall(request)
            while not arriving.complete:
                self._socket.settimeout(_left(deadline_s))
                data = self._socket.recv(READ_BYTES)
                if not data:
                    break
                begun = True
                arriving.feed(data)
        except TimeoutError as error:
            raise DeadlineError("no complete reply in time") from error
        except OSError as error:
            reason = f"connection: {error.strerror or error}"
            raise TransportError(reason, unanswered=not begun) from error
        finally:
            arriving.release()
        if not arriving.complete and not arriving.ends_with_connection():
            reason = "connection closed before the reply was complete"
            raise TransportError(reason, unanswered=not begun)
        self.reusable = arriving.complete and arriving.keeps_alive and not arriving.overrun
        return arriving.reply()

    def close(self) -> None:
        self._socket.close()


def request_bytes(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """An HTTP/1.1 request. Raises TransportError when a part would break its framing."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method not in ("GET", "HEAD", "DELETE", "OPTIONS"):
        lines.append(f"Content-Length: {len(body)}")
    text = "\r\n".join(lines)
    if text.count("\r") != len(lines) - 1 or text.count("\n") != len(lines) - 1 or " " in path:
        raise TransportError("call has a line break in its path or headers")
    return text.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def _text(raw: bytes) -> str:
    """Bytes that are no UTF-8 are kept, so that a cookie goes back as it came."""
    return raw.decode("utf-8", "surrogateescape")


def _decompressed(raw: bytes) -> bytes:
    """The body of a gzip or deflate reply; some servers leave the zlib header out of deflate."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        body = unpacking.decompress(raw)
    except zlib.error:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            body = unpacking.decompress(raw)
        except zlib.error as error:
            raise TransportError(f"compressed body is damaged: {error}") from error
    if not unpacking.eof:
        raise TransportError("compressed body is cut short")
    return body


def _left(deadline_s: float) -> float:
    left_s = deadline_s - time.perf_counter()
    if left_s <= 0:
        raise TimeoutError
    return left_s
