"""One keep-alive HTTP/1.1 connection: requests go out, and replies come back whole.

Every operation has a deadline. A connection that failed in any way is closed and never reused.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from scenarios.transport.arriving_reply import ArrivingReply
from scenarios.transport.deadlines import Deadlines
from scenarios.transport.failure import TransportError, connect_failure, exchange_failure
from scenarios.transport.familiar_heads import FamiliarHeads
from scenarios.transport.stream import Stream
from targets.adapters.contract import Reply

BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class Connection:
    """An open connection to one address; see the module. `deadline_s` is an instant of
    `time.perf_counter`, `heads` are those of its origin. Raises TransportError."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        tls: ssl.SSLContext | None,
        name: str,
        deadlines: Deadlines,
        deadline_s: float,
        largest_reply_bytes: int,
        heads: FamiliarHeads,
    ) -> None:
        try:
            self._stream = Stream(
                address, tls=tls, name=name, deadlines=deadlines, deadline_s=deadline_s
            )
        except OSError as error:
            raise connect_failure(error) from error
        self._arriving = ArrivingReply(largest_reply_bytes)
        self._heads = heads
        self.reusable = False
        self.is_stale = self._stream.has_stirred
        """True when the server has closed the idle connection (or said something unasked)."""

    def exchange(self, request: bytes, *, head: bool, deadline_s: float) -> Reply:
        """Sends `request` and reads the whole reply. Raises TransportError."""
        stream = self._stream
        first = b""
        try:
            stream.send(request, deadline_s)
            first = stream.receive(deadline_s)
            if not head and (reply := self._heads.reply(first)) is not None:
                self.reusable = True
                return reply
            return self._parsed(first, head=head, deadline_s=deadline_s)
        except OSError as error:
            raise exchange_failure(error, unanswered=not first) from error

    def _parsed(self, first: bytes, *, head: bool, deadline_s: float) -> Reply:
        """The reply that begins with the bytes `first`."""
        arriving, data = self._arriving, first
        arriving.begin(head=head)
        while data:
            arriving.feed(data)
            if arriving.complete:
                break
            data = self._stream.receive(deadline_s)
        if not arriving.complete and not arriving.ends_with_connection():
            raise TransportError("closed_early", unanswered=not first)
        self.reusable = arriving.complete and arriving.keeps_alive and not arriving.overrun
        reply = arriving.reply()
        if data is first and self.reusable and not head:
            self._heads.learn(first, reply)
        return reply

    def close(self) -> None:
        self._stream.close()
        self._arriving.release()


def request_bytes(
    method: str, path: str, headers: Mapping[str, str], body: bytes, *, own: str = ""
) -> bytes:
    """An HTTP/1.1 request. Raises TransportError when a part would break its framing.

    `own` are whole lines of further headers, each with its line end: trusted, because the player
    made them.
    """
    text = f"{method} {path} HTTP/1.1\r\n"
    lines = 1
    for name, value in headers.items():
        text += f"{name}: {value}\r\n"
        lines += 1
    if body or method not in BODILESS:
        text += f"Content-Length: {len(body)}\r\n"
        lines += 1
    if text.count("\r") != lines or text.count("\n") != lines or " " in path:
        raise TransportError("bad_call", "line break in its path or headers")
    return f"{text}{own}\r\n".encode("utf-8", "surrogateescape") + body
