"""Antithetic pairs and controls: the integral of e^u, whose savings are known exactly.

Ross, Simulation, chapter on variance reduction: Var(e^u) = 0.2420; (e^u + e^(1-u)) / 2 has 0.0039,
1 - 0.9675 of independent pairs; e^u with u as control has 0.0039, 1 - 0.9837 of e^u alone.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.interval import TooFew, mean_interval
from sim.statistics.variance_reduction import (
    Antithetic,
    Controlled,
    antithetic_interval,
    controlled_interval,
)

U = np.random.default_rng(1).random(2000)
HALF = np.array([0.5])


def test_antithetic_pairs_of_e_to_the_u_save_what_the_book_says() -> None:
    found = antithetic_interval(np.exp(U), np.exp(1 - U))
    assert isinstance(found, Antithetic)
    assert found.mean == mean_interval((np.exp(U) + np.exp(1 - U)) / 2)
    assert found.mean.contains(np.e - 1)
    assert found.correlation == pytest.approx(-0.9675, abs=0.003)
    assert found.variance_ratio is not None
    assert found.variance_ratio.estimate == pytest.approx(1 - 0.9675, abs=0.003)
    assert found.variance_ratio.contains(1 - 0.9675)


def test_a_mean_of_pairs_leans_if_asked_to() -> None:
    found = antithetic_interval(U**8, (1 - U) ** 8, skewed=True)
    assert isinstance(found, Antithetic)
    assert found.mean == mean_interval((U**8 + (1 - U) ** 8) / 2, skewed=True)


def test_u_as_a_control_of_e_to_the_u_saves_what_the_book_says() -> None:
    found = controlled_interval(np.exp(U), U[:, None], HALF)
    assert isinstance(found, Controlled)
    assert found.mean.contains(np.e - 1)
    assert found.coefficients[0] == pytest.approx(0.14086 * 12, rel=0.01)
    assert found.multiple_correlation_squared == pytest.approx(0.9837, abs=0.001)
    assert found.loss_factor == 1998 / 1997
    assert found.variance_ratio is not None
    assert found.variance_ratio.contains(1 - 0.9837)


def test_the_estimate_is_the_regression_at_the_known_mean() -> None:
    """y = 1 3 2 5 on x = 1 2 3 4 is 1.1 x, s^2 = 2.7 / 2, so at x = 3 it is 3.3 with the squared
    error 1.35 (1/4 + 0.25 / 5), and t = 4.3027."""
    x, y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 5.0])
    found = controlled_interval(y, x[:, None], np.array([3.0]))
    assert isinstance(found, Controlled)
    assert found.mean.estimate == pytest.approx(3.3)
    assert found.mean.half_width == pytest.approx(4.302653 * (1.35 * 0.30) ** 0.5, rel=1e-6)


def test_a_control_that_says_everything_leaves_nothing() -> None:
    found = controlled_interval(3 * U + 1, U[:, None], HALF)
    assert isinstance(found, Controlled)
    assert found.mean.estimate == pytest.approx(2.5)
    assert found.mean.half_width == pytest.approx(0.0, abs=1e-12)
    assert found.variance_ratio is not None
    assert found.variance_ratio.high == 0.0


def test_a_control_that_says_nothing_new_costs_nothing() -> None:
    """A constant, and the same one again."""
    one = controlled_interval(np.exp(U), U[:, None], HALF)
    more = np.column_stack((U, np.full(2000, 7.0), 2 * U))
    found = controlled_interval(np.exp(U), more, np.array([0.5, 7.0, 1.0]))
    assert isinstance(one, Controlled)
    assert isinstance(found, Controlled)
    assert found.loss_factor == one.loss_factor
    assert found.mean.low == pytest.approx(one.mean.low)


def test_too_few_observations_for_the_controls_are_refused() -> None:
    controls = np.random.default_rng(2).random((4, 2))
    found = controlled_interval(np.arange(4.0), controls, np.array([0.5, 0.5]))
    assert isinstance(found, TooFew)
    assert str(found) == "4 of at least 5 observations for 2 controls"
    assert isinstance(antithetic_interval(U[:1], U[:1]), TooFew)


def test_a_result_that_never_varies_saves_nothing() -> None:
    found = controlled_interval(np.full(2000, 2.0), U[:, None], HALF)
    assert isinstance(found, Controlled)
    assert found.variance_ratio is None
