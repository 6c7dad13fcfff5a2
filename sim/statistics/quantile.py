"""How sure a quantile of independent observations is, whatever their distribution.

    [X_(l), X_(u)] contains the quantile of level p with chance >= P(l <= B < u), B ~ Bin(n, p)

X_(k) is the k-th smallest of n observations, from 1. The ranks have equal tails: l is the largest
and u the smallest with P(B < l) <= a/2 and P(B >= u) <= a/2, a = 1 - confidence. Source: Conover,
Practical Nonparametric Statistics, 3rd ed., section 3.2; David and Nagaraja, Order Statistics.
Waiting times of one run are not independent: `sim.statistics.pooled_quantile` (replications) and
`sim.statistics.batch_means` (one steady run) are for those.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from scipy.special import bdtr

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew

Level = Fraction | float


def quantile(ascending: Floats, level: Level) -> float:
    """The smallest of the sorted, non-empty `ascending` with a share of at least `level` at or
    below it: element ceil(n level) from 1 (Hyndman and Fan 1996, definition 1)."""
    return float(ascending[rank(len(ascending), level) - 1])


def rank(n: int, level: Level) -> int:
    """ceil(n level), from 1; worked out in integers, so that 0.99 of 100 is 99."""
    exact = Fraction(level).limit_denominator(1_000_000)
    return max(1, -(-n * exact.numerator // exact.denominator))


def quantile_interval(
    values: Floats, level: Level, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """The sample quantile between two order statistics. Refused with fewer observations than
    `observations_needed`, because one of the two does not exist then."""
    n, needed = len(values), observations_needed(level, confidence)
    if n < needed:
        return TooFew(needed=needed, have=n, what=f"observations for quantile {float(level):g}")
    assert not np.isnan(values).any()
    ascending = np.sort(values)
    low, high = ranks(n, level, confidence)
    return Interval(
        estimate=quantile(ascending, level),
        low=float(ascending[low - 1]),
        high=float(ascending[high - 1]),
        n=n,
        confidence=confidence,
    )


def observations_needed(level: Level, confidence: float = CONFIDENCE) -> int:
    """The fewest n with p^n <= a/2 and (1-p)^n <= a/2: 368 for p99, 3,688 for p99.9 at 95 %."""
    assert 0 < level < 1
    tail = math.log((1 - confidence) / 2)
    return max(math.ceil(tail / math.log(share)) for share in (float(level), 1 - float(level)))


def ranks(n: int, level: Level, confidence: float = CONFIDENCE) -> tuple[int, int]:
    """l and u, from 1. Needs n >= `observations_needed`."""
    tail = (1 - confidence) / 2
    p = float(level)
    reach = 12 + int(12 * math.sqrt(n * p * (1 - p)))
    first, last = max(0, int(n * p) - reach), min(n, int(n * p) + reach)
    chance_up_to = bdtr(np.arange(first, last + 1), n, p)
    # P(B < l) <= tail and P(B < u) >= 1 - tail, with P(B < k) = chance_up_to[k - 1 - first]
    low = first + int(np.searchsorted(chance_up_to, tail, side="right"))
    high = first + int(np.searchsorted(chance_up_to, 1 - tail, side="left")) + 1
    assert 1 <= low < high <= n
    return low, high
