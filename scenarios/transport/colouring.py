"""The marks on the requests of one run, and a look on a sample whether they came through.

The trace id of a visit is made, not drawn, so that a strange visit is found in the platform's
traces by its number, and the other way round:

    trace id  = the first 16 hex digits of SHA-256(run id), then the visit's index as 16 hex digits
    span id   = the action's position in the visit as 8 hex digits (the first is 0), then the
                request's number within the action as 8 hex digits (the first is 1)
    traceparent: 00-<trace id>-<span id>-01        (W3C Trace Context, level 1, section 3.2)

A request that is sent again after its connection broke is the same request, in the same span.
What no visit sends (metrics, the back office, the idle walk) has the index ffffffffffffffff.
"""

from __future__ import annotations

import hashlib
from typing import Final

from targets.adapters.colour import DEFAULT_COLOUR, TRACEPARENT, Colour
from targets.adapters.contract import Headers, Reply

Counts = tuple[int, ...]
"""Sampled replies; those that reported the colour, and the trace id, as sent; those that reported
another colour, and another trace id."""

NO_COUNTS: Final[Counts] = (0, 0, 0, 0, 0)
NO_VISIT: Final = 2**64 - 1
FIRST_VISITS: Final = 20
EVERY: Final = 50
"""The first reply of the first 20 visits is looked at, and of every 50th after those."""


class Colouring:
    """`colour` for the run `run_id`; counts what the sampled replies report."""

    def __init__(self, colour: Colour = DEFAULT_COLOUR, *, run_id: str) -> None:
        self.colour = colour
        self.run_id = run_id
        self.reported_header = colour.reported_header or colour.header
        self.value = colour.value.replace("{run_id}", run_id)
        self._sampled = 0
        self._right = [0, 0]
        self._wrong = [0, 0]
        self.run_digits = hashlib.sha256(run_id.encode()).hexdigest()[:16]

    @property
    def headers(self) -> Headers:
        """What every request carries, whatever it is for."""
        return {self.colour.header: self.value}

    @property
    def names(self) -> frozenset[str]:
        """The marks' headers, as adapters may spell them: no call replaces these."""
        names = (self.colour.header, self.colour.trace or self.colour.header)
        return frozenset(each for name in names for each in (name, name.lower(), name.title()))

    def trail(self, visit: int, *, sampled: bool | None = None) -> Trail:
        """The trace of `visit`; `sampled` says whether to look at its first reply."""
        if sampled is None:
            sampled = visit < FIRST_VISITS or visit % EVERY == 0
        return Trail(self.colour.trace, f"{self.run_digits}{visit:016x}", unchecked=sampled)

    def check(self, trail: Trail, reply: Reply) -> None:
        """Looks whether `reply` reports the marks, once for each trail."""
        trail.unchecked = False
        self._sampled += 1
        told = reply.headers.get(self.reported_header.lower())
        self._count(0, told, held=told == self.value)
        told = reply.headers.get(self.colour.reported_trace.lower())
        # Alone, or within a traceresponse.
        self._count(1, told, held=told is not None and trail.trace_id in told.lower())

    def _count(self, mark: int, told: str | None, *, held: bool) -> None:
        if told is not None:
            (self._right if held else self._wrong)[mark] += 1

    def counts(self) -> Counts:
        """What has been counted so far."""
        return (self._sampled, *self._right, *self._wrong)


class Trail:
    """The trace of one visit: gives each of its requests a line of its own.

    `unchecked`: the next reply is to be looked at.
    """

    __slots__ = ("_number", "_position", "_same", "_start", "trace_id", "unchecked")

    def __init__(self, header: str | None, trace_id: str, *, unchecked: bool) -> None:
        self.trace_id = trace_id
        self.unchecked = unchecked
        self._position = self._number = 0
        self._start, self._same = "", ""
        if header is not None and header.lower() == TRACEPARENT:
            self._start = f"{header}: 00-{trace_id}-"
        elif header is not None:
            self._same = f"{header}: {trace_id}\r\n"

    def begin(self, position: int) -> None:
        """The requests from now on belong to the action at `position` of the visit."""
        self._position = position
        self._number = 0

    def line(self) -> str:
        """The header's line, with its line end, for the next request; "" when no trace is sent."""
        if not self._start:
            return self._same
        self._number += 1
        return f"{self._start}{self._position:08x}{self._number:08x}-01\r\n"

    def headers(self) -> Headers:
        """The same as a mapping, for requests that are put together elsewhere."""
        name, _, value = self.line().rstrip("\r\n").partition(": ")
        return {name: value} if name else {}
