"""MSER-5: where a known transient ends, and when a run is too short to say."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.interval import Floats, TooFew
from sim.statistics.warm_up import marginal_errors, warm_up_length, without_warm_up


def test_marginal_errors_are_those_worked_out_by_hand() -> None:
    """10, 1, 3, 1, 3: squares 55.2 of five, 4 of four, 8/3 of three, 2 of two, none of one."""
    found = marginal_errors(np.array([10.0, 1.0, 3.0, 1.0, 3.0]))
    assert found == pytest.approx([55.2 / 25, 4 / 16, 8 / 27, 2 / 4, 0.0])


def test_a_step_is_left_out_to_the_observation() -> None:
    wave = np.tile([1.0, 2.0, 3.0, 2.0, 1.0, 4.0, 0.0], 100)
    series = np.concatenate((np.full(95, 50.0), wave))
    assert warm_up_length(series) == 95
    assert np.array_equal(without_warm_up(series), wave)  # type: ignore[arg-type]


def test_what_becomes_constant_is_left_whole_from_there() -> None:
    series = np.concatenate((np.linspace(3.0, 0.3, 100), np.full(300, 0.1)))
    assert warm_up_length(series) == 100
    assert warm_up_length(np.full(400, 0.1)) == 0


def _queue(scale: float, seed: int) -> Floats:
    """Noise of deviation 1 around 10, and 20 exp(-t / scale) above it at first."""
    t = np.arange(4000.0)
    return 10 + 20 * np.exp(-t / scale) + np.random.default_rng(seed).normal(0, 1, 4000)


@pytest.mark.parametrize("seed", range(5))
def test_a_fading_transient_is_left_out_until_it_hides_in_the_noise(seed: int) -> None:
    """20 exp(-t / 100) is 1, one deviation, at 300, and a hundredth of it at 760."""
    series = _queue(100.0, seed)
    length = warm_up_length(series)
    assert isinstance(length, int)
    assert 200 <= length <= 760
    assert abs(series[length:].mean() - 10) < abs(series.mean() - 10) / 5


def test_a_run_that_never_gets_steady_is_too_short() -> None:
    found = warm_up_length(_queue(3000.0, 1))
    assert isinstance(found, TooFew)
    assert found.needed > found.have == 4000
    assert isinstance(without_warm_up(_queue(3000.0, 1)), TooFew)


def test_fewer_than_ten_means_are_refused() -> None:
    assert isinstance(warm_up_length(np.zeros(49)), TooFew)
    assert warm_up_length(np.zeros(50)) == 0
