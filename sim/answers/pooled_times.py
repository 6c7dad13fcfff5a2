"""Quantiles of the response times of all replications together, from their histograms.

As `sim.statistics.pooled_quantile.pooled_interval` does with the values themselves: the share of
response times up to the quantile is a ratio over replications; where its interval ends, the
quantiles of everything together are read (Woodruff, JASA 47, 1952). Exact to a bin of 0.1 %.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.answers.observations import Times
from sim.engine.log_bins import BINS, quantile_s
from sim.statistics.interval import CONFIDENCE, Interval, TooFew
from sim.statistics.jackknife import ratio_interval

Counts = npt.NDArray[np.int64]


def quantile_of(times: Sequence[Times], level: float) -> float:
    """The quantile of all `times`, which hold at least one, in seconds."""
    found = quantile_s(_together(times), level)
    assert found is not None
    return found


def pooled_quantile(
    times: Sequence[Times], level: float, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """The quantile with its interval over replications; `n` counts these. Refused of one, and
    where the interval of the share leaves 0..1: then there are too few replications."""
    everything = _together(times)
    middle_s = quantile_of(times, level)
    last = int(np.searchsorted(np.cumsum(everything), level * everything.sum() - 1e-9))
    below = np.array([each.counts[each.bins <= last].sum() for each in times], np.float64)
    share = ratio_interval(below, np.array(list(map(len, times)), np.float64), confidence)
    if isinstance(share, TooFew):
        return share
    low, high = level - share.half_width, level + share.half_width
    if low <= 0 or high >= 1:
        what = f"replications for quantile {level:g}"
        return TooFew(needed=len(times) + 1, have=len(times), what=what)
    low_s, high_s = quantile_s(everything, low), quantile_s(everything, high)
    assert low_s is not None
    assert high_s is not None
    return Interval(
        estimate=middle_s,
        low=min(low_s, middle_s),
        high=max(high_s, middle_s),
        n=len(times),
        confidence=confidence,
    )


def _together(times: Sequence[Times]) -> Counts:
    total = np.zeros(BINS, np.int64)
    for each in times:
        total[each.bins] += each.counts
    return total
