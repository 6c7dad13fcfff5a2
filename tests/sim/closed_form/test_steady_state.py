"""The laws that hold whatever the distributions."""

from __future__ import annotations

import pytest

from sim.closed_form.steady_state import (
    mean_number,
    offered_load,
    require_stable,
    steady_state,
    utilisation_ratio,
)


def test_offered_load_is_spread_over_the_servers():
    assert offered_load(arrival_rate_per_s=30, mean_service_s=0.5) == 15
    assert utilisation_ratio(arrival_rate_per_s=30, mean_service_s=0.5, servers=20) == 0.75


def test_littles_law_counts_those_who_wait_and_those_who_are_served():
    state = steady_state(
        admitted_per_s=30, mean_service_s=0.5, servers=20, waiting_time_s=0.1, wait_ratio=0.2
    )
    assert state.queue_length == pytest.approx(mean_number(arrival_rate_per_s=30, mean_stay_s=0.1))
    assert state.in_station == pytest.approx(state.queue_length + 15)
    assert state.response_time_s == pytest.approx(0.6)


def test_full_utilisation_is_no_steady_state():
    require_stable(0.999)
    with pytest.raises(ValueError, match="no steady state: utilisation 1 is not below 1"):
        require_stable(1.0)
