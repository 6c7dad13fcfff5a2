"""Quantiles are order statistics: values that occurred, none between them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.analysis.quantiles import (
    LEVELS,
    known_quantiles,
    quantile,
    quantiles,
    times_by_step,
    times_of,
)
from reports.record.outcome import Outcome
from tests.reports.records import STEPS, record_of, row

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=300)


def test_a_thousand_numbers_have_the_quantiles_of_their_ranks() -> None:
    found = quantiles(np.random.default_rng(1).permutation(np.arange(1.0, 1001.0)))
    assert (found.p50, found.p90, found.p95, found.p99, found.p999) == (500, 900, 950, 990, 999)
    assert (found.max, found.n) == (1000, 1000)


@given(VALUES, st.sampled_from(list(LEVELS.values())))
def test_a_quantile_is_the_smallest_value_that_covers_its_share(
    values: list[float], level: Fraction
) -> None:
    ascending = np.sort(values)
    found = quantile(ascending, level)
    assert found in values
    assert Fraction(int((ascending <= found).sum()), len(values)) >= level
    assert Fraction(int((ascending < found).sum()), len(values)) < level


@given(VALUES)
def test_quantiles_agree_with_numpy_where_its_rounding_does(values: list[float]) -> None:
    expected = np.quantile(values, 0.5, method="inverted_cdf")
    assert quantile(np.sort(values), Fraction(1, 2)) == expected


def test_nothing_has_no_quantiles() -> None:
    found = quantiles(np.array([np.nan, np.inf]))
    assert (found.n, found.p50, found.max) == (0, None, None)


@pytest.mark.parametrize(("n", "known"), [(99, 3), (100, 4), (999, 4), (1000, 5), (1, 0), (20, 3)])
def test_a_quantile_that_would_be_the_largest_value_is_not_known(n: int, known: int) -> None:
    """p99 takes 100 values, of which one lies beyond it, p99.9 takes 1,000, p95 takes 20."""
    found = known_quantiles(np.arange(1.0, n + 1))
    assert [getattr(found, name) is not None for name in LEVELS] == [True] * known + [False] * (
        len(LEVELS) - known
    )
    assert (found.n, found.max) == (n, n)


def test_what_was_not_sent_has_no_time_and_what_was_given_up_has_one(tmp_path: Path) -> None:
    rows = [
        row(0, outcome=Outcome.NOT_SENT),
        row(1, outcome=Outcome.TIMED_OUT, response_time_s=8.0),
        row(2, lag_s=0.25, response_time_s=0.5),
    ]
    times = times_of(record_of(tmp_path, rows).actions)
    assert (times.response_time_s.n, times.response_time_s.max) == (2, 8.0)
    assert times.request_duration_s.p50 == pytest.approx(0.25)


def test_every_step_of_the_plan_has_an_entry(tmp_path: Path) -> None:
    found = times_by_step(record_of(tmp_path, [row(0), row(1, step="pay")]))
    assert tuple(found) == STEPS
    assert {step for step, each in found.items() if each.response_time_s.n} == {"open_home", "pay"}
