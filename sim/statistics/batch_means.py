"""One steady run: its mean and quantiles, though its observations depend on each other.

A long run is cut into batches, long enough that their means are nearly independent. How long is
found on many short batches, because on few the correlation is not seen: from 512 batches on their
size is doubled until the correlation of neighbours is at most 0.4; ten and more of these are
joined into each of the batches that are used, at most 30, whose neighbours then have about a
twentieth (Law and Carson, Operations Research 27, 1979; more than 30 gain little: Schmeiser,
Operations Research 30, 1982). What correlation r > 0 is left widens the interval as in a first
order autoregression, by (1 + r)/(1 - r) in the variance (Tafazzoli, Wilson, Lada, Steiger,
INFORMS J. Computing 23, 2011). A run too short for a hundred such short batches is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, around
from sim.statistics.pooled_quantile import least_of_a_part
from sim.statistics.quantile import Level, quantile, rank

MOST_TESTED = 512
FEWEST_TESTED = 100
LARGEST_CORRELATION = 0.4
JOINED = 10
MOST_USED = 30
FEWEST_USED = 10
DEPENDENT = "observations for independent batches"
BURSTS = "observations for enough bursts beyond a quantile"
KNOWN_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyMean:
    """`mean.n` counts observations. `lag_1` is the correlation of neighbours among the `batches`
    used, `independence` the p-value of von Neumann's test on them: a small one asks for a longer
    run."""

    mean: Interval
    batches: int
    batch_size: int
    lag_1: float
    independence: float


def steady_mean(
    series: Floats,
    *,
    batches: int | None = None,
    overlapping: bool = False,
    confidence: float = CONFIDENCE,
) -> SteadyMean | TooFew:
    """The mean of a steady series (warm-up left out) by batch means, t with batches - 1 degrees
    of freedom. `batches`, if given, is taken without a test. The remainder is left out at the
    start. With `overlapping` every window of a batch's length counts, which has two thirds of the
    variance of the variance: 1.5 (batches - 1) degrees (Meketon and Schmeiser, WSC 1984)."""
    count = independent_batches(series) if batches is None else batches
    if isinstance(count, TooFew):
        return count
    assert 2 <= count <= len(series)
    means = batch_means(series, count)
    size = len(series) // count
    kept = series[len(series) - count * size :]
    variance = _overlapping_variance(kept, size) if overlapping else float(np.var(means, ddof=1))
    left = max(0.0, lag_1(means))
    return SteadyMean(
        mean=around(
            float(kept.mean()),
            error=math.sqrt(variance / count * (1 + left) / (1 - left)),
            n=len(kept),
            degrees=(1.5 if overlapping else 1.0) * (count - 1),
            confidence=confidence,
        ),
        batches=count,
        batch_size=size,
        lag_1=lag_1(means),
        independence=independence(means),
    )


def steady_ratio(
    numerators: Floats, denominators: Floats, confidence: float = CONFIDENCE
) -> SteadyMean | TooFew:
    """E[numerator] / E[denominator] of two steady series side by side, such as the waits that end
    in each second and how many: by batch means of (numerator - ratio * denominator) / mean
    denominator, whose mean is the ratio's error (delta method). Refused, too, when no denominator
    is positive."""
    if not denominators.any():
        return TooFew(needed=1, have=0, what="observations for a ratio")
    below = denominators.mean()
    ratio = float(numerators.mean() / below)
    found = steady_mean((numerators - ratio * denominators) / below, confidence=confidence)
    if isinstance(found, TooFew):
        return found
    low, middle, high = (
        ratio + each for each in (found.mean.low, found.mean.estimate, found.mean.high)
    )
    return replace(found, mean=replace(found.mean, low=low, estimate=middle, high=high))


def steady_quantile(
    series: Floats, level: Level, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """A quantile of a steady series between two of its order statistics: the share of what is at
    or below it has an interval by batch means, and where that ends the order statistics are read,
    as in `sim.statistics.pooled_quantile`. `n` counts batches.

    What lies beyond a high quantile comes in bursts, and a run that had few says little of how
    many there are. So it is refused when fewer than ten batches have ten observations beyond the
    quantile, and when the share beyond it is not known to `KNOWN_SHARE` of itself, which is about
    sixteen independent bursts.
    """
    n, beyond = len(series), min(float(level), 1 - float(level))
    ascending = np.sort(series)
    middle = quantile(ascending, level) if n else math.nan
    below = (series <= middle).astype(np.float64)
    count = independent_batches(below)
    if isinstance(count, TooFew):
        return count
    count = min(count, n // least_of_a_part(level))
    if count < FEWEST_USED:
        least = FEWEST_USED * least_of_a_part(level)
        what = f"observations for quantile {float(level):g} of a steady run"
        return TooFew(needed=least, have=n, what=what)
    share = steady_mean(below, batches=count, confidence=confidence)
    assert isinstance(share, SteadyMean)
    half = share.mean.half_width
    if half > KNOWN_SHARE * beyond:
        needed = math.ceil(n * (half / (KNOWN_SHARE * beyond)) ** 2)
        return TooFew(needed=needed, have=n, what=BURSTS)
    return Interval(
        estimate=middle,
        low=float(ascending[max(1, math.floor(n * (float(level) - half))) - 1]),
        high=float(ascending[min(n, rank(n, float(level) + half) + 1) - 1]),
        n=count,
        confidence=confidence,
    )


def independent_batches(series: Floats) -> int | TooFew:
    """Into how many batches to cut `series`, 10 to 30; one that never varies is independent."""
    n = len(series)
    size = max(1, -(-n // MOST_TESTED))
    while n // size >= FEWEST_TESTED:
        tested = n // size
        if lag_1(batch_means(series, tested)) <= LARGEST_CORRELATION:
            return min(MOST_USED, tested // JOINED)
        size *= 2
    return TooFew(needed=FEWEST_TESTED * size, have=n, what=DEPENDENT)


def batch_means(series: Floats, count: int) -> Floats:
    """Means of `count` batches of equal size; the remainder is left out at the start, where a
    rest of the warm-up would be."""
    size = len(series) // count
    kept = series[len(series) - count * size :]
    means: Floats = kept.reshape(count, size).mean(axis=1)
    return means


def lag_1(values: Floats) -> float:
    """The correlation of neighbours; 0 of what never varies."""
    if np.ptp(values) == 0:
        return 0.0
    deviations = values - values.mean()
    return float(deviations[1:] @ deviations[:-1]) / float(deviations @ deviations)


def independence(values: Floats) -> float:
    """The p-value of von Neumann's test against positive correlation of neighbours (Ann. Math.
    Stat. 12, 1941): C = 1 - sum (x_i - x_(i+1))^2 / (2 sum (x_i - mean)^2) is nearly normal with
    mean 0 and variance (k - 2)/(k^2 - 1) for k independent values. 1 of what never varies."""
    if np.ptp(values) == 0:
        return 1.0
    k = len(values)
    squares = float(np.sum((values - values.mean()) ** 2))
    statistic = 1 - float(np.sum(np.diff(values) ** 2)) / (2 * squares)
    return float(ndtr(-statistic / math.sqrt((k - 2) / (k * k - 1))))


def _overlapping_variance(series: Floats, size: int) -> float:
    """The variance of the mean of a batch, from all n - size + 1 windows of that length:
    n / (n - size) times their mean squared deviation from the whole mean."""
    n = len(series)
    centred = series - series.mean()
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    windows = (sums[size:] - sums[:-size]) / size
    return float(np.mean(windows**2)) * n / (n - size)
