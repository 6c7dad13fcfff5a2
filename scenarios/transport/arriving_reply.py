"""A reply as it arrives: bytes go in, and when it is complete a Reply comes out."""

from __future__ import annotations

from typing import Final

import httptools

from scenarios.transport.failure import TransportError
from scenarios.transport.unpacking import decoded
from targets.adapters.contract import Reply

LARGEST_REPLY_BYTES: Final = 16 << 20
"""The largest body that is taken unless the user asks otherwise."""
LARGEST_HEADERS_BYTES: Final = 256 << 10
"""What may come that is no body: headers, interim replies, chunk sizes, trailers."""
MOST_WORDS_A_BYTE: Final = 16
MANY_PARTS: Final = 1_000
"""Of a body that comes in very many small parts, each would cost many times its size."""
KNOWN_NAMES_AT_MOST: Final = 1_000
_known_names: dict[bytes, str] = {}


class ArrivingReply:
    """Collects one final reply after the other from the callbacks of one parser in C.

    `begin` comes before each. Interim replies (100 Continue, 103 Early Hints) are passed over. What
    follows the final reply is not looked at; `overrun` then says that the connection is out of
    step. A body larger than `largest_bytes`, before or after unpacking, is no reply.
    """

    def __init__(self, largest_bytes: int) -> None:
        self._largest_bytes = largest_bytes
        self._parser = httptools.HttpResponseParser(self)
        self.begin(head=False)

    def begin(self, *, head: bool) -> None:
        """The next reply is about to come; to a HEAD request, without the body that it tells of."""
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self.status = 0
        self.headers_complete = False
        self.complete = False
        self.keeps_alive = False
        self.overrun = False
        self._head = head
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._gathered = bytearray()
        self._other_bytes = 0

    def feed(self, data: bytes) -> None:
        """Raises TransportError when `data` is no HTTP, unless the reply is complete, and when the
        reply is too large."""
        body_bytes = self._body_bytes
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as error:
            raise TransportError("not_http", "the server switched to another protocol") from error
        except httptools.HttpParserError as error:
            if not self.complete:
                raise TransportError("not_http", str(error)) from error
            self.overrun = True
        self._bound(len(data), self._body_bytes - body_bytes)
        if self._head and self.complete:
            # This parser still waits for the body; the next reply needs another.
            self._parser = httptools.HttpResponseParser(self)

    def _bound(self, came_bytes: int, body_bytes: int) -> None:
        if self._body_bytes > self._largest_bytes:
            raise TransportError("too_large", f"more than {self._largest_bytes:,} bytes")
        # Chunks of one byte each are slow but honest; more words than that are not.
        other_bytes = self._other_bytes + came_bytes - MOST_WORDS_A_BYTE * body_bytes
        self._other_bytes = max(0, other_bytes)
        if other_bytes > LARGEST_HEADERS_BYTES and not self.complete:
            raise TransportError("too_large", "endless headers")
        if len(self._body) > MANY_PARTS:
            self._gathered += b"".join(self._body)
            self._body.clear()

    def on_message_begin(self) -> None:
        self.overrun = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.headers_complete:
            return  # a trailer, or another reply's
        key = _known_names.get(name) or _new_name(name)
        # Bytes that are no UTF-8 are kept, so that a cookie goes back as it came.
        text = value.decode("utf-8", "surrogateescape")
        if key == "set-cookie":
            self._keep_cookie(text)
        elif key in self.headers:
            self.headers[key] += f", {text}"
        else:
            self.headers[key] = text

    def _keep_cookie(self, text: str) -> None:
        self.set_cookies.append(text)
        name, _, content = text.partition(";")[0].partition("=")
        self.cookies[name.strip()] = content.strip()

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        if 100 <= self.status < 200:
            self.headers.clear()
            self.cookies.clear()
            self.set_cookies.clear()
            return
        self.headers_complete = True
        if self._head:
            self._completed()

    def on_body(self, part: bytes) -> None:
        if not self.complete:
            self._body.append(part)
            self._body_bytes += len(part)

    def on_message_complete(self) -> None:
        if self.headers_complete and not self.complete:
            self._completed()

    def _completed(self) -> None:
        # Asked here, because the parser forgets it when the message is over.
        self.keeps_alive = self._parser.should_keep_alive()
        self.complete = True

    def ends_with_connection(self) -> bool:
        """True when only the end of the connection can end this reply."""
        is_framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self.headers_complete and not is_framed

    def reply(self) -> Reply:
        """Raises TransportError when the body was damaged on its way, or cannot be read."""
        coding = self.headers.get("transfer-encoding")
        if coding and coding.lower() != "chunked":
            # RFC 9112 section 6.1: nobody has asked for another one.
            raise TransportError("not_http", "a transfer coding that was not asked for")
        if self.status < 200:
            raise TransportError("not_http", f"a status of {self.status}")
        body = self._body
        raw = body[0] if len(body) == 1 else b"".join(body)
        if self._gathered:
            raw = bytes(self._gathered) + raw
        if raw and (coding := self.headers.get("content-encoding")):
            raw = decoded(raw, coding, most_bytes=self._largest_bytes)
        return Reply(
            status=self.status,
            headers=self.headers,
            body=raw,
            cookies=self.cookies,
            set_cookies=tuple(self.set_cookies),
        )

    def release(self) -> None:
        """Breaks the cycle with the parser: while pacing, garbage is rarely collected."""
        del self._parser


def _new_name(raw: bytes) -> str:
    """Servers say the same few names again and again."""
    name = raw.decode("utf-8", "surrogateescape").lower()
    if len(_known_names) < KNOWN_NAMES_AT_MOST:
        _known_names[raw] = name
    return name
