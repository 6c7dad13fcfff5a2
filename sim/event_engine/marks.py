"""How far orders have come, and whether in time."""

from __future__ import annotations

import numpy as np

from sim.engine.contract import MarkTotals
from sim.engine.log_bins import BINS, bin_of
from sim.model.call import Mark


class Marks:
    """All marks of one name. `missed` is counted by whoever knows of it."""

    def __init__(self) -> None:
        self.missed = 0
        self._count = self._in_time = 0
        self._sum_s = self._longest_s = 0.0
        self._histogram = np.zeros(BINS, np.int64)

    def mark(self, rule: Mark, begun_s: float, now_s: float, midnight_s: float) -> None:
        """An order whose action began at `begun_s` has come here."""
        elapsed_s = now_s - begun_s
        self._count += 1
        self._in_time += rule.is_kept(begun_s, now_s, midnight_s)
        self._sum_s += elapsed_s
        self._longest_s = max(self._longest_s, elapsed_s)
        self._histogram[bin_of(elapsed_s)] += 1

    def totals(self, late: int, underway: int) -> MarkTotals:
        """At the end, when so many more were still to come."""
        return MarkTotals(
            count=self._count,
            in_time=self._in_time,
            missed=self.missed + late,
            underway=underway,
            sum_s=self._sum_s,
            longest_s=self._longest_s,
            histogram=self._histogram,
        )
