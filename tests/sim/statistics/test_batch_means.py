"""Batch means: by hand, against the sums that define them, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.statistics.batch_means import (
    BURSTS,
    SteadyMean,
    batch_means,
    independence,
    independent_batches,
    lag_1,
    steady_mean,
    steady_quantile,
    steady_ratio,
)
from sim.statistics.interval import Floats, Interval, TooFew, mean_interval

NOISE = np.random.default_rng(1).normal(5.0, 1.0, 12_345)


def test_the_remainder_is_left_out_at_the_start() -> None:
    assert batch_means(np.array([99.0, 1.0, 3.0, 5.0, 7.0]), 2).tolist() == [2.0, 6.0]


def test_neighbours_of_a_rising_row_are_correlated() -> None:
    """1 2 3 4: lag 1 is 1.25 / 5; von Neumann's C = 1 - 3 / 10, variance 2 / 15, so z = 1.917."""
    row = np.array([1.0, 2.0, 3.0, 4.0])
    assert lag_1(row) == pytest.approx(0.25)
    assert independence(row) == pytest.approx(0.0276, abs=1e-4)


def test_von_neumanns_test_is_passed_by_chance_as_often_as_it_says() -> None:
    rows = np.random.default_rng(2).normal(0, 1, (2000, 50))
    assert np.mean([independence(row) < 0.10 for row in rows]) == pytest.approx(0.10, abs=0.02)


def test_what_never_varies_is_independent_and_certain() -> None:
    found = steady_mean(np.full(5000, 0.1))
    assert isinstance(found, SteadyMean)
    assert found.mean.half_width == pytest.approx(0.0, abs=1e-15)
    assert (found.lag_1, found.independence) == (0.0, 1.0)


def test_independent_observations_make_thirty_batches() -> None:
    assert independent_batches(NOISE) == 30


def _remembering(phi: float, length: int) -> Floats:
    series = np.random.default_rng(3).normal(0, 1, length)
    for t in range(1, length):
        series[t] += phi * series[t - 1]
    return series


def test_a_long_memory_leaves_fewer_batches_than_thirty() -> None:
    """With a memory of (1 + 0.9) / (1 - 0.9) = 19 observations in 6,000, two hundred short batches
    and some are nearly independent, and ten of them make one."""
    found = independent_batches(_remembering(0.9, 6000))
    assert isinstance(found, int)
    assert 20 <= found <= 25


def test_the_interval_is_students_of_the_batch_means_widened_by_what_correlation_is_left() -> None:
    found = steady_mean(NOISE, batches=20)
    assert isinstance(found, SteadyMean)
    means = batch_means(NOISE, 20)
    plain = mean_interval(means)
    assert isinstance(plain, Interval)
    left = max(0.0, lag_1(means))
    widened = plain.half_width * math.sqrt((1 + left) / (1 - left))
    assert found.mean.half_width == pytest.approx(widened)
    assert (found.batches, found.batch_size, found.mean.n) == (20, 617, 12_340)


def test_positive_correlation_of_batches_widens_the_interval() -> None:
    series = _remembering(0.99, 4000)
    found = steady_mean(series, batches=40)
    assert isinstance(found, SteadyMean)
    plain = mean_interval(batch_means(series, 40))
    assert isinstance(plain, Interval)
    assert found.lag_1 > 0.1
    assert found.mean.half_width > 1.1 * plain.half_width


def test_the_interval_of_a_mean_leans_to_the_side_of_the_long_tail() -> None:
    """Where Student's t is 2.045 on either side, `leaning` of the batch means is."""
    series = np.random.default_rng(8).exponential(1.0, 300) ** 2
    found = steady_mean(series, batches=30, skewed=True)
    assert isinstance(found, SteadyMean)
    expected = mean_interval(batch_means(series, 30), skewed=True)
    assert isinstance(expected, Interval)
    left = max(0.0, found.lag_1)
    wider = math.sqrt((1 + left) / (1 - left))
    assert found.mean.high - found.mean.estimate == pytest.approx(
        wider * (expected.high - expected.estimate)
    )
    assert found.mean.high - found.mean.estimate > 1.2 * (found.mean.estimate - found.mean.low)


def test_overlapping_windows_are_those_of_the_definition() -> None:
    series, size = NOISE[:200], 20
    found = steady_mean(series, batches=10, overlapping=True)
    assert isinstance(found, SteadyMean)
    windows = np.array([series[i : i + size].mean() for i in range(181)])
    variance = 200 / 180 * np.mean((windows - series.mean()) ** 2)
    left = max(0.0, found.lag_1)
    t = 2.1604  # 97.5 % point with 13.5 degrees of freedom, between 2.1604 (13) and 2.1448 (14)
    expected = t * math.sqrt(variance / 10 * (1 + left) / (1 - left))
    assert found.mean.half_width == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize("series", [NOISE[:199], np.arange(10_000.0), _remembering(0.999, 10_000)])
def test_a_run_without_two_hundred_nearly_independent_batches_is_refused(series: Floats) -> None:
    """Too few at all, a trend, and a memory of 2,000 observations in 10,000."""
    for found in (steady_mean(series), steady_quantile(series, 0.9)):
        assert isinstance(found, TooFew)
        assert found.needed > found.have == len(series)


def test_a_steady_p99_needs_ten_batches_with_ten_observations_beyond_it() -> None:
    found = steady_quantile(NOISE[:9_999], 0.99)
    assert isinstance(found, TooFew)
    assert str(found) == "9999 of at least 10000 observations for quantile 0.99 of a steady run"
    given = steady_quantile(NOISE, 0.99)
    assert isinstance(given, Interval)
    assert given.n == 12
    assert given.contains(5.0 + 2.3263)


def test_a_quantile_lies_between_order_statistics_at_the_ends_of_its_share() -> None:
    """Independent observations: 1.96 sqrt(0.9 0.1 / 100,000), about 0.0019 on either side of 0.9,
    by a Student's t with 29 degrees of freedom whose variance is itself known to a fourth."""
    series = np.random.default_rng(4).uniform(0, 1, 100_000)
    found = steady_quantile(series, 0.9)
    assert isinstance(found, Interval)
    assert found.n == 30
    assert found.half_width == pytest.approx(0.0019, rel=0.5)
    assert found.contains(0.9)


def test_a_quantile_beyond_which_there_were_a_few_bursts_is_refused() -> None:
    """Four bursts of 350 in 100,000, of which nothing is seen at p90, each within one of 255 short
    batches: a p99 has 1,000 beyond it, but of four only."""
    series = np.random.default_rng(5).uniform(0, 1, 100_000)
    for batch in (22, 79, 147, 212):
        begin = 40 + 392 * batch
        series[begin : begin + 350] += 1.0
    found = steady_quantile(series, 0.99)
    assert isinstance(found, TooFew)
    assert found.what == BURSTS
    assert found.needed > found.have == 100_000


def test_a_quantile_is_refused_by_the_bursts_beyond_one_ten_times_less_rare() -> None:
    """The share beyond p90 of a memory of 19 observations is known as by 1,000 independent
    values or fewer, a tenth of which lies beyond: relative half widths of 1.96 sqrt(0.9 / 0.1 /
    1000) = 0.19, and a p99's of sqrt(10) times that, 0.6, which is more than a half."""
    found = steady_quantile(_remembering(0.95, 20_000), 0.99)
    assert isinstance(found, TooFew)
    assert found.what == BURSTS
    assert 20_000 < found.needed < 60_000
    assert isinstance(steady_quantile(_remembering(0.95, 80_000), 0.99), Interval)


def test_the_interval_of_a_rare_quantile_reaches_further_where_bursts_may_have_been_missed() -> (
    None
):
    """Bursts of exponential length: how many lie beyond is skewed, so that what lies above the
    quantile is less sure than what lies below it."""
    random = np.random.default_rng(7)
    series = random.uniform(0, 1, 100_000)
    begin = 0
    while (begin := begin + int(random.exponential(2_000))) < len(series):
        length = int(random.exponential(40.0))
        series[begin : begin + length] += 1.0
    found = steady_quantile(series, 0.99)
    assert isinstance(found, Interval)
    above, below = np.mean(series > found.high), np.mean(series > found.low)
    assert 0.01 - above > 1.1 * (below - 0.01)


def test_a_ratio_is_that_of_the_sums_and_its_interval_that_of_the_residuals() -> None:
    """Where the numerator is a multiple of the denominator nothing is left to vary."""
    random = np.random.default_rng(6)
    below = random.poisson(5.0, 3000).astype(np.float64)
    exact = steady_ratio(0.25 * below, below)
    assert isinstance(exact, SteadyMean)
    assert exact.mean.estimate == pytest.approx(0.25)
    assert exact.mean.half_width == pytest.approx(0.0, abs=1e-12)
    above = random.binomial(below.astype(int), 0.25).astype(np.float64)
    found = steady_ratio(above, below)
    assert isinstance(found, SteadyMean)
    assert found.mean.estimate == pytest.approx(above.sum() / below.sum(), rel=1e-3)
    assert found.mean.half_width == pytest.approx(2 * math.sqrt(0.1875 / 15_000), rel=0.5)
    assert isinstance(steady_ratio(above, np.zeros(3000)), TooFew)
