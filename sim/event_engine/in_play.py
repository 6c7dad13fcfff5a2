"""The visits in play: who they are, and the integral of their number over time."""

from __future__ import annotations

import math
from typing import Protocol

from sim.engine.contract import CrowdTotals
from sim.event_engine.clock import Clock


class Visit(Protocol):
    """Its present action is intended at `intended_s`."""

    intended_s: float


class InPlay:
    """`sojourns_s` is added to by the visits, `not_sent` by whoever keeps some out."""

    __slots__ = ("_area", "_clock", "_left", "_seen_s", "_there", "not_sent", "sojourns_s")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._there: set[Visit] = set()
        self._area = self._seen_s = 0.0
        self._left = self.not_sent = 0
        self.sojourns_s = 0.0

    def __len__(self) -> int:
        return len(self._there)

    def arrive(self, visit: Visit) -> None:
        self._look()
        self._there.add(visit)

    def leave(self, visit: Visit) -> None:
        self._look()
        self._there.remove(visit)
        self._left += 1

    def totals(self) -> CrowdTotals:
        """Up to now."""
        self._look()
        return CrowdTotals(
            not_sent=self.not_sent,
            left=self._left,
            in_play=len(self._there),
            in_play_area=self._area,
            sojourns_s=self.sojourns_s,
            remaining_s=math.fsum(self._clock.now - each.intended_s for each in self._there),
        )

    def _look(self) -> None:
        now_s = self._clock.now
        self._area += (now_s - self._seen_s) * len(self._there)
        self._seen_s = now_s
