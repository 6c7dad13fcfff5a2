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


class TransportError(Exception):
    """No complete reply. `unsent` says that the request cannot have been processed."""

    def __init__(self, reason: str, *, unsent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unsent = unsent


class DeadlineError(TransportError):
    """The reply was not complete at the deadline."""


class _ArrivingReply:
    """Collects the parts of a reply from the parser's callbacks."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.headers_complete = False
        self.complete = False
        self._body: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "set-cookie":
            pair = text.partition(";")[0]
            cookie, _, content = pair.partition("=")
            self.cookies[cookie.strip()] = content.strip()
        else:
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        self.headers_complete = True

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        self.complete = True

    def reply(self, status: int) -> Reply:
        raw = b"".join(self._body)
        if raw and self.headers.get("content-encoding", "") in ("gzip", "deflate"):
            raw = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw)
        return Reply(status=status, headers=self.headers, body=raw, cookies=self.cookies)


class Connection:
    """An open connection to one address; see the module."""

    def __init__(
        self, address: tuple[str, int], *, tls: ssl.SSLContext | None, name: str, deadline_s: float
    ) -> None:
        try:
            raw = socket.create_connection(address, timeout=_left(deadline_s))
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = tls.wrap_socket(raw, server_hostname=name) if tls else raw
        except TimeoutError as error:
            raise DeadlineError("connect timed out", unsent=True) from error
        except OSError as error:
            reason = f"connect: {error.strerror or error}"
            raise TransportError(reason, unsent=True) from error
        self.used = 0
        self.reusable = False

    def is_stale(self) -> bool:
        """True when the server has closed the idle connection (or said something unasked)."""
        readable = _poll()
        readable.register(self._socket.fileno(), _POLLIN)
        return bool(readable.poll(0))

    def exchange(self, request: bytes, *, head: bool, deadline_s: float) -> Reply:
        """Sends `request` and reads the whole reply. Raises TransportError."""
        reply = _ArrivingReply()
        try:
            self._socket.settimeout(_left(deadline_s))
            self._socket.sendall(request)
            self.used += 1
            return self._read(reply, head, deadline_s)
        except TimeoutError as error:
            raise DeadlineError("no complete reply in time") from error
        except OSError as error:
            raise TransportError(f"connection: {error.strerror or error}") from error
        except (httptools.HttpParserError, zlib.error) as error:
            raise TransportError(f"not HTTP: {error}") from error

    def _read(self, reply: _ArrivingReply, head: bool, deadline_s: float) -> Reply:
        parser = httptools.HttpResponseParser(reply)
        while not reply.complete:
            self._socket.settimeout(_left(deadline_s))
            data = self._socket.recv(READ_BYTES)
            if not data:
                if reply.headers_complete and _ends_with_connection(reply.headers):
                    break
                raise TransportError("connection closed before the reply was complete")
            parser.feed_data(data)
            if head and reply.headers_complete:
                break
        self.reusable = parser.should_keep_alive() and reply.complete and not head
        return reply.reply(parser.get_status_code())

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
        raise TransportError("call has a line break in its path or headers", unsent=True)
    return text.encode("utf-8") + b"\r\n\r\n" + body


def _ends_with_connection(headers: Mapping[str, str]) -> bool:
    return "content-length" not in headers and "transfer-encoding" not in headers


def _left(deadline_s: float) -> float:
    left_s = deadline_s - time.perf_counter()
    if left_s <= 0:
        raise TimeoutError
    return left_s
