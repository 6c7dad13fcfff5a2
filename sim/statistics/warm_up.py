"""Steady runs: how much of the beginning to leave out.

MSER-5 (White, Simulation 69, 1997; White, Cobb, Spratt, Winter Simulation Conference 2000): of
means Z_1..Z_k of five observations each leave out the first d, where d minimises the squared
standard error of what is left,

    MSER(d) = 1 / (k - d)^2  sum_(j > d) (Z_j - mean of Z_(d+1)..Z_k)^2

A d in the last half says that the run is too short to have a steady part, not where it begins.
The last five means are no candidates: so few agree by chance (Hoad, Robinson,
Davies, J. Oper. Res. Soc. 61, 2010).
"""

from __future__ import annotations

import numpy as np

from sim.statistics.interval import Floats, TooFew

AT_ONCE = 5
"""Observations in a mean."""
FEWEST_LEFT = 5
"""Means after the last candidate."""
UNSETTLED = "observations for the warm-up seen"


def warm_up_length(series: Floats) -> int | TooFew:
    """The observations at the beginning of `series` to leave out, by MSER-5; refused when that
    would be more than half of it, with the length at which it would be half."""
    k = len(series) // AT_ONCE
    if k < 2 * FEWEST_LEFT:
        least = 2 * FEWEST_LEFT * AT_ONCE
        return TooFew(needed=least, have=len(series), what="observations to find a warm-up")
    means = series[: k * AT_ONCE].reshape(k, AT_ONCE).mean(axis=1)
    best = int(np.argmin(marginal_errors(means)[: k - FEWEST_LEFT]))
    if 2 * best > k:
        least = 2 * best * AT_ONCE
        return TooFew(needed=least, have=len(series), what=UNSETTLED)
    return best * AT_ONCE


def marginal_errors(means: Floats) -> Floats:
    """MSER(d) for d = 0 .. k - 1."""
    # Sums from the end, measured from the last value: what is constant at the end adds exact zeros.
    from_last = (means - means[-1])[::-1]
    count = np.arange(1, len(means) + 1)
    sums = np.cumsum(from_last)
    squares = np.maximum(np.cumsum(from_last**2) - sums**2 / count, 0.0)
    errors: Floats = squares / count**2
    return errors[::-1]


def without_warm_up(series: Floats) -> Floats | TooFew:
    """What MSER-5 leaves of `series`."""
    length = warm_up_length(series)
    return length if isinstance(length, TooFew) else series[length:]
