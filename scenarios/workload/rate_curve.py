"""The planned arrival rate over time: its value, its area, and the exact inverse of its area.

    rate      lambda(t)                      arrivals a second at instant t
    area      Lambda(t) = int_0^t lambda     arrivals expected until t
    inverse   t(A) = min { t : Lambda(t) >= A }

Arrivals at Lambda = 1/2, 3/2, ... are evenly spread whatever the shape; arrivals of a unit-rate
Poisson process on the Lambda axis are a Poisson process of rate lambda(t) on the clock (Cinlar,
Introduction to Stochastic Processes, 1975, section 4.7).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from scenarios.workload.columns import Floats

_LN2 = math.log(2.0)


class Shape(Protocol):
    """One piece of a curve on its own clock, which starts at 0. Arguments are never negative."""

    def rate(self, t_s: Floats) -> Floats: ...
    def area(self, t_s: Floats) -> Floats: ...
    def time_of(self, area: Floats) -> Floats: ...
    def turns_s(self) -> Floats:
        """The instants, ascending, at which the rate jumps or turns: between two of them and the
        ends it is monotone, and at one of them or an end it is largest."""


NO_TURNS: Floats = np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """The same rate throughout. A rate of 0 is a pause."""

    rate_per_s: float

    def rate(self, t_s: Floats) -> Floats:
        return np.full_like(t_s, self.rate_per_s)

    def area(self, t_s: Floats) -> Floats:
        return self.rate_per_s * t_s

    def time_of(self, area: Floats) -> Floats:
        return area / self.rate_per_s if self.rate_per_s > 0 else np.zeros_like(area)

    def turns_s(self) -> Floats:
        return NO_TURNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """From one rate to another in a straight line."""

    from_per_s: float
    to_per_s: float
    duration_s: float

    @property
    def slope(self) -> float:
        return (self.to_per_s - self.from_per_s) / self.duration_s

    def rate(self, t_s: Floats) -> Floats:
        return self.from_per_s + self.slope * t_s

    def area(self, t_s: Floats) -> Floats:
        return (self.from_per_s + 0.5 * self.slope * t_s) * t_s

    def time_of(self, area: Floats) -> Floats:
        """The root of slope/2 t^2 + from t = area, as 2 area / (from + sqrt(...)).

        That form subtracts nothing from its like, so a ramp that is nearly flat stays exact.
        """
        root = np.sqrt(np.maximum(self.from_per_s**2 + 2.0 * self.slope * area, 0.0))
        below = self.from_per_s + root
        return np.divide(2.0 * area, below, out=np.zeros_like(area), where=below > 0)

    def turns_s(self) -> Floats:
        return NO_TURNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """A jump to `to_per_s` that settles: settle + (to - settle) 2^(-t / half_life)."""

    to_per_s: float
    settle_per_s: float
    half_life_s: float

    def __post_init__(self) -> None:
        assert self.to_per_s >= self.settle_per_s >= 0 < self.half_life_s

    @property
    def excess(self) -> float:
        """The arrivals above the settled rate if it went on for ever."""
        return (self.to_per_s - self.settle_per_s) * self.half_life_s / _LN2

    def rate(self, t_s: Floats) -> Floats:
        fading = np.exp2(-t_s / self.half_life_s)
        return self.settle_per_s + (self.to_per_s - self.settle_per_s) * fading

    def area(self, t_s: Floats) -> Floats:
        gone = -np.expm1(t_s * (-_LN2 / self.half_life_s))
        return self.settle_per_s * t_s + self.excess * gone

    def time_of(self, area: Floats) -> Floats:
        """Newton from below, to full double precision.

        The area is concave, so a Newton step from the left of the root never passes it. Two
        bounds from the left start it: rate <= to, and area <= settle t + excess. The second
        is left out where settle is so small that rounding would make it pass the root. A step
        that rounding turns backwards ends the search.
        """
        t_s = area / self.to_per_s if self.to_per_s > 0 else np.zeros_like(area)
        if self.settle_per_s > 1e-9 * self.to_per_s:
            np.maximum(t_s, (area - self.excess) / self.settle_per_s, out=t_s)
        for _ in range(_LARGEST_NEWTON_STEPS):
            rate = self.rate(t_s)
            left = area - self.area(t_s)
            step = np.divide(left, rate, out=np.zeros_like(t_s), where=rate > _NO_RATE)
            t_s += np.maximum(step, 0.0)
            if not np.any(step > 2e-16 * t_s):
                break
        return t_s

    def turns_s(self) -> Floats:
        return NO_TURNS


_NO_RATE = 1e-200
_LARGEST_NEWTON_STEPS = 64
"""Each step gains a half-life or doubles the digits, so 64 are more than double precision has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A shape and how long it holds."""

    duration_s: float
    shape: Shape

    def __post_init__(self) -> None:
        assert self.duration_s > 0

    @property
    def peak_per_s(self) -> float:
        """The largest rate: at one of the ends or turns."""
        at_s = np.concatenate([[0.0], self.shape.turns_s(), [self.duration_s]])
        return float(self.shape.rate(at_s).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCurve:
    """Pieces one after the other from instant 0. Pure: the same arguments give the same values.

    `starts_s` and `areas` hold the instant and the expected arrivals at each border, so both
    have one entry more than `pieces`.
    """

    pieces: tuple[Piece, ...]
    starts_s: Floats = field(init=False, compare=False)
    areas: Floats = field(init=False, compare=False)

    def __post_init__(self) -> None:
        durations = [each.duration_s for each in self.pieces]
        areas = [float(each.shape.area(np.array(each.duration_s))) for each in self.pieces]
        object.__setattr__(self, "starts_s", np.cumsum([0.0, *durations]))
        object.__setattr__(self, "areas", np.cumsum([0.0, *areas]))

    @property
    def duration_s(self) -> float:
        return float(self.starts_s[-1])

    @property
    def total(self) -> float:
        """The arrivals expected over the whole curve."""
        return float(self.areas[-1])

    @property
    def peak_per_s(self) -> float:
        """The largest rate, exactly."""
        return max(each.peak_per_s for each in self.pieces)

    @property
    def turns_s(self) -> Floats:
        """The instants, ascending, between which the rate is monotone: the borders of the pieces
        and the turns of their shapes. `rate_at` one that is a jump is the rate after it."""
        turns = []
        for each, start_s in zip(self.pieces, self.starts_s, strict=False):
            turn_s = each.shape.turns_s()
            at_s = start_s + turn_s
            # The sum may be rounded to just before a jump.
            turns.append(np.where(at_s - start_s < turn_s, np.nextafter(at_s, np.inf), at_s))
        return np.union1d(np.concatenate(turns), self.starts_s[1:-1])

    def rate_at(self, t_s: npt.ArrayLike) -> Floats:
        """Arrivals a second at `t_s`: the later piece's at a border, 0 outside of the curve."""
        t_s = np.asarray(t_s, dtype=np.float64)
        piece = np.searchsorted(self.starts_s, t_s, side="right") - 1
        inside = (t_s >= 0) & (t_s < self.duration_s)
        return self._by_piece(
            np.where(inside, piece, -1), t_s, lambda at, t: at.shape.rate(t), from_=self.starts_s
        )

    def expected_arrivals(self, t_s: npt.ArrayLike) -> Floats:
        """Lambda(t): the arrivals expected from 0 until `t_s`."""
        t_s = np.clip(np.asarray(t_s, dtype=np.float64), 0.0, self.duration_s)
        piece = np.searchsorted(self.starts_s[1:-1], t_s, side="right")
        local = self._by_piece(piece, t_s, lambda at, t: at.shape.area(t), from_=self.starts_s)
        return local + self.areas[piece]

    def time_of(self, arrival: npt.ArrayLike) -> Floats:
        """t(A): the first instant until which `arrival` arrivals are expected, in seconds."""
        arrival = np.clip(np.asarray(arrival, dtype=np.float64), 0.0, self.total)
        piece = np.searchsorted(self.areas[1:-1], arrival, side="left")
        local = self._by_piece(piece, arrival, _time_within, from_=self.areas)
        return local + self.starts_s[piece]

    def _by_piece(
        self,
        piece: npt.NDArray[np.intp],
        values: Floats,
        of: Callable[[Piece, Floats], Floats],
        *,
        from_: Floats,
    ) -> Floats:
        """`of` each piece at its own `values`, counted from the piece's start; 0 for piece -1."""
        result = np.zeros(values.size)
        flat, piece = values.ravel(), piece.ravel()
        # Arrivals come in order, so that a piece's are one slice and need no search.
        starts = np.flatnonzero(np.diff(piece, prepend=-2)).tolist()
        for start, end in pairwise((*starts, len(piece))):
            if (index := int(piece[start])) >= 0:
                here = slice(start, end)
                result[here] = of(self.pieces[index], flat[here] - from_[index])
        return result.reshape(values.shape)


def _time_within(piece: Piece, area: Floats) -> Floats:
    return np.minimum(piece.shape.time_of(area), piece.duration_s)
