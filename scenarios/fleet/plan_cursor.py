"""From an instant of the plan to the index of the first visit that is due at or after it."""

from __future__ import annotations

from collections import deque

import numpy as np

from scenarios.workload.columns import Floats
from scenarios.workload.plan import VisitPlan

KEPT_S = 20.0


class PlanCursor:
    """Walks along `plan` as a run goes on, so that instants may be asked for in any order as long
    as none is KEPT_S earlier than the latest."""

    def __init__(self, plan: VisitPlan) -> None:
        self._chunks = plan.chunks()
        self._kept: deque[tuple[int, Floats]] = deque()
        self._visits = 0
        self._at_end = False

    def index_at(self, t_s: float) -> int:
        """The number of visits whose intended instant is before `t_s`."""
        while not self._at_end and (not self._kept or self._kept[-1][1][-1] < t_s):
            self._draw()
        while len(self._kept) > 1 and self._kept[0][1][-1] < t_s - KEPT_S:
            self._kept.popleft()
        for first, intended_s in self._kept:
            if intended_s[-1] >= t_s:
                return first + int(np.searchsorted(intended_s, t_s))
        return self._visits

    def instant_of(self, index: int) -> float:
        """The intended instant of visit `index`, if it is still kept; NaN if it is not."""
        for first, intended_s in self._kept:
            if first <= index < first + len(intended_s):
                return float(intended_s[index - first])
        return float("nan")

    def _draw(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            self._at_end = True
            return
        self._kept.append((self._visits, chunk.intended_s))
        self._visits += len(chunk)
