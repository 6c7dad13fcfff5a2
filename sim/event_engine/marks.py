"""How far orders have come, and whether in time."""

from __future__ import annotations

import math

import numpy as np

from sim.engine.contract import MarkTotals
from sim.engine.log_bins import BINS, bin_of
from sim.model.call import Mark
from sim.model.distribution import DAY_S


class Marks:
    """All marks of one name."""

    def __init__(self) -> None:
        self._count = self._in_time = 0
        self._sum_s = self._longest_s = 0.0
        self._histogram = np.zeros(BINS, np.int64)

    def mark(self, rule: Mark, begun_s: float, now_s: float, midnight_s: float) -> None:
        """An order whose action began at `begun_s` has come here."""
        elapsed_s = now_s - begun_s
        self._count += 1
        self._in_time += elapsed_s <= rule.within_s and (
            rule.by_day is None
            or _day(now_s, midnight_s) <= _day(begun_s, midnight_s) + rule.by_day
        )
        self._sum_s += elapsed_s
        self._longest_s = max(self._longest_s, elapsed_s)
        self._histogram[bin_of(elapsed_s)] += 1

    def totals(self) -> MarkTotals:
        return MarkTotals(
            count=self._count,
            in_time=self._in_time,
            sum_s=self._sum_s,
            longest_s=self._longest_s,
            histogram=self._histogram,
        )


def _day(at_s: float, midnight_s: float) -> int:
    return math.floor((at_s - midnight_s) / DAY_S)
