"""Live quantiles are about right, and counts up to a limit that somebody asked for are exact."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.shoppers.time_counts import BOUNDS_S, TimeCounts, bounds_with

WIDEST = 10 ** (1 / 40)
"""A bound over the one before it."""


def counted(seconds, *limits_s: float) -> TimeCounts:
    counts = TimeCounts(bounds_with(limits_s))
    for each in seconds:
        counts.hear(each)
    return counts


def test_neighbouring_bounds_are_at_most_six_percent_apart():
    assert max(b / a for a, b in itertools.pairwise(BOUNDS_S)) < WIDEST * 1.000001


@given(st.lists(st.floats(1.01e-5, 99.0), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_quantile_is_within_its_bucket(seconds, level):
    """The exact one by definition: the smallest value that at least the level's share does not
    exceed (Hyndman and Fan's first)."""
    exact = sorted(seconds)[math.ceil(level * len(seconds)) - 1]
    about = counted(seconds).quantile_s(level)
    assert exact / WIDEST <= about * 1.000001
    assert about <= exact * WIDEST * 1.000001


@given(st.lists(st.floats(0.0, 200.0), max_size=100), st.floats(0.001, 50.0))
def test_the_count_up_to_a_limit_is_exact(seconds, limit_s):
    """As an objective counts: what takes exactly as long as its limit is within it."""
    assert counted([*seconds, limit_s], limit_s).up_to(limit_s) == 1 + sum(
        each <= limit_s for each in seconds
    )


def test_nothing_is_lost_beyond_the_last_bound():
    counts = counted([-0.001, 0.0, 1e9])
    assert counts.total == 3
    assert counts.quantile_s(1.0) == BOUNDS_S[-1]
    assert TimeCounts().quantile_s(0.5) is None


def test_counts_of_several_workers_are_those_of_all():
    first, second = counted([0.1, 0.2]), counted([0.2, 5.0, 700.0])
    together = TimeCounts().plus([first, second])
    assert together.counts == counted([0.1, 0.2, 0.2, 5.0, 700.0]).counts
    assert together.sum_s == pytest.approx(705.5)
    assert together.since(first).counts == second.counts
