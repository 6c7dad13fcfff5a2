"""Durations by bins of equal width in the logarithm: any quantile to 0.05 %, in constant memory.

Bin 0 holds what is below 1 microsecond, the last what is above 10^8 s; bin k holds
[1e-6 r^(k-1), 1e-6 r^k) with r = 1.001. Histograms add up without loss.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

SMALLEST_S = 1e-6
RATIO = 1.001
_PER_LOG = 1.0 / math.log(RATIO)
BINS = int(math.log(1e14) * _PER_LOG) + 3
NEVER_S = SMALLEST_S * RATIO ** (BINS - 2)
"""Where the last bin begins: three years, in which all has come that will."""


def bin_of(duration_s: float) -> int:
    """The number of the bin that holds `duration_s`, from 0 to BINS - 1."""
    if duration_s < SMALLEST_S:
        return 0
    return min(BINS - 1, 1 + int(math.log(duration_s / SMALLEST_S) * _PER_LOG))


def quantile_s(histogram: npt.NDArray[np.int64], q: float) -> float | None:
    """The smallest duration with a share of at least `q` at or below it, the geometric middle of
    its bin; None of an empty histogram."""
    total = int(histogram.sum())
    if not total:
        return None
    rank = max(1, math.ceil(q * total - 1e-9))
    found = int(np.searchsorted(np.cumsum(histogram), rank))
    return 0.0 if found == 0 else SMALLEST_S * RATIO ** (found - 0.5)
