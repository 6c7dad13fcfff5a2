"""Backlog as a fluid: what piles up while there is too little capacity, and how long it stays.

Symbols: arrival rate lambda(t), capacity C(t) per second, both lines between given instants.
Randomness is left out, which is right when the backlog is large against its square root.
Sources: Newell, Applications of Queueing Theory (1982), chapter 2; Kleinrock, Queueing Systems II
(1976), section 2.7. The scaler's delay is metric lag, sync and boot together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The largest backlog and when it was there; when the last of it had drained (the first
    instant when there was none, infinite when it never does); and its area, customers times
    seconds: what all of them waited together."""

    peak: float
    peak_at_s: float
    drained_at_s: float
    total_wait_s: float


def drain_time_s(*, backlog: float, arrival_rate_per_s: float, capacity_per_s: float) -> float:
    """Until a backlog n is gone: n / (C - lambda) seconds. Also the exact mean time until M/M/1
    with n customers is empty (Kleinrock I, section 5.8). ValueError when it never drains."""
    assert backlog >= 0
    if capacity_per_s <= arrival_rate_per_s:
        raise ValueError(
            f"never drains: capacity {capacity_per_s:g}/s for arrivals of {arrival_rate_per_s:g}/s"
        )
    return backlog / (capacity_per_s - arrival_rate_per_s)


def fluid_backlog(times_s: Floats, arrivals_per_s: Floats, capacity_per_s: Floats) -> Backlog:
    """db/dt = lambda(t) - C(t), never below 0, from an empty queue; exact.

    Both rates are lines between `times_s` (an instant given twice is a step) and keep their last
    values for ever.
    """
    assert len(times_s) == len(arrivals_per_s) == len(capacity_per_s) >= 1
    assert np.all(np.diff(times_s) >= 0)
    backlog, drained_at_s, total_wait_s = 0.0, float(times_s[0]), 0.0
    peak, peak_at_s = 0.0, drained_at_s
    for piece in _pieces(times_s, np.asarray(arrivals_per_s) - capacity_per_s):
        lasts_s = min(piece.length_s, _emptied_after_s(backlog, piece))
        if lasts_s == math.inf:
            return Backlog(
                peak=math.inf if piece.net_per_s > 0 else peak,
                peak_at_s=math.inf if piece.net_per_s > 0 else peak_at_s,
                drained_at_s=math.inf,
                total_wait_s=math.inf,
            )
        if lasts_s == 0:
            continue
        total_wait_s += backlog * lasts_s + _area(piece, lasts_s)
        backlog += piece.net_per_s * lasts_s + piece.slope * lasts_s**2 / 2
        if lasts_s < piece.length_s:
            backlog, drained_at_s = 0.0, piece.start_s + lasts_s
        elif backlog > peak:
            peak, peak_at_s = backlog, piece.start_s + lasts_s
    return Backlog(
        peak=peak, peak_at_s=peak_at_s, drained_at_s=drained_at_s, total_wait_s=total_wait_s
    )


def step_backlog(
    *, arrival_rate_per_s: float, capacity_per_s: float, scaled_per_s: float, delay_s: float
) -> Backlog:
    """The rate steps to lambda over the capacity C, which becomes C' after the delay D: a peak of
    (lambda - C) D at D, gone after another peak / (C' - lambda). Times count from the step."""
    assert delay_s >= 0
    return fluid_backlog(
        np.array([0.0, delay_s, delay_s]),
        np.full(3, arrival_rate_per_s),
        np.array([capacity_per_s, capacity_per_s, scaled_per_s]),
    )


def step_longest_wait_s(
    *, arrival_rate_per_s: float, capacity_per_s: float, delay_s: float
) -> float:
    """The longest wait after such a step, first come first served: D (1 - C/lambda) seconds, of
    whoever is served just when the new capacity has come; it must be at least lambda."""
    assert arrival_rate_per_s > 0
    return delay_s * max(0.0, 1 - capacity_per_s / arrival_rate_per_s)


def ramp_backlog(
    *, first_per_s: float, last_per_s: float, ramp_s: float, delay_s: float, target_ratio: float
) -> Backlog:
    """The rate ramps up in a line while a scaler keeps, D late, the capacity lambda(t - D) / u
    with the target utilisation u; times count from the ramp's start.

    There is none when the headroom covers the delay: (last - first) / ramp * D <= first (1/u - 1)
    for D <= ramp. What a scaler's tolerance and whole nodes add is left out.
    """
    assert 0 < first_per_s <= last_per_s
    assert ramp_s > 0
    assert delay_s >= 0
    assert 0 < target_ratio <= 1
    times_s = np.unique(np.array([0.0, ramp_s, delay_s, ramp_s + delay_s]))
    ends_s, ends = [0.0, ramp_s], [first_per_s, last_per_s]
    known = np.interp(times_s - delay_s, ends_s, ends)
    return fluid_backlog(times_s, np.interp(times_s, ends_s, ends), known / target_ratio)


class _Piece(NamedTuple):
    """A time in which the net rate is a line that does not change its sign."""

    start_s: float
    length_s: float
    net_per_s: float
    slope: float


def _pieces(times_s: Floats, net: Floats) -> Iterator[_Piece]:
    """The lines between `times_s`, cut where they cross 0, and the last value for ever."""
    instants, rates = np.asarray(times_s).tolist(), net.tolist()
    for (start_s, end_s), (before, after) in zip(pairwise(instants), pairwise(rates), strict=True):
        if end_s == start_s:
            continue
        slope = (after - before) / (end_s - start_s)
        if before * after < 0:
            crossing_s = start_s - before / slope
            yield _Piece(start_s, crossing_s - start_s, before, slope)
            yield _Piece(crossing_s, end_s - crossing_s, 0.0, slope)
        else:
            yield _Piece(start_s, end_s - start_s, before, slope)
    yield _Piece(instants[-1], math.inf, rates[-1], 0.0)


def _emptied_after_s(backlog: float, piece: _Piece) -> float:
    """When the backlog is gone, from the start of a piece that is as long as it takes."""
    growing = piece.net_per_s > 0 or (piece.net_per_s == 0 and piece.slope > 0)
    if growing:
        return math.inf
    if backlog == 0:
        return 0.0
    squared = piece.net_per_s**2 - 2 * piece.slope * backlog
    falling = -piece.net_per_s + math.sqrt(max(squared, 0.0))
    return 2 * backlog / falling if squared >= 0 and falling > 0 else math.inf


def _area(piece: _Piece, lasts_s: float) -> float:
    return piece.net_per_s * lasts_s**2 / 2 + piece.slope * lasts_s**3 / 6
