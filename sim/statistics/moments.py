"""Mean and variance of what is never kept: counted as it comes, and put together from parts.

    delta = mean_b - mean_a,  n = n_a + n_b
    mean = mean_a + delta n_b / n
    Q = Q_a + Q_b + delta^2 n_a n_b / n         Q: sum of squared deviations from the mean

Sources: Welford, Technometrics 4 (1962) for one value; Chan, Golub, LeVeque, The American
Statistician 37 (1983) for parts. Neither loses digits when the mean is large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, around


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """`n` values with their mean and the sum of their squared deviations from it."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def with_values(self, values: Floats) -> Moments:
        """These and `values`, which are independent of their order to rounding."""
        if not len(values):
            return self
        mean = float(np.mean(values))
        squares = float(np.sum((values - mean) ** 2))
        return self.merged(Moments(n=len(values), mean=mean, squares=squares))

    def with_value(self, value: float) -> Moments:
        return self.merged(Moments(n=1, mean=value))

    def merged(self, other: Moments) -> Moments:
        """The moments of both together."""
        n = self.n + other.n
        if not n:
            return self
        delta = other.mean - self.mean
        return Moments(
            n=n,
            mean=self.mean + delta * other.n / n,
            squares=self.squares + other.squares + delta * delta * self.n * other.n / n,
        )

    @property
    def variance(self) -> float:
        """Q / (n - 1), without bias; NaN of fewer than two values."""
        return self.squares / (self.n - 1) if self.n > 1 else math.nan

    def interval(self, confidence: float = CONFIDENCE) -> Interval | TooFew:
        """`sim.statistics.interval.mean_interval` of the values, which must be independent."""
        if self.n < 2:
            return TooFew(needed=2, have=self.n, what="observations for a mean")
        error = math.sqrt(self.variance / self.n)
        return around(self.mean, error=error, n=self.n, degrees=self.n - 1, confidence=confidence)
