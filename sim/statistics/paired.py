"""Comparisons: two variants that met the same luck, and two that did not.

With common random numbers replication i of both variants plays the same visits with the same
draws, so their results go up and down together and the difference is known far better:

    Var(X - Y) = Var X + Var Y - 2 Cov(X, Y)

Source: Law, Simulation Modeling and Analysis, 5th ed., sections 10.2 and 11.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, around, mean_interval

LARGEST = 1 - 1e-15
"""The correlation that stands for 1, of which atanh is infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """`difference` is other - one. `correlation` is of the two across replications.
    `variance_ratio` is Var(other - one) / (Var one + Var other), 1 for independent runs: at 0.04
    a paired comparison needs a 25th of the replications. Both are None where one side does not
    vary, the latter also of fewer than four replications."""

    difference: Interval
    correlation: float | None
    variance_ratio: Interval | None


def paired_interval(
    one: Floats, other: Floats, confidence: float = CONFIDENCE, *, skewed: bool = False
) -> Paired | TooFew:
    """`mean_interval` of the differences; `one[i]` and `other[i]` are from the same random
    numbers."""
    assert len(one) == len(other)
    difference = mean_interval(other - one, confidence, skewed=skewed)
    if isinstance(difference, TooFew):
        return difference
    return Paired(
        difference=difference,
        correlation=correlation(one, other),
        variance_ratio=pair_variance_ratio(one, other, -1, confidence),
    )


def unpaired_interval(
    one: Floats, other: Floats, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """other - one from runs with different random numbers, with different variances and numbers
    of replications: Welch's t (Biometrika 34, 1947), degrees of freedom by Satterthwaite."""
    fewest = min(len(one), len(other))
    if fewest < 2:
        return TooFew(needed=2, have=fewest, what="observations on each side")
    errors = np.array([np.var(each, ddof=1) / len(each) for each in (one, other)])
    freedom = np.array([len(one) - 1, len(other) - 1])
    square = float(errors.sum())
    degrees = square**2 / float((errors**2 / freedom).sum()) if square else float(freedom.sum())
    return around(
        float(np.mean(other) - np.mean(one)),
        error=math.sqrt(square),
        n=len(one) + len(other),
        degrees=degrees,
        confidence=confidence,
    )


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's; None when one of the two does not vary."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def pair_variance_ratio(
    one: Floats, other: Floats, sign: int, confidence: float = CONFIDENCE
) -> Interval | None:
    """Var(other + sign one) / (Var one + Var other), what pairing leaves of the variance of the
    sum (`sign` 1) or difference (-1) of independent runs: 1 + sign k r, r the correlation and k =
    2 s_one s_other / (s_one^2 + s_other^2). Its interval is that of r by Fisher's z, atanh r +-
    z / sqrt(n - 3) (Metron 1, 1921), with k as estimated: for nearly normal values."""
    n, r = len(one), correlation(one, other)
    if r is None or n < 4:
        return None
    k = float(2 * np.std(one) * np.std(other) / (np.var(one) + np.var(other)))
    middle = math.atanh(max(-LARGEST, min(LARGEST, r)))
    half = float(ndtri((1 + confidence) / 2)) / math.sqrt(n - 3)
    bounds = sorted(1 + sign * k * math.tanh(middle + each * half) for each in (-1, 0, 1))
    low, estimate, high = bounds
    return Interval(estimate=estimate, low=low, high=high, n=n, confidence=confidence)
