"""The jackknife: how sure a smooth function of means is, from what it is without each observation.

    J_i = n g - (n - 1) g_(-i)      pseudo-values; their mean has less bias than g
    interval = mean(J) +- t_(n-1) s(J) / sqrt(n)

Sources: Quenouille (1956), Tukey (1958); of variances in logarithms: Miller, Ann. Math. Stat. 39
(1968); of ratios in simulation: Iglehart, Nav. Res. Logist. 22 (1975), Law, Simulation Modeling
and Analysis, 5th ed., chapter 9.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, mean_interval


def jackknife_interval(
    whole: float, without_each: Floats, confidence: float = CONFIDENCE, *, skewed: bool = False
) -> Interval | TooFew:
    """The interval of a statistic that is `whole` of all n observations and `without_each[i]` of
    all but observation i; `skewed` as in `mean_interval`, of the pseudo-values."""
    n = len(without_each)
    return mean_interval(n * whole - (n - 1) * without_each, confidence, skewed=skewed)


def ratio_interval(
    numerators: Floats,
    denominators: Floats,
    confidence: float = CONFIDENCE,
    *,
    skewed: bool = False,
) -> Interval | TooFew:
    """E[numerator] / E[denominator] from one pair of each replication, such as late actions and
    all actions. Not the mean of the ratios, which a small replication would sway. A replication
    with the denominator 0 counts; two need a positive one. Rare events are `skewed`."""
    assert len(numerators) == len(denominators)
    assert (denominators >= 0).all()
    positive = int(np.count_nonzero(denominators))
    if positive < 2:
        return TooFew(needed=2, have=positive, what="replications with a positive denominator")
    above, below = numerators.sum(), denominators.sum()
    without_each = (above - numerators) / (below - denominators)
    whole = float(above / below)
    return jackknife_interval(whole, without_each, confidence, skewed=skewed)


def positive_interval(
    whole: float, without_each: Floats, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """As `jackknife_interval`, worked out in logarithms: for positive statistics with a long
    upper tail, such as variances and their ratios. A statistic that is 0 has no width."""
    assert whole >= 0
    n = len(without_each)
    if whole == 0:
        return Interval(estimate=0.0, low=0.0, high=0.0, n=n, confidence=confidence)
    if not (without_each > 0).all():
        return TooFew(needed=n + 1, have=n, what="observations that vary")
    found = jackknife_interval(math.log(whole), np.log(without_each), confidence)
    if isinstance(found, TooFew):
        return found
    low, middle, high = (math.exp(each) for each in (found.low, found.estimate, found.high))
    return replace(found, low=low, estimate=middle, high=high)


def squares_without_each(values: Floats) -> Floats:
    """The sum of squared deviations from the mean of all values but each: Q - n/(n-1) d_i^2."""
    n = len(values)
    deviations = values - values.mean()
    left: Floats = (deviations**2).sum() - n / (n - 1) * deviations**2
    return np.maximum(left, 0.0)
