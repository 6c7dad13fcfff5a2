"""One keep-alive HTTP/1.1 connection: requests go out, and replies come back whole.

Every operation has a deadline. A connection that failed in any way is closed and never reused.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from scenarios.transport.arriving_reply import ArrivingReply
from scenarios.transport.deadlines import Deadlines
from scenarios.transport.failure import TransportError, connect_failure, exchange_failure
from scenarios.transport.stream import Stream
from targets.adapters.contract import Reply

BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class Connection:
    """An open connection to one address; see the module. `deadline_s` is an instant of
    `time.perf_counter`. Raises TransportError."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        tls: ssl.SSLContext | None,
        name: str,
        deadlines: Deadlines,
        deadline_s: float,
        largest_reply_bytes: int,
    ) -> None:
        try:
            self._stream = Stream(
                address, tls=tls, name=name, deadlines=deadlines, deadline_s=deadline_s
            )
        except OSError as error:
            raise connect_failure(error) from error
        self._arriving = ArrivingReply(largest_reply_bytes)
        self.reusable = False

    def is_stale(self, *, look: bool = True) -> bool:
        """True when the server has closed the idle connection (or said something unasked).

        Without `look` the kernel is not asked, so what came since the event loop last ran is not
        known: good enough for a call that may be sent again.
        """
        return self._stream.has_stirred(look=look)

    def exchange(self, request: bytes, *, head: bool, deadline_s: float) -> Reply:
        """Sends `request` and reads the whole reply. Raises TransportError."""
        arriving, stream = self._arriving, self._stream
        arriving.begin(head=head)
        begun = False
        try:
            stream.send(request, deadline_s)
            while not arriving.complete:
                data = stream.receive(deadline_s)
                if not data:
                    break
                begun = True
                arriving.feed(data)
        except OSError as error:
            raise exchange_failure(error, unanswered=not begun) from error
        if not arriving.complete and not arriving.ends_with_connection():
            raise TransportError("closed_early", unanswered=not begun)
        self.reusable = arriving.complete and arriving.keeps_alive and not arriving.overrun
        return arriving.reply()

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
