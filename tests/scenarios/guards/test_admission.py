"""No visit above what a target's owner allows, whatever made it start."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.guards.admission import Admission, Limits, RateCeiling
from scenarios.guards.stop_request import StopRequest


def admission(now_s: float = 0.0, **limits) -> tuple[Admission, StopRequest]:
    stop = StopRequest(lambda: now_s)
    gate = Admission(stop)
    gate.limit_to(Limits(**limits))
    return gate, stop


def test_without_limits_every_visit_may_start():
    gate, stop = admission()
    assert all(gate.admits(k, 0.0) for k in range(100_000))
    assert not stop.asked()


@pytest.mark.parametrize("rate_per_s", [0.5, 20.0, 500.0])
def test_poisson_arrivals_at_the_largest_rate_never_exceed_it(rate_per_s):
    gaps_s = np.random.default_rng(5).exponential(1 / rate_per_s, 100_000)
    ceiling = RateCeiling(rate_per_s)
    assert all(ceiling.takes(t) for t in np.cumsum(gaps_s).tolist())


def test_visits_made_good_after_a_stall_of_a_second_do_not_exceed_the_largest_rate():
    ceiling = RateCeiling(100.0)
    instants = [max(k / 100, 3.0) if 2.0 <= k / 100 < 3.0 else k / 100 for k in range(1_000)]
    assert all(ceiling.takes(t) for t in instants)


def test_idle_time_is_not_saved_up_for_more_than_one_burst():
    ceiling = RateCeiling(10.0)
    assert sum(ceiling.takes(0.0) for _ in range(500)) == 70
    assert sum(ceiling.takes(1_000.0) for _ in range(500)) == 70


@given(st.lists(st.floats(0, 0.02), min_size=1, max_size=400), st.floats(0.1, 100))
def test_no_stretch_of_time_starts_more_than_the_bound(gaps_s, rate_per_s):
    """At most 1.2 r t + 2 s r + 50 in any t seconds, whatever is asked for."""
    ceiling = RateCeiling(rate_per_s)
    instants = np.cumsum(gaps_s)
    taken = [t for t in instants.tolist() if ceiling.takes(t)]
    for first in range(0, len(taken), 37):
        for last in range(first, len(taken), 13):
            span_s = taken[last] - taken[first]
            assert last - first + 1 <= 1.2 * rate_per_s * span_s + 2 * rate_per_s + 50 + 1e-6


def test_a_run_far_above_the_largest_rate_is_aborted_within_the_bound():
    gate, stop = admission(largest_rate_per_s=100.0)
    started = 0
    while gate.admits(started, started / 10_000):
        started += 1
    assert stop.reason == "aborted"
    assert "largest_rate 100/s" in stop.detail
    assert started <= 50 + 200 + 1.2 * 100 * started / 10_000 + 1


def test_a_run_beyond_the_largest_duration_is_aborted():
    gate, stop = admission(largest_duration_s=60.0)
    assert gate.admits(0, 60.5)
    assert not stop.asked()
    assert not gate.admits(1, 61.5)
    assert (stop.reason, "largest_duration 60 s" in stop.detail) == ("aborted", True)


def test_a_visit_left_out_by_a_ramp_down_is_counted():
    gate, stop = admission()
    stop.ask_ramp_down("aborted", "the budget")
    admitted = sum(gate.admits(k, 5.0) for k in range(100))
    assert gate.thinned_visits == 100 - admitted
    assert admitted == pytest.approx(50, abs=3)
