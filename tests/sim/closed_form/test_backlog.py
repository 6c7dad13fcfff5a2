"""Backlogs as fluids, against sums over a fine grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.closed_form.backlog import (
    drain_time_s,
    fluid_backlog,
    ramp_backlog,
    step_backlog,
    step_longest_wait_s,
)


def test_a_fluid_backlog_is_the_net_input_reflected_at_zero():
    """b(t) = N(t) - min(0, lowest N until t) (Skorokhod), on a grid."""
    for index in range(200):
        random = np.random.default_rng(index)
        times_s = np.concatenate(([0.0], np.cumsum(random.uniform(0, 10, 6))))
        times_s[3] = times_s[2]
        arrivals = random.uniform(0, 100, 7)
        capacity = random.uniform(0, 100, 7)
        arrivals[-1] = 0.4 * capacity[-1]
        found = fluid_backlog(times_s, arrivals, capacity)
        grid_s = np.unique(
            np.concatenate((times_s, np.linspace(0, found.drained_at_s + times_s[-1], 40_001)))
        )
        net = np.interp(grid_s, times_s, arrivals) - np.interp(grid_s, times_s, capacity)
        # before the step at the third instant its old value holds
        early = grid_s <= times_s[2]
        net[early] = np.interp(grid_s[early], times_s[:3], (arrivals - capacity)[:3])
        after = grid_s[1:] > times_s[2]
        ends = net[1:]
        starts = np.where(after & (grid_s[:-1] == times_s[2]), (arrivals - capacity)[3], net[:-1])
        total = np.concatenate(([0.0], np.cumsum((starts + ends) / 2 * np.diff(grid_s))))
        backlog = total - np.minimum.accumulate(np.minimum(total, 0.0))
        scale = max(float(backlog.max()), 1.0)
        assert found.peak == pytest.approx(backlog.max(), abs=1e-3 * scale)
        assert found.total_wait_s == pytest.approx(
            np.trapezoid(backlog, grid_s), rel=1e-3, abs=1e-3 * scale
        )
        there = grid_s[backlog > 1e-3 * scale]
        if len(there):
            assert found.drained_at_s >= there[-1] - 1e-9


def test_a_step_builds_up_during_the_delay_and_drains_with_what_is_spare():
    found = step_backlog(arrival_rate_per_s=150, capacity_per_s=100, scaled_per_s=200, delay_s=90)
    assert (found.peak, found.peak_at_s) == (4_500, 90)
    assert found.drained_at_s == pytest.approx(
        90 + drain_time_s(backlog=4_500, arrival_rate_per_s=150, capacity_per_s=200)
    )
    assert found.total_wait_s == pytest.approx(4_500 * 180 / 2)


def test_a_step_within_capacity_builds_nothing():
    found = step_backlog(arrival_rate_per_s=99, capacity_per_s=100, scaled_per_s=200, delay_s=90)
    assert (found.peak, found.drained_at_s, found.total_wait_s) == (0, 0, 0)
    assert step_longest_wait_s(arrival_rate_per_s=99, capacity_per_s=100, delay_s=90) == 0


def test_the_longest_wait_after_a_step_is_that_of_who_is_served_as_capacity_comes():
    """From cumulative curves: served S(t), arrived 150 t, wait of arrival t is S^-1(150 t) - t."""
    t_s = np.linspace(0, 180, 18_001)
    served_by_s = np.where(150 * t_s <= 9_000, 1.5 * t_s, 90 + (150 * t_s - 9_000) / 200)
    found = step_longest_wait_s(arrival_rate_per_s=150, capacity_per_s=100, delay_s=90)
    assert found == pytest.approx((served_by_s - t_s).max())


def test_a_scaler_that_is_too_small_never_drains():
    found = step_backlog(arrival_rate_per_s=150, capacity_per_s=100, scaled_per_s=150, delay_s=90)
    assert (found.peak, found.drained_at_s) == (4_500, math.inf)
    worse = step_backlog(arrival_rate_per_s=150, capacity_per_s=100, scaled_per_s=140, delay_s=90)
    assert (worse.peak, worse.drained_at_s) == (math.inf, math.inf)
    with pytest.raises(ValueError, match="never drains"):
        drain_time_s(backlog=1, arrival_rate_per_s=150, capacity_per_s=150)


def test_a_ramp_has_no_backlog_while_the_headroom_covers_the_delay():
    """D (last - first) / ramp <= first (1/u - 1)."""
    for index in range(200):
        random = np.random.default_rng(index)
        ramp_s = random.uniform(10, 1_000)
        given = {
            "first_per_s": random.uniform(10, 100),
            "ramp_s": ramp_s,
            "delay_s": random.uniform(0.01, 1) * ramp_s,
            "target_ratio": random.uniform(0.3, 0.95),
        }
        headroom_per_s = given["first_per_s"] * (1 / given["target_ratio"] - 1)
        most_per_s = given["first_per_s"] + headroom_per_s * ramp_s / given["delay_s"]
        calm = ramp_backlog(**given, last_per_s=0.999 * most_per_s + 0.001 * given["first_per_s"])
        assert calm.peak == pytest.approx(0, abs=1e-6)
        late = ramp_backlog(**given, last_per_s=1.01 * most_per_s)
        assert late.peak > 0
        assert late.drained_at_s < math.inf


def test_a_sudden_ramp_is_a_step():
    ramp = ramp_backlog(first_per_s=70, last_per_s=150, ramp_s=1e-6, delay_s=90, target_ratio=0.7)
    step = step_backlog(
        arrival_rate_per_s=150, capacity_per_s=100, scaled_per_s=150 / 0.7, delay_s=90
    )
    assert ramp.peak == pytest.approx(step.peak, rel=1e-6)
    assert ramp.drained_at_s == pytest.approx(step.drained_at_s, rel=1e-6)


def test_the_drain_time_is_the_mean_of_m_m_1_until_empty():
    """Mean hitting times h of 0: (lambda + mu) h_n = 1 + lambda h_(n+1) + mu h_(n-1)."""
    rate, capacity, most = 0.6, 1.0, 400
    matrix = np.diag(np.full(most, -(rate + capacity)))
    matrix += np.diag(np.full(most - 1, rate), 1) + np.diag(np.full(most - 1, capacity), -1)
    matrix[-1, -1] = -capacity
    hitting_s = np.linalg.solve(matrix, -np.ones(most))
    found = drain_time_s(backlog=20, arrival_rate_per_s=rate, capacity_per_s=capacity)
    assert found == pytest.approx(hitting_s[19], rel=1e-9)
