"""Traffic colouring: a request's colour and trace id stand in its answer too.

Whoever sends coloured traffic can see that the whole way through the shop kept its colour. The
trace id is that of W3C Trace Context (`traceparent: 00-<trace id>-<parent id>-<flags>`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Header = tuple[bytes, bytes]
TRACE_ID_HEADER = b"x-trace-id"
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Colouring:
    """Knows which request header is the colour: `colour_header`, in any case."""

    def __init__(self, colour_header: str) -> None:
        self._colour = colour_header.lower().encode("latin-1")

    def reported(self, headers: Iterable[Header]) -> list[Header]:
        """The answer's headers that report the colour and the trace id of a request with
        `headers` (names in lower case); none for a request that has neither."""
        found = []
        for name, value in headers:
            if name == self._colour:
                found.append((name, value))
            elif name == b"traceparent" and (trace := _TRACEPARENT.fullmatch(value)):
                found.append((TRACE_ID_HEADER, trace[1]))
        return found
