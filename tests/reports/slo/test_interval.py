"""The Clopper-Pearson interval against closed forms and published values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from reports.slo.interval import clopper_pearson


def test_no_data_has_no_interval() -> None:
    assert clopper_pearson(0, 0) is None


@pytest.mark.parametrize("total", [1, 10, 1000])
def test_all_good_has_a_closed_form(total: int) -> None:
    """For k = n the lower bound is (a/2)^(1/n): the p with P(all good) = a/2."""
    assert clopper_pearson(total, total) == (pytest.approx(0.025 ** (1 / total), rel=1e-12), 1.0)


@pytest.mark.parametrize("total", [1, 10, 1000])
def test_none_good_mirrors_all_good(total: int) -> None:
    upper = 1 - 0.025 ** (1 / total)
    assert clopper_pearson(0, total) == (0.0, pytest.approx(upper, rel=1e-9))


def test_published_values_are_reproduced() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 5: 81/263 and 15/148."""
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert clopper_pearson(15, 148) == pytest.approx((0.0578, 0.1617), abs=5e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(1, n - 1 or 1), st.just(n))))
def test_bounds_are_where_the_binomial_tails_hold_half_of_the_doubt(pair: tuple[int, int]) -> None:
    good, total = pair
    bounds = clopper_pearson(good, total)
    assert bounds is not None
    lower, upper = bounds
    assert lower <= good / total <= upper
    assert binom.sf(good - 1, total, lower) == pytest.approx(0.025, rel=1e-6)
    if good < total:
        assert binom.cdf(good, total, upper) == pytest.approx(0.025, rel=1e-6)
