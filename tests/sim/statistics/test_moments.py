"""Moments of what is not kept are those of all values together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.statistics.interval import TooFew, mean_interval
from sim.statistics.moments import Moments

VALUES = st.lists(st.floats(-1e3, 1e3), max_size=20)


def test_a_large_mean_loses_no_digits() -> None:
    """4, 7, 13, 16 on top of a billion: the variance is 30 (Chan, Golub, LeVeque 1983)."""
    found = Moments()
    for value in (4.0, 7.0, 13.0, 16.0):
        found = found.with_value(1e9 + value)
    assert (found.n, found.mean, found.variance) == (4, 1e9 + 10, 30.0)


@given(VALUES, VALUES, VALUES)
def test_parts_in_any_grouping_make_the_whole(
    one: list[float], two: list[float], three: list[float]
) -> None:
    a, b, c = (Moments().with_values(np.array(each)) for each in (one, two, three))
    everything = np.array(one + two + three)
    for found in (a.merged(b).merged(c), a.merged(b.merged(c)), c.merged(a.merged(b))):
        assert found.n == len(everything)
        if found.n > 1:
            assert found.mean == pytest.approx(everything.mean(), abs=1e-9)
            assert found.variance == pytest.approx(np.var(everything, ddof=1), rel=1e-9, abs=1e-9)


def test_moments_know_the_interval_of_their_mean() -> None:
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    assert Moments().with_values(values).interval() == mean_interval(values)


def test_one_value_has_no_variance_and_no_interval() -> None:
    one = Moments().with_value(2.0)
    assert math.isnan(one.variance)
    assert isinstance(one.interval(), TooFew)
