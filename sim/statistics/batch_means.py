"""One steady run: its mean and quantiles, though its observations depend on each other.

A long run is cut into batches, long enough that their means are nearly independent. How long is
found on many short batches, because on few the correlation is not seen: from 512 batches on their
size is doubled until the correlation of neighbours is at most 0.4; ten of these and more are
joined into each of the batches that are used, at most 30, whose neighbours then have about a
twentieth (Law and Carson, Operations Research 27, 1979; more than 30 gain little: Schmeiser,
Operations Research 30, 1982). What correlation r > 0 is left widens the interval as in a first
order autoregression, by (1 + r)/(1 - r) in the variance (Tafazzoli, Wilson, Lada, Steiger,
INFORMS J. Computing 23, 2011). A run too short for two hundred such short batches is refused: with
a hundred those runs are let pass whose few long queues were missing by luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew, around, leaning_around
from sim.statistics.pooled_quantile import least_of_a_part
from sim.statistics.quantile import Level, quantile, rank

MOST_TESTED = 512
FEWEST_TESTED = 200
LARGEST_CORRELATION = 0.4
JOINED = 10
MOST_USED = 30
FEWEST_USED = 10
DEPENDENT = "observations for independent batches"
BURSTS = "observations for enough bursts beyond a quantile"
KNOWN_SHARE = 0.5
LARGEST_REACH = 0.95
LESS_RARE = 10
"""How many times more lies beyond the quantile by which the bursts are counted."""
MOST_COUNTED = 128
"""Short batches by which it is known: with more of them neighbours are correlated again."""


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
    skewed: bool = False,
    confidence: float = CONFIDENCE,
) -> SteadyMean | TooFew:
    """The mean of a steady series (warm-up left out) by batch means, t with batches - 1 degrees
    of freedom. `batches`, if given, is taken without a test. The remainder is left out at the
    start. With `overlapping` every window of a batch's length counts, which has two thirds of the
    variance of the variance: 1.5 (batches - 1) degrees (Meketon and Schmeiser, WSC 1984). With
    `skewed` the bounds lean as the batch means do (`sim.statistics.interval.leaning`)."""
    assert not (overlapping and skewed)
    count = independent_batches(series) if batches is None else batches
    if isinstance(count, TooFew):
        return count
    assert 2 <= count <= len(series)
    means = batch_means(series, count)
    size = len(series) // count
    kept = series[len(series) - count * size :]
    variance = _overlapping_variance(kept, size) if overlapping else float(np.var(means, ddof=1))
    left = max(0.0, lag_1(means))
    error = math.sqrt(variance / count * (1 + left) / (1 - left))
    estimate, n = float(kept.mean()), len(kept)
    mean = around(
        estimate,
        error=error,
        n=n,
        degrees=(1.5 if overlapping else 1.0) * (count - 1),
        confidence=confidence,
    )
    if skewed and error:
        mean = leaning_around(estimate, means, error=error, n=n, confidence=confidence)
    return SteadyMean(
        mean=mean,
        batches=count,
        batch_size=size,
        lag_1=lag_1(means),
        independence=independence(means),
    )


def steady_ratio(
    numerators: Floats,
    denominators: Floats,
    confidence: float = CONFIDENCE,
    *,
    skewed: bool = False,
) -> SteadyMean | TooFew:
    """E[numerator] / E[denominator] of two steady series side by side, such as the waits that end
    in each second and how many: by batch means of (numerator - ratio * denominator) / mean
    denominator, whose mean is the ratio's error (delta method). Refused, too, when no denominator
    is positive."""
    if not denominators.any():
        return TooFew(needed=1, have=0, what="observations for a ratio")
    below = denominators.mean()
    ratio = float(numerators.mean() / below)
    residuals = (numerators - ratio * denominators) / below
    found = steady_mean(residuals, skewed=skewed, confidence=confidence)
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

    What lies beyond a high quantile comes in bursts, few and of very different size, so the
    interval of the share leans (as that of a mean in Skart, Tafazzoli and Wilson 2011, and of a
    quantile in Sequest, Alexopoulos, Goldsman, Mokashi, Tien and Wilson, Operations Research 67,
    2019). And it is wider by what is not known of its width: m bursts of exponential size s have a
    sum with a relative error of sqrt(E s^2 / m) / E s = sqrt(2 / m), and their variance one of
    sqrt(E s^4 / m) / E s^2 = sqrt(6 / m); so with r = 1.96 sqrt(2 / m), the relative half width,
    the width has a relative error of sqrt(6 / m) / 2 = 0.44 r. It is made 1 + r / 2 times as wide.

    A run that had few bursts by luck shows a share that hardly varies, and to ask that alone
    whether it is known would let the lucky runs pass. So r is taken from what varies less, the
    share beyond a quantile `LESS_RARE` times less rare, whose bursts are as many times more, and
    the quantile is refused where r is more than `KNOWN_SHARE`, about thirty bursts. Bursts that are
    not seen there are seen by the share itself: refused, too, is one whose interval reaches further
    than `LARGEST_REACH` of what lies beyond, and one with fewer than ten batches that have ten
    observations beyond it.
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
    spread = _spread(series, ascending, level)
    if isinstance(spread, TooFew):
        return spread
    found = steady_mean(below, batches=count, skewed=True, confidence=confidence)
    assert isinstance(found, SteadyMean)
    share, wider = found.mean, 1 + spread / 2
    up, down = wider * (share.estimate - share.low), wider * (share.high - share.estimate)
    times = max(spread / KNOWN_SHARE, max(up, down) / (LARGEST_REACH * beyond))
    if times > 1:
        return TooFew(needed=math.ceil(n * times**2), have=n, what=BURSTS)
    return Interval(
        estimate=middle,
        low=float(ascending[max(1, math.floor(n * (float(level) - down))) - 1]),
        high=float(ascending[min(n, rank(n, float(level) + up) + 1) - 1]),
        n=count,
        confidence=confidence,
    )


def _spread(series: Floats, ascending: Floats, level: Level) -> float | TooFew:
    """The half width of the share beyond the quantile, relative to that share, as the share beyond
    a quantile `LESS_RARE` times less rare tells."""
    beyond = min(float(level), 1 - float(level))
    share = min(0.5, LESS_RARE * beyond)
    below = (series <= quantile(ascending, 1 - share if level > 0.5 else share)).astype(np.float64)
    count = tested_batches(below)
    if isinstance(count, TooFew):
        return count
    found = steady_mean(below, batches=min(MOST_COUNTED, count))
    assert isinstance(found, SteadyMean)
    return found.mean.half_width / share * math.sqrt(share / beyond)


def independent_batches(series: Floats) -> int | TooFew:
    """Into how many batches to cut `series`, 10 to 30; one that never varies is independent."""
    tested = tested_batches(series)
    return tested if isinstance(tested, TooFew) else min(MOST_USED, tested // JOINED)


def tested_batches(series: Floats) -> int | TooFew:
    """Into how many short batches to cut `series`, 200 to 512, so that neighbours have at most
    `LARGEST_CORRELATION`."""
    n = len(series)
    size = max(1, -(-n // MOST_TESTED))
    while n // size >= FEWEST_TESTED:
        tested = n // size
        if lag_1(batch_means(series, tested)) <= LARGEST_CORRELATION:
            return tested
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
