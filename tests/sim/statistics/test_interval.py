"""Intervals of means: worked examples of the literature, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.statistics.interval import (
    Interval,
    TooFew,
    confidence_of_each,
    leaning,
    mean_interval,
    never_seen,
    student_t,
)

LAW = np.array([1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09])
"""Law, Simulation Modeling and Analysis, section 4.5: mean 1.34, variance 0.17."""


def test_laws_ten_observations_have_the_interval_of_the_book() -> None:
    found = mean_interval(LAW, 0.90)
    assert isinstance(found, Interval)
    assert found.estimate == pytest.approx(1.34, abs=0.005)
    assert found.half_width == pytest.approx(0.24, abs=0.005)
    assert (found.n, found.confidence) == (10, 0.90)


@pytest.mark.parametrize(("degrees", "point"), [(1, 12.706), (9, 2.262), (29, 2.045)])
def test_students_points_are_those_of_the_tables(degrees: int, point: float) -> None:
    assert student_t(degrees) == pytest.approx(point, abs=0.0005)


@pytest.mark.parametrize(("n", "skewed"), [(0, False), (1, False), (2, True)])
def test_a_mean_of_too_few_is_refused_and_the_refusal_says_why(n: int, skewed: bool) -> None:
    found = mean_interval(LAW[:n], skewed=skewed)
    assert isinstance(found, TooFew)
    assert str(found) == f"{n} of at least {3 if skewed else 2} observations for a mean"


def test_an_interval_leans_to_the_long_tail_and_not_where_there_is_none() -> None:
    tail = mean_interval(np.array([1.0, 1.1, 1.2, 1.3, 6.0]), skewed=True)
    even = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), skewed=True)
    assert isinstance(tail, Interval)
    assert tail.high - tail.estimate > 2 * (tail.estimate - tail.low)
    assert even == mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))


def test_leaning_solves_the_expansion_that_it_inverts() -> None:
    """With x = 1 + 2 b g the cubic is exact:
    t = (x^3 - 1) / (6 b) + b is what leads to g."""
    b = float(np.mean(((LAW - LAW.mean()) / LAW.std(ddof=1)) ** 3)) * 100 / 72 / 6 / math.sqrt(10)
    t = ((1 + 2 * b * 1.7) ** 3 - 1) / (6 * b) + b
    assert leaning(t, LAW) == pytest.approx(1.7, rel=1e-9)


def test_values_that_never_vary_have_no_width_but_a_chance_to_vary() -> None:
    found = mean_interval(np.zeros(60))
    assert isinstance(found, Interval)
    assert (found.half_width, found.relative_half_width) == (0.0, 0.0)
    assert never_seen(60) == pytest.approx(3 / 60, rel=0.03)  # the rule of three


def test_a_half_width_relative_to_zero_is_infinite() -> None:
    assert Interval(estimate=0.0, low=-1.0, high=1.0, n=2).relative_half_width == math.inf


def test_five_intervals_of_99_percent_hold_together_in_95() -> None:
    assert confidence_of_each(0.95, 5) == pytest.approx(0.99)
