"""Times counted by size: what is shown of a run while it lasts. What is judged is exact and comes
from the record."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

SHOWN_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LAG_BOUNDS_S: Final = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
"""The buckets of response time and schedule lag that Prometheus is told of."""


def bounds_with(limits_s: Sequence[float] = ()) -> tuple[float, ...]:
    """Upper bounds of buckets, from 10 us to 100 s, each at most 6 % above the one before; those
    shown and `limits_s` are among them, so that counts up to those are exact."""
    fine = (10 ** (k / 40) for k in range(-200, 81))
    return tuple(sorted({*fine, *SHOWN_BOUNDS_S, *LAG_BOUNDS_S, *limits_s}))


BOUNDS_S: Final = bounds_with()


@dataclass(slots=True)
class TimeCounts:
    """`counts[k]` times were above `bounds_s[k - 1]` and at most `bounds_s[k]`; the last of them
    above all bounds. `sum_s` is the sum of all."""

    bounds_s: tuple[float, ...] = BOUNDS_S
    counts: list[int] = field(default_factory=list)
    sum_s: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds_s) + 1)

    def hear(self, seconds: float) -> None:
        """One more time; called while pacing."""
        self.counts[bisect_left(self.bounds_s, seconds)] += 1
        self.sum_s += seconds

    def copy(self) -> TimeCounts:
        return TimeCounts(self.bounds_s, self.counts.copy(), self.sum_s)

    def since(self, before: TimeCounts) -> TimeCounts:
        """What has come since `before`, an earlier copy of these."""
        counts = [now - then for now, then in zip(self.counts, before.counts, strict=True)]
        return TimeCounts(self.bounds_s, counts, self.sum_s - before.sum_s)

    def plus(self, others: Sequence[TimeCounts]) -> TimeCounts:
        """These and those of `others` together, which have the same bounds."""
        every = (self, *others)
        counts = [sum(each) for each in zip(*(each.counts for each in every), strict=True)]
        return TimeCounts(self.bounds_s, counts, sum(each.sum_s for each in every))

    @property
    def total(self) -> int:
        return sum(self.counts)

    def up_to(self, bound_s: float) -> int:
        """How many were at most `bound_s`, which is one of the bounds."""
        return sum(self.counts[: bisect_left(self.bounds_s, bound_s) + 1])

    def quantile_s(self, level: float) -> float | None:
        """About the quantile `level` in seconds: within its bucket, taken as evenly filled. None
        where nothing was counted."""
        total = self.total
        if not total:
            return None
        left = level * total
        for index, count in enumerate(self.counts):
            if count and left <= count:
                below_s = self.bounds_s[index - 1] if index else 0.0
                above_s = self.bounds_s[min(index, len(self.bounds_s) - 1)]
                return below_s + (above_s - below_s) * left / count
            left -= count
        return self.bounds_s[-1]
