"""Quantiles across replications, whose own observations are not independent.

Three ways, from cheap to exact:

- the mean of each replication's quantile (`mean_interval` of them): needs no rows, but a small
  replication's quantile is biased: the p99 of 1,000 exponential values lies 1 % too low;
- sectioning: the same spread around the quantile of everything together, which has the bias of
  the whole and not of the part (Asmussen and Glynn 2007, Stochastic Simulation, III.5a; Nakayama,
  ACM TOMACS 24, 2014);
- pooled: the share of observations below the quantile is a ratio over replications; where its
  interval ends, the pooled order statistics are read (Woodruff, JASA 47, 1952; Francisco and
  Fuller, Ann. Stat. 19, 1991). Replications may be of any size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, around
from sim.statistics.jackknife import ratio_interval
from sim.statistics.quantile import Level, observations_needed, quantile, rank

BEYOND = 10
"""The observations that a part must have on each side of its quantile, on average."""


def least_of_a_part(level: Level) -> int:
    """The fewest observations of a replication or batch whose own quantile is used: ten beyond
    the quantile, 1,000 for a p99."""
    return math.ceil(BEYOND / min(float(level), 1 - float(level)) - 1e-9)


def quantile_of_each(parts: Sequence[Floats], level: Level) -> Floats | TooFew:
    """The quantile of each part; refused when the smallest has less than `least_of_a_part`."""
    needed, have = least_of_a_part(level), min(map(len, parts), default=0)
    if have < needed:
        what = f"observations in each part for quantile {float(level):g}"
        return TooFew(needed=needed, have=have, what=what)
    return np.array([quantile(np.sort(part), level) for part in parts])


def sectioned_interval(
    of_each: Floats, of_all: float, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """`of_all` +- t_(r-1) sqrt(sum (of_each - of_all)^2 / (r (r-1))): the quantiles of r parts of
    equal size around the quantile of all observations together. Both may come from histograms."""
    r = len(of_each)
    if r < 2:
        return TooFew(needed=2, have=r, what="parts for a sectioned quantile")
    error = math.sqrt(float(np.sum((of_each - of_all) ** 2)) / (r * (r - 1)))
    return around(of_all, error=error, n=r, degrees=r - 1, confidence=confidence)


def pooled_interval(
    parts: Sequence[Floats], level: Level, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """The quantile of all observations of independent `parts`, between pooled order statistics.
    `n` counts the parts. Refused with fewer observations than independent ones would need, and
    where the interval of the share leaves 0..1: then there are too few parts."""
    total, needed = sum(map(len, parts)), observations_needed(level, confidence)
    wanted = f"quantile {float(level):g}"
    if total < needed:
        return TooFew(needed=needed, have=total, what=f"observations for {wanted}")
    ascending = np.sort(np.concatenate(parts))
    middle = quantile(ascending, level)
    below = np.array([np.count_nonzero(part <= middle) for part in parts], dtype=np.float64)
    share = ratio_interval(below, np.array(list(map(len, parts)), dtype=np.float64), confidence)
    if isinstance(share, TooFew):
        return share
    room = min(float(level), 1 - float(level))
    if share.half_width >= room:
        more = math.ceil(len(parts) * (share.half_width / room) ** 2) + 1
        return TooFew(needed=more, have=len(parts), what=f"replications for {wanted}")
    low, high = (float(level) + each * share.half_width for each in (-1, 1))
    return Interval(
        estimate=middle,
        low=float(ascending[max(1, math.floor(total * low)) - 1]),
        high=float(ascending[min(total, rank(total, high) + 1) - 1]),
        n=len(parts),
        confidence=confidence,
    )
