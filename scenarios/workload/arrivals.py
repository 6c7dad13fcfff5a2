"""Arrival instants from a rate curve, in slabs that can each be made alone.

The axis of expected arrivals is cut into slabs of `SLAB_ARRIVALS`. A Poisson slab of mass m holds
Poisson(m) arrivals at independent uniform places, which is what a Poisson process is, so no slab
needs its neighbours and memory does not grow with the length of a campaign.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from scenarios.workload.columns import Floats
from scenarios.workload.random_streams import stream
from scenarios.workload.rate_curve import RateCurve

ArrivalProcess = Literal["poisson", "even"]
SLAB_ARRIVALS = 65_536


def slab_count(curve: RateCurve) -> int:
    """The number of slabs that `curve` is cut into."""
    return math.ceil(curve.total / SLAB_ARRIVALS)


def slab_size(curve: RateCurve, process: ArrivalProcess, *, seed: int, slab: int) -> int:
    """The number of arrivals in one slab, without drawing them."""
    low, high = _bounds(curve, slab)
    if process == "even":
        return len(range(_even_index(low), _even_index(high)))
    return int(stream(seed, "arrivals", slab).poisson(high - low))


def slab_arrivals(curve: RateCurve, process: ArrivalProcess, *, seed: int, slab: int) -> Floats:
    """The instants of one slab's arrivals in seconds, ascending."""
    low, high = _bounds(curve, slab)
    if process == "even":
        return curve.time_of(np.arange(_even_index(low), _even_index(high)) + 0.5)
    random = stream(seed, "arrivals", slab)
    count = int(random.poisson(high - low))
    return curve.time_of(low + (high - low) * _ordered_uniforms(random, count))


def _bounds(curve: RateCurve, slab: int) -> tuple[float, float]:
    low = float(slab * SLAB_ARRIVALS)
    return low, min(low + SLAB_ARRIVALS, curve.total)


def _even_index(expected: float) -> int:
    """The first i whose place i + 1/2 is at or after `expected`."""
    return math.ceil(expected - 0.5)


def _ordered_uniforms(random: np.random.Generator, count: int) -> Floats:
    """`count` uniform numbers in order, without sorting.

    The sums of n + 1 exponential numbers over the last sum are n ordered uniforms (Devroye,
    Non-Uniform Random Variate Generation, 1986, section V.2).
    """
    sums = np.cumsum(random.standard_exponential(count + 1))
    ordered: Floats = sums[:-1] / sums[-1]
    return ordered
