"""The falling line is the best non-increasing fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from reports.analysis.falling import falling_fit

POINTS = st.lists(st.tuples(st.floats(0, 1), st.floats(0.5, 100)), min_size=1, max_size=12)


@given(points=POINTS)
def test_it_is_the_antitonic_regression_of_scipy(points: list[tuple[float, float]]) -> None:
    share, weight = (np.array(column) for column in zip(*points, strict=True))
    expected = isotonic_regression(share, weights=weight, increasing=False).x
    assert falling_fit(share, weight) == pytest.approx(expected, abs=1e-9)


def test_a_falling_line_stays_as_it_is() -> None:
    share = np.array([1.0, 0.9, 0.9, 0.2])
    assert falling_fit(share, np.ones(4)) == pytest.approx(share, abs=1e-12)


def test_what_is_out_of_order_is_levelled_by_weight() -> None:
    fit = falling_fit(np.array([0.7, 1.0, 0.1]), np.array([1.0, 2.0, 1.0]))
    assert fit == pytest.approx([0.9, 0.9, 0.1])


def test_rows_are_fitted_each_by_itself() -> None:
    rows = np.array([[0.7, 1.0], [1.0, 0.0]])
    assert falling_fit(rows, np.ones((2, 2))) == pytest.approx(np.array([[0.85] * 2, [1, 0]]))
