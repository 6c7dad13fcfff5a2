"""M(t)/M/c: the two approximations against solved equations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.closed_form.erlang import erlang_c
from sim.closed_form.varying_load import (
    deterministic_offered_loads,
    modified_offered_loads,
    pointwise_loads,
    wait_ratios,
)


def sine(mean: float, swing: float, period_s: float, times_s: np.ndarray) -> np.ndarray:
    return mean + swing * np.sin(2 * math.pi * times_s / period_s)


def chances_to_wait(rates_per_s, step_s: float, *, service_s: float, servers: int, most: int):
    """P(n >= c) at each instant from the Kolmogorov equations, by the midpoint rule."""
    chances = np.zeros(most + 1)
    chances[0] = 1.0
    leave = np.minimum(np.arange(most + 1), servers) / service_s

    def change(now, rate):
        gone, come = leave * now, rate * now
        come[-1] = 0.0
        return np.append(0.0, come[:-1]) - come + np.append(gone[1:], 0.0) - gone

    found = []
    for rate in rates_per_s.tolist():
        found.append(chances[servers:].sum())
        middle = chances + change(chances, rate) * step_s / 2
        chances = chances + change(middle, rate) * step_s
    return np.array(found)


def test_the_modified_load_of_a_sine_lags_and_is_damped():
    """Eick, Massey and Whitt: s (r + w/(1 + (2 pi s/p)^2) (sin - 2 pi s/p cos))."""
    for index in range(200):
        random = np.random.default_rng(index)
        service_s, period_s = random.uniform(0.1, 20), random.uniform(1, 100)
        mean = random.uniform(1, 100)
        swing = mean * random.uniform(0, 1)
        times_s = np.linspace(0, 2 * period_s, 2_001)
        turn = 2 * math.pi * service_s / period_s
        angle = 2 * math.pi * times_s / period_s
        wave = (np.sin(angle) - turn * np.cos(angle)) / (1 + turn**2)
        expected = service_s * (mean + swing * wave)
        found = modified_offered_loads(
            times_s,
            sine(mean, swing, period_s, times_s),
            mean_service_s=service_s,
            at_first=float(expected[0]),
        )
        assert found == pytest.approx(expected, abs=1e-5 * service_s * mean)


def test_the_modified_load_after_a_step_rises_as_an_exponential():
    times_s = np.array([0.0, 10.0, 10.0, 12.0, 20.0])
    rates_per_s = np.array([5.0, 5.0, 50.0, 50.0, 50.0])
    found = modified_offered_loads(times_s, rates_per_s, mean_service_s=4)
    risen = [200 - 180 * math.exp(-after_s / 4) for after_s in (0, 2, 10)]
    assert found == pytest.approx([20, 20, *risen])


def test_the_modified_load_along_a_ramp_lags_by_one_service_time():
    times_s = np.array([0.0, 500.0])
    found = modified_offered_loads(times_s, 2 + 3 * times_s, mean_service_s=4)
    assert found[-1] == pytest.approx(4 * (2 + 3 * (500 - 4)))


def test_services_of_one_length_hold_the_arrivals_of_that_time():
    times_s = np.linspace(0, 10, 101)
    found = deterministic_offered_loads(times_s, 7 * times_s, service_s=2.0)
    assert found[times_s >= 2] == pytest.approx(14)
    assert found[10] == pytest.approx(7)


def test_both_approximations_are_one_when_the_rate_changes_slowly():
    times_s = np.linspace(0, 10_000, 5_001)
    rates_per_s = sine(80, 15, 10_000, times_s)
    slow = modified_offered_loads(times_s, rates_per_s, mean_service_s=1)
    now = pointwise_loads(rates_per_s, mean_service_s=1)
    assert slow == pytest.approx(now, rel=1e-3)
    assert wait_ratios(slow, servers=100) == pytest.approx(wait_ratios(now, servers=100), rel=0.01)


def test_a_steady_rate_has_erlang_cs_chance_to_wait():
    steady = modified_offered_loads(np.array([0.0, 1.0, 9.0]), np.full(3, 8.0), mean_service_s=1.0)
    assert wait_ratios(steady, servers=10) == pytest.approx([erlang_c(8, 10)] * 3)


def test_an_instant_of_overload_makes_everybody_wait():
    assert wait_ratios(np.array([5.0, 10.0, 30.0]), servers=10).tolist()[1:] == [1, 1]


def test_the_modified_load_is_nearer_to_the_truth_when_services_are_long():
    """Services of 2 h, a rate that swings over 24 h."""
    step_s = 0.005
    times_s = np.arange(0, 72, step_s)
    rates_per_s = sine(10, 4, 24, times_s)
    exact = chances_to_wait(rates_per_s, step_s, service_s=2.0, servers=36, most=110)
    last_day = times_s >= 48
    errors = [
        np.abs(wait_ratios(loads, servers=36) - exact)[last_day].max()
        for loads in (
            modified_offered_loads(times_s, rates_per_s, mean_service_s=2.0),
            pointwise_loads(rates_per_s, mean_service_s=2.0),
        )
    ]
    assert errors[0] < errors[1] / 2
    assert errors[0] < 0.1
