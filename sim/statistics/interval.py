"""How sure a mean is, or why it is not given.

Everything in this package works on independent observations unless it says otherwise. One number
of each replication is independent of the next replication's; the visits of one replication are
not independent of each other, because they queue together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.95
NO_SKEW = 1e-6
"""Below this G(t) is t to six digits, and would lose more by cancellation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """`low` <= `estimate` <= `high`, in the unit of the `n` observations behind it; the interval
    contains the true value in a share `confidence` of all repetitions of the experiment."""

    estimate: float
    low: float
    high: float
    n: int
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        assert self.low <= self.estimate <= self.high, self
        assert 0 < self.confidence < 1

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    @property
    def relative_half_width(self) -> float:
        """Half width / |estimate|: infinite at 0, but 0 of an interval without width."""
        if not self.half_width:
            return 0.0
        return self.half_width / abs(self.estimate) if self.estimate else math.inf

    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """A refusal: at least `needed` would be needed and there are `have`. `what` names what is
    counted and for what, such as "observations for quantile 0.99"."""

    needed: int
    have: int
    what: str

    def __str__(self) -> str:
        return f"{self.have} of at least {self.needed} {self.what}"


def mean_interval(
    values: Floats, confidence: float = CONFIDENCE, *, skewed: bool = False
) -> Interval | TooFew:
    """mean +- t s / sqrt(n), t the (1 + confidence)/2 point of Student's t with n - 1 degrees of
    freedom (Student 1908). Exact for normal values. With `skewed` the bounds lean to the side of
    the long tail (`leaning`), which needs three values: intervals of 95 % from twenty exponential
    values hold in 91 % without it and in 95 % with it, at a third more width; from normal ones in
    95 % either way. Values that never vary give an interval without width: see `never_seen`.
    """
    n, needed = len(values), 3 if skewed else 2
    if n < needed:
        return TooFew(needed=needed, have=n, what="observations for a mean")
    assert np.isfinite(values).all()
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(n)
    if skewed and error:
        return leaning_around(mean, values, error=error, n=n, confidence=confidence)
    return around(mean, error=error, n=n, degrees=n - 1, confidence=confidence)


def leaning(t: float, values: Floats) -> float:
    """What replaces `t` when `values` are skewed, b = skewness / (6 sqrt n):

        G(t) = ((1 + 6 b (t - b))^(1/3) - 1) / (2 b)

    the inverse of the Cornish-Fisher expansion of a t statistic (Willink, Communications in
    Statistics: Theory and Methods 34, 2005), as in Skart (Tafazzoli and Wilson, IIE Transactions
    43, 2011).
    """
    n = len(values)
    standard = (values - values.mean()) / values.std(ddof=1)
    skewness = n / ((n - 1) * (n - 2)) * float(np.sum(standard**3))
    b = skewness / (6 * math.sqrt(n))
    if abs(b) < NO_SKEW:
        return t
    return (float(np.cbrt(1 + 6 * b * (t - b))) - 1) / (2 * b)


def leaning_around(
    estimate: float, values: Floats, *, error: float, n: int, confidence: float = CONFIDENCE
) -> Interval:
    """As `around` of an estimate that is the mean of `values`, with bounds that lean as these."""
    t = student_t(len(values) - 1, confidence)
    above, below = (leaning(each, values) * error for each in (t, -t))
    return Interval(
        estimate=estimate,
        low=estimate - above,
        high=estimate - below,
        n=n,
        confidence=confidence,
    )


def around(
    estimate: float, *, error: float, n: int, degrees: float, confidence: float = CONFIDENCE
) -> Interval:
    """estimate +- t * standard error, with `degrees` of freedom for t."""
    half = student_t(degrees, confidence) * error
    return Interval(
        estimate=estimate, low=estimate - half, high=estimate + half, n=n, confidence=confidence
    )


def student_t(degrees: float, confidence: float = CONFIDENCE) -> float:
    """The two-sided point of Student's t: P(|T| <= t) = confidence."""
    return float(stdtrit(degrees, (1 + confidence) / 2))


def never_seen(n: int, confidence: float = CONFIDENCE) -> float:
    """The largest chance that an event may have without being seen in `n` replications, at this
    confidence: 1 - (1 - confidence)^(1/n), about 3 / n (Hanley and Lippman-Hand 1983)."""
    assert n >= 1
    return -math.expm1(math.log1p(-confidence) / n)


def confidence_of_each(confidence: float, count: int) -> float:
    """What each of `count` intervals must hold with, so that all hold together with at least
    `confidence`: 1 - (1 - confidence) / count (Bonferroni)."""
    assert count >= 1
    return 1 - (1 - confidence) / count
