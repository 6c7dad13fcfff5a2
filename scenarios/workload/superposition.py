"""Several rate curves at once: their sum, and whose an arrival is.

The sum of independent Poisson processes is a Poisson process of the summed rate, and an arrival
at t is one of part j with probability lambda_j(t) / lambda(t), independently of all others
(Kingman, Poisson Processes, 1993, sections 2.2 and 5.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from scenarios.workload.area_inverse import InverseTable, instants_of, inverse_table
from scenarios.workload.columns import Floats
from scenarios.workload.rate_curve import RateCurve

PEAK_TOLERANCE = 1e-9
MOST_STRETCHES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Superposition:
    """`parts` of one duration, none of them a superposition itself."""

    parts: tuple[RateCurve, ...]
    _turns_s: Floats = field(init=False, compare=False, repr=False)
    _table: InverseTable = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        durations = [each.duration_s for each in self.parts]
        assert np.ptp(durations) <= 1e-9 * max(durations)
        turns_s = np.unique(np.concatenate([each.turns_s for each in self.parts]))
        peak_at_s = _peak_at_s(self.parts, turns_s, self.duration_s)
        turns_s = np.union1d(turns_s, [peak_at_s] if 0 < peak_at_s < self.duration_s else [])
        table = inverse_table(self, turns_s=turns_s, duration_s=self.duration_s)
        object.__setattr__(self, "_turns_s", turns_s)
        object.__setattr__(self, "_table", table)

    @property
    def duration_s(self) -> float:
        return min(each.duration_s for each in self.parts)

    def rate(self, t_s: Floats) -> Floats:
        return _total(each.rate_at(t_s) for each in self.parts)

    def area(self, t_s: Floats) -> Floats:
        return _total(each.expected_arrivals(t_s) for each in self.parts)

    def time_of(self, area: Floats) -> Floats:
        return instants_of(self, self._table, area)

    def turns_s(self) -> Floats:
        """Those of the parts, and the instant of the largest rate."""
        return self._turns_s

    def part_at(self, t_s: Floats, uniform: Floats) -> npt.NDArray[np.intp]:
        """The part of each arrival at `t_s`, drawn by a `uniform` number in [0, 1)."""
        # An arrival may be rounded to the very end, where no part has a rate any more.
        t_s = np.minimum(t_s, np.nextafter(self.duration_s, 0.0))
        up_to = np.cumsum([each.rate_at(t_s) for each in self.parts], axis=0)
        chosen: npt.NDArray[np.intp] = (uniform * up_to[-1] >= up_to[:-1]).sum(axis=0)
        return chosen


def _total(each: Iterable[Floats]) -> Floats:
    total: Floats = np.sum(list(each), axis=0)
    return total


def _peak_at_s(parts: Sequence[RateCurve], turns_s: Floats, duration_s: float) -> float:
    """Where the sum is largest, to within `PEAK_TOLERANCE` of that rate, by branch and bound.

    Between two turns every part is monotone, so the sum is nowhere above the sum of each part's
    larger end. Stretches that cannot hold a larger rate are dropped, the others are halved.
    Where parts cancel each other out, such as a ramp up and a ramp down, stretches pile up: then
    the sum is flat, and a sample at each of so many ends is as good.
    """
    edges_s = np.concatenate([[0.0], turns_s, [duration_s]])
    low, high = edges_s[:-1], edges_s[1:]
    best, best_at_s = 0.0, 0.0
    while 0 < len(low) <= MOST_STRETCHES:
        # Just before the end: the rate may jump there.
        ends = np.stack([low, np.nextafter(high, 0.0)])
        rates = np.array([each.rate_at(ends) for each in parts])
        totals = rates.sum(axis=0)
        if totals.max() > best:
            best, best_at_s = float(totals.max()), float(ends.flat[totals.argmax()])
        middle = low + 0.5 * (high - low)
        larger = rates.max(axis=1).sum(axis=0) > best * (1 + PEAK_TOLERANCE)
        on = larger & (low < middle) & (middle < high)
        low, high = np.concatenate([low[on], middle[on]]), np.concatenate([middle[on], high[on]])
    return best_at_s
