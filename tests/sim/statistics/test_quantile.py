"""Quantiles between order statistics, and how many observations one needs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sim.statistics.interval import Interval, TooFew
from sim.statistics.pooled_quantile import (
    least_of_a_part,
    pooled_interval,
    quantile_of_each,
    sectioned_interval,
)
from sim.statistics.quantile import (
    observations_needed,
    quantile,
    quantile_interval,
    rank,
    ranks,
)


def test_the_median_of_a_hundred_lies_between_the_40th_and_the_61st() -> None:
    """The classical ranks (David and Nagaraja, Order Statistics, 7.1), which hold in 96.5 %."""
    found = quantile_interval(np.random.default_rng(1).permutation(np.arange(1.0, 101.0)), 0.5)
    assert isinstance(found, Interval)
    assert (found.low, found.estimate, found.high) == (40.0, 50.0, 61.0)


@pytest.mark.parametrize(
    ("level", "needed"), [(0.5, 6), (0.95, 72), (0.99, 368), (0.999, 3688), (0.01, 368)]
)
def test_an_interval_needs_an_observation_beyond_each_of_its_bounds(
    level: float, needed: int
) -> None:
    """The fewest n with level^n <= 2.5 %."""
    assert observations_needed(level) == needed
    assert ranks(needed, level)[1 if level >= 0.5 else 0] == (needed if level >= 0.5 else 1)


def test_a_p99_of_too_few_observations_is_refused() -> None:
    found = quantile_interval(np.arange(367.0), 0.99)
    assert isinstance(found, TooFew)
    assert str(found) == "367 of at least 368 observations for quantile 0.99"


@pytest.mark.parametrize("level", [0.9, Fraction(9, 10)])
def test_a_rank_is_worked_out_without_rounding(level: float | Fraction) -> None:
    """0.9 * 10 is 9 and a bit in binary fractions: its ceiling would be the largest of ten."""
    assert [rank(n, level) for n in (1, 9, 10, 11, 1000)] == [1, 9, 9, 10, 900]
    assert quantile(np.arange(1.0, 11.0), level) == 9.0


def test_a_replication_needs_ten_observations_beyond_its_quantile() -> None:
    assert [least_of_a_part(level) for level in (0.5, 0.9, 0.99, 0.999)] == [20, 100, 1000, 10_000]
    parts = [np.arange(1000.0), np.arange(999.0)]
    found = quantile_of_each(parts, 0.99)
    assert isinstance(found, TooFew)
    assert str(found) == "999 of at least 1000 observations in each part for quantile 0.99"
    assert quantile_of_each(parts, 0.9).tolist() == [899.0, 899.0]  # type: ignore[union-attr]


def test_a_sectioned_interval_spreads_around_the_quantile_of_all() -> None:
    """Parts 4 and 6 around 5.5: sum of squares 2.5, error sqrt(2.5 / 2), t with 1 degree."""
    found = sectioned_interval(np.array([4.0, 6.0]), 5.5)
    assert isinstance(found, Interval)
    assert found.estimate == 5.5
    assert found.half_width == pytest.approx(12.7062 * 1.25**0.5, rel=1e-5)
    assert isinstance(sectioned_interval(np.array([4.0]), 5.5), TooFew)


def test_a_pooled_quantile_takes_parts_of_any_size() -> None:
    rng = np.random.default_rng(2)
    parts = [rng.random(int(size)) for size in rng.integers(500, 1500, 60)]
    found = pooled_interval(parts, 0.9)
    assert isinstance(found, Interval)
    assert found.estimate == quantile(np.sort(np.concatenate(parts)), 0.9)
    assert found.low < found.estimate < found.high
    # t with 59 degrees of freedom times sqrt(0.9 0.1 / n), density 1
    expected = 2.001 * (0.09 / sum(map(len, parts))) ** 0.5
    assert found.half_width == pytest.approx(expected, rel=0.3)


def test_a_pooled_p99_is_refused_of_few_observations_and_of_few_replications() -> None:
    few = pooled_interval([np.arange(100.0), np.arange(100.0)], 0.99)
    assert isinstance(few, TooFew)
    assert (few.needed, few.have) == (368, 200)
    apart = pooled_interval([np.arange(400.0), np.arange(400.0) + 1000.0], 0.9)
    assert isinstance(apart, TooFew)
    assert apart.have == 2
    assert apart.what == "replications for quantile 0.9"
