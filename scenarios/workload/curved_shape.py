"""Shapes whose rate bends both ways: the cosine of a day, and a surge that lags.

cosine    mean + swing cos(2 pi (t - peak) / period)
lagged    base + (top - base) (t / peak) exp(1 - t / peak)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from scenarios.workload.area_inverse import InverseTable, instants_of, inverse_table
from scenarios.workload.columns import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosine:
    """A wave around its mean, highest at `peak_at_s` and every `period_s` before and after."""

    mean_per_s: float
    swing_per_s: float
    period_s: float
    peak_at_s: float
    duration_s: float
    _table: InverseTable = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        assert 0 <= self.swing_per_s <= self.mean_per_s
        assert self.period_s > 0
        table = inverse_table(self, turns_s=self.turns_s(), duration_s=self.duration_s)
        object.__setattr__(self, "_table", table)

    def rate(self, t_s: Floats) -> Floats:
        """With cos 2x = 2 cos^2 x - 1, so that a trough at 0 is never below it."""
        cosine = np.cos(math.pi / self.period_s * (t_s - self.peak_at_s))
        above: Floats = 2.0 * self.swing_per_s * cosine * cosine
        return (self.mean_per_s - self.swing_per_s) + above

    def area(self, t_s: Floats) -> Floats:
        """mean t + swing period / pi sin(pi t / period) cos(pi (t - 2 peak) / period).

        The difference of the sines at both ends, written as a product that is exact near 0.
        """
        turn = math.pi / self.period_s
        bent = np.sin(turn * t_s) * np.cos(turn * (t_s - 2.0 * self.peak_at_s))
        return self.mean_per_s * t_s + self.swing_per_s / turn * bent

    def time_of(self, area: Floats) -> Floats:
        return instants_of(self, self._table, area)

    def turns_s(self) -> Floats:
        half_s = 0.5 * self.period_s
        first = math.floor(-self.peak_at_s / half_s) + 1
        last = math.ceil((self.duration_s - self.peak_at_s) / half_s) - 1
        return self.peak_at_s + half_s * np.arange(first, last + 1, dtype=np.float64)


_SERIES = [(-1) ** k / (math.factorial(k) * (k + 2)) for k in range(20)]
_SERIES_BELOW = 1.0


def _erlang_2(x: Floats) -> Floats:
    """1 - (1 + x) exp(-x), the share that is back after x stages.

    Near 0 its terms cancel, and the series sum (-1)^k x^(k + 2) / (k! (k + 2)) takes their place:
    with 20 terms it is exact to the last digit below 1.
    """
    back: Floats = np.asarray(-np.expm1(-x) - x * np.exp(-x))
    near = np.asarray(x < _SERIES_BELOW)
    small = np.asarray(x)[near]
    back[near] = small * small * np.polynomial.polynomial.polyval(small, _SERIES)
    return back


@dataclass(frozen=True, slots=True, kw_only=True)
class Lagged:
    """A rise from `base_per_s` to `top_per_s` at `peak_after_s`, and a slower way back.

    The rate at which a crowd of instant 0 comes back after a delay of two equal exponential
    stages (Erlang-2, mean 2 peak): such as payments after the orders of midnight. Departures
    after a random delay are Poisson again, with the convolved rate (Eick, Massey and Whitt, "The
    physics of the Mt/G/infinity queue", Operations Research 41, 1993, theorem 1).
    """

    base_per_s: float
    top_per_s: float
    peak_after_s: float
    duration_s: float
    _table: InverseTable = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        assert 0 <= self.base_per_s <= self.top_per_s
        assert self.peak_after_s > 0
        table = inverse_table(self, turns_s=self.turns_s(), duration_s=self.duration_s)
        object.__setattr__(self, "_table", table)

    def rate(self, t_s: Floats) -> Floats:
        x = t_s / self.peak_after_s
        return self.base_per_s + (self.top_per_s - self.base_per_s) * x * np.exp(1.0 - x)

    def area(self, t_s: Floats) -> Floats:
        """base t + (top - base) e peak (1 - (1 + x) exp(-x)) with x = t / peak."""
        excess = (self.top_per_s - self.base_per_s) * math.e * self.peak_after_s
        return self.base_per_s * t_s + excess * _erlang_2(t_s / self.peak_after_s)

    def time_of(self, area: Floats) -> Floats:
        return instants_of(self, self._table, area)

    def turns_s(self) -> Floats:
        return np.array([self.peak_after_s] if self.peak_after_s < self.duration_s else [])
