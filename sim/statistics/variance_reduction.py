"""The same answer from fewer replications: antithetic pairs and control variates.

Both report `variance_ratio`, the variance of the estimate with the method / without it for the
same number of replications, with its interval: above 1 the method does harm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, around, mean_interval
from sim.statistics.jackknife import positive_interval, squares_without_each
from sim.statistics.paired import correlation, pair_variance_ratio

ROUNDING = 1e-20
"""A ratio of variances below this is 0 and rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Antithetic:
    """`mean.n` counts pairs. `correlation` within pairs should be negative; the variance ratio
    is 1 + correlation for equal variances. None as in `sim.statistics.paired.Paired`."""

    mean: Interval
    correlation: float | None
    variance_ratio: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlled:
    """`coefficients` of the controls, in the unit of the result / that of the control.
    `multiple_correlation_squared` is R^2 of the result on them. `loss_factor` (n-2)/(n-q-2) is
    what estimating q coefficients costs, and is part of the variance ratio, which is None where
    the result does not vary."""

    mean: Interval
    coefficients: tuple[float, ...]
    multiple_correlation_squared: float
    loss_factor: float
    variance_ratio: Interval | None


def antithetic_interval(
    straight: Floats, mirrored: Floats, confidence: float = CONFIDENCE, *, skewed: bool = False
) -> Antithetic | TooFew:
    """`mean_interval` of the averages of pairs: replication i once with the uniform numbers u
    (`straight`) and once with 1 - u (`mirrored`). Pairs are independent of each other; the two
    halves of a pair are not (Hammersley and Morton 1956; Law, section 11.3)."""
    assert len(straight) == len(mirrored)
    mean = mean_interval((straight + mirrored) / 2, confidence, skewed=skewed)
    if isinstance(mean, TooFew):
        return mean
    return Antithetic(
        mean=mean,
        correlation=correlation(straight, mirrored),
        variance_ratio=pair_variance_ratio(straight, mirrored, 1, confidence),
    )


def controlled_interval(
    values: Floats, controls: Floats, known_means: Floats, confidence: float = CONFIDENCE
) -> Controlled | TooFew:
    """The mean of `values` (n) corrected for what `controls` (n x q, such as the mean service
    time drawn and the number of arrivals) did by chance, knowing their true means (q):

        estimate = Y - b (C - mu),  b = S_CC^-1 S_CY,   a regression's value at C = mu
        error^2 = s^2 (1/n + (C - mu)' (G'G)^-1 (C - mu)),  s^2 = residual squares / (n - q - 1)

    with G the centred controls; t has n - q - 1 degrees of freedom. Exact for jointly normal
    values and controls (Lavenberg and Welch, Management Science 27, 1981). A control that does
    not vary, or that others determine, is not counted in q. Needs n >= q + 3.
    """
    n = len(values)
    assert controls.shape == (n, len(known_means))
    centred = controls - controls.mean(axis=0)
    q = int(np.linalg.matrix_rank(centred)) if n else 0
    if n < q + 3:
        return TooFew(needed=q + 3, have=n, what=f"observations for {q} controls")
    inverse = np.linalg.pinv(centred)
    off = controls.mean(axis=0) - known_means
    slopes = inverse @ (values - values.mean())
    left = values - values.mean() - centred @ slopes
    leverage = off @ (inverse @ inverse.T) @ off
    hat = np.einsum("iq,qi->i", centred, inverse)
    error = math.sqrt(float(left @ left) / (n - q - 1) * (1 / n + float(leverage)))
    estimate = float(values.mean() - off @ slopes)
    squares = float(np.sum((values - values.mean()) ** 2))
    return Controlled(
        mean=around(estimate, error=error, n=n, degrees=n - q - 1, confidence=confidence),
        coefficients=tuple(float(each) for each in slopes),
        multiple_correlation_squared=1 - float(left @ left) / squares if squares else 0.0,
        loss_factor=(n - 2) / (n - q - 2),
        variance_ratio=_controlled_ratio(values, left, hat, q, confidence),
    )


def _controlled_ratio(
    values: Floats, left: Floats, hat: Floats, q: int, confidence: float
) -> Interval | None:
    """loss factor * residual variance / variance, from the residuals `left` of the regression and
    the diagonal `hat` of its
    hat matrix. Without observation i the residual squares are less by e_i^2 / (1 - h_i)."""
    n = len(values)
    squares = np.sum((values - values.mean()) ** 2)
    alone = squares_without_each(values)
    if not (alone > 0).all():
        return None
    loss = (n - 2) / (n - q - 2)
    residual = left @ left
    taken = left**2 / np.maximum(1 - 1 / n - hat, ROUNDING)
    residual_alone = np.maximum(residual - taken, 0.0)
    whole = float(loss * residual / (n - q - 1) / squares * (n - 1))
    without_each = loss * residual_alone / (n - q - 2) / alone * (n - 2)
    found = positive_interval(whole if whole > ROUNDING else 0.0, without_each, confidence)
    return None if isinstance(found, TooFew) else found
