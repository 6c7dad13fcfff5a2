"""A recorded rate: one count for each stretch of time, spread evenly within it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scenarios.workload.columns import Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buckets:
    """`counts[k]` arrivals from `edges_s[k]` to `edges_s[k + 1]`; the first edge is 0.

    The area over a bucket is its count. Looked up by bisection, so a year of minutes costs what
    a day of minutes does.
    """

    edges_s: Floats
    counts: Floats
    rates_per_s: Floats = field(init=False, repr=False)
    areas: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        assert len(self.edges_s) == len(self.counts) + 1
        assert self.edges_s[0] == 0
        assert np.all(np.diff(self.edges_s) > 0)
        assert np.all(self.counts >= 0)
        object.__setattr__(self, "rates_per_s", self.counts / np.diff(self.edges_s))
        object.__setattr__(self, "areas", np.concatenate([[0.0], np.cumsum(self.counts)]))

    @property
    def duration_s(self) -> float:
        return float(self.edges_s[-1])

    def rate(self, t_s: Floats) -> Floats:
        return self.rates_per_s[self._bucket(t_s)]

    def area(self, t_s: Floats) -> Floats:
        bucket = self._bucket(t_s)
        return self.areas[bucket] + self.rates_per_s[bucket] * (t_s - self.edges_s[bucket])

    def time_of(self, area: Floats) -> Floats:
        bucket = np.searchsorted(self.areas[1:-1], area, side="left")
        rate = self.rates_per_s[bucket]
        more = area - self.areas[bucket]
        after_s = np.divide(more, rate, out=np.zeros_like(area), where=rate > 0)
        return np.minimum(self.edges_s[bucket] + after_s, self.edges_s[bucket + 1])

    def turns_s(self) -> Floats:
        return self.edges_s[1:-1]

    def between(self, start_s: float, end_s: float) -> Buckets:
        """The buckets from `start_s` to `end_s`, on a clock that starts at `start_s`. Of a bucket
        that is cut the part within counts, by its time."""
        assert 0 <= start_s < end_s <= self.duration_s
        first = int(np.searchsorted(self.edges_s, start_s, side="right")) - 1
        last = int(np.searchsorted(self.edges_s, end_s, side="left"))
        edges_s, counts = self.edges_s[first : last + 1].copy(), self.counts[first:last].copy()
        whole_s = np.diff(edges_s)
        edges_s[0], edges_s[-1] = start_s, end_s
        # Whole buckets are multiplied by exactly 1.
        return Buckets(edges_s=edges_s - start_s, counts=counts * (np.diff(edges_s) / whole_s))

    def _bucket(self, t_s: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
        return np.searchsorted(self.edges_s[1:-1], t_s, side="right")
