"""Work that is split: one station, many stations, and enough of them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.closed_form.erlang import mm1
from sim.closed_form.fork_join import fork_join_response_s, harmonic, quorum_response_s


def test_work_for_one_station_is_m_m_1():
    found = fork_join_response_s(arrival_rate_per_s=0.7, mean_service_s=1, stations=1)
    alone = mm1(arrival_rate_per_s=0.7, mean_service_s=1)
    assert found == pytest.approx(alone.response_time_s)


def test_the_approximation_meets_the_exact_form_at_two_stations():
    found = fork_join_response_s(arrival_rate_per_s=0.8, mean_service_s=1, stations=2)
    assert found == pytest.approx((12 - 0.8) / 8 / 0.2)


@pytest.mark.parametrize("stations", [2, 5, 32])
def test_without_a_queue_the_slowest_part_is_a_harmonic_number(stations):
    idle_s = fork_join_response_s(arrival_rate_per_s=1e-12, mean_service_s=2, stations=stations)
    assert idle_s == pytest.approx(2 * harmonic(stations))
    assert idle_s == pytest.approx(
        quorum_response_s(mean_service_s=2, parts=stations, needs=stations)
    )


@pytest.mark.parametrize(("parts", "needs"), [(3, 1), (3, 2), (5, 3)])
def test_a_quorum_is_an_order_statistic_of_exponential_times(parts, needs):
    """The area under P(fewer than k of n are done at t)."""
    t_s = np.linspace(0, 60, 600_001)
    done = -np.expm1(-t_s)
    tail = sum(
        np.prod([(parts - i) / (i + 1) for i in range(k)]) * done**k * (1 - done) ** (parts - k)
        for k in range(needs)
    )
    found = quorum_response_s(mean_service_s=1, parts=parts, needs=needs)
    assert found == pytest.approx(np.trapezoid(tail, t_s), rel=1e-6)


def test_fork_join_has_no_steady_state_from_full_utilisation_on():
    with pytest.raises(ValueError, match="no steady state"):
        fork_join_response_s(arrival_rate_per_s=1, mean_service_s=1, stations=2)
