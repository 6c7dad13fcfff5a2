"""The jackknife: by hand, and where it is exact."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.interval import Interval, TooFew, mean_interval
from sim.statistics.jackknife import (
    jackknife_interval,
    positive_interval,
    ratio_interval,
    squares_without_each,
)


def test_a_ratio_of_three_pairs_is_that_worked_out_by_hand() -> None:
    """1/2, 2/2, 3/4: the whole is 0.75, the pseudo-values 7/12, 11/12, 3/4, s^2 = 1/36."""
    found = ratio_interval(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 4.0]))
    assert isinstance(found, Interval)
    assert found.estimate == pytest.approx(0.75)
    assert found.half_width == pytest.approx(4.30265 / 6 / 3**0.5, rel=1e-5)


def test_a_mean_is_the_ratio_to_ones() -> None:
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    found, mean = ratio_interval(values, np.ones(5)), mean_interval(values)
    assert isinstance(found, Interval)
    assert isinstance(mean, Interval)
    assert (found.low, found.high) == pytest.approx((mean.low, mean.high))


def test_a_ratio_needs_two_replications_that_have_something_to_divide_by() -> None:
    found = ratio_interval(np.array([1.0, 0.0, 0.0]), np.array([2.0, 0.0, 0.0]))
    assert isinstance(found, TooFew)
    assert str(found) == "1 of at least 2 replications with a positive denominator"


def test_a_jackknifed_variance_loses_its_bias() -> None:
    """Q / n jackknifed is Q / (n - 1) exactly (Quenouille 1956)."""
    values = np.array([2.0, 7.0, 1.0, 8.0, 2.0, 8.0])
    found = jackknife_interval(float(np.var(values)), squares_without_each(values) / 5)
    assert isinstance(found, Interval)
    assert found.estimate == pytest.approx(np.var(values, ddof=1))


def test_squares_without_each_are_those_of_the_others() -> None:
    values = np.array([2.0, 7.0, 1.0, 8.0])
    expected = [np.var(np.delete(values, i)) * 3 for i in range(4)]
    assert squares_without_each(values) == pytest.approx(expected)


def test_a_positive_statistic_has_positive_bounds_and_nothing_has_no_width() -> None:
    found = positive_interval(1.0, np.array([0.2, 1.0, 3.0]))
    assert isinstance(found, Interval)
    assert found.low > 0
    none = positive_interval(0.0, np.zeros(3))
    assert isinstance(none, Interval)
    assert (none.low, none.high) == (0.0, 0.0)
    assert isinstance(positive_interval(1.0, np.array([0.0, 1.0, 1.0])), TooFew)
