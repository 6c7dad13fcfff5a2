"""Starts visits at their intended instants, whatever the replies do: an open model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from scenarios.workload.visit import Visit

LONGEST_NAP_S = 0.25
"""Between two looks at `stopped`, so that a stop is obeyed in a quiet phase too."""
STARTS_AT_ONCE = 16
BREATH_S = 1e-6
"""After so many starts a late pacer lets the others run, so that replies are read meanwhile."""


class Clock(Protocol):
    def now_s(self) -> float: ...
    def sleep_until(self, instant_s: float) -> None: ...


def pace(
    visits: Iterable[Visit],
    *,
    clock: Clock,
    start: Callable[[Visit], None],
    stopped: Callable[[], bool],
) -> bool:
    """Calls `start` for each of `visits` at or just after its `intended_s`.

    A late pacer never skips and never thins out: overdue visits start one after the other at
    once, and the delay shows as their schedule lag. Returns False if it was stopped early.
    """
    at_once = 0
    for visit in visits:
        while (now_s := clock.now_s()) < visit.intended_s:
            if stopped():
                return False
            clock.sleep_until(min(visit.intended_s, now_s + LONGEST_NAP_S))
            at_once = 0
        if stopped():
            return False
        start(visit)
        at_once += 1
        if at_once == STARTS_AT_ONCE:
            clock.sleep_until(clock.now_s() + BREATH_S)
            at_once = 0
    return True
