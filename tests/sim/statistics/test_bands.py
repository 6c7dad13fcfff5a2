"""Bands: each time bin by itself, from the replications that have something there."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.bands import band, binned_means
from sim.statistics.interval import Interval, mean_interval

SERIES = np.random.default_rng(1).normal(0, 1, (8, 3))


def test_each_bin_has_the_interval_of_its_replications() -> None:
    found = band(SERIES)
    for bin_, column in enumerate(SERIES.T):
        expected = mean_interval(column)
        assert isinstance(expected, Interval)
        bounds = (found.mean[bin_], found.low[bin_], found.high[bin_])
        assert bounds == pytest.approx((expected.estimate, expected.low, expected.high))


def test_a_replication_with_nothing_in_a_bin_does_not_count_there() -> None:
    series = SERIES.copy()
    series[2:, 1] = np.nan
    series[1:, 2] = np.nan
    found = band(np.column_stack((series, np.full(8, np.nan))))
    assert found.n.tolist() == [8, 2, 1, 0]
    expected = mean_interval(SERIES[:2, 1])
    assert isinstance(expected, Interval)
    assert (found.low[1], found.high[1]) == pytest.approx((expected.low, expected.high))
    assert found.mean[2] == SERIES[0, 2]
    assert np.isnan([found.low[2], found.mean[3], found.high[3]]).all()


def test_bins_together_are_wider_than_each() -> None:
    one, all_of_it = band(SERIES), band(SERIES, together=True)
    each = band(SERIES, 1 - 0.05 / 3)
    assert (all_of_it.high > one.high).all()
    assert all_of_it.low == pytest.approx(each.low)
    assert all_of_it.confidence == 0.95


def test_values_fall_into_half_open_bins_and_what_lies_outside_is_left_out() -> None:
    at_s = np.array([-0.1, 0.0, 0.9, 1.0, 3.5, 4.0])
    found = binned_means(at_s, np.arange(6.0), np.array([0.0, 1.0, 2.0, 4.0]))
    assert found == pytest.approx([1.5, 3.0, 4.0])
    assert np.isnan(binned_means(at_s[:3], np.arange(3.0), np.array([0.0, 1.0, 2.0]))[1])
