"""Erlang's formulas: identities, limits and what they refuse."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from sim.closed_form import erlang
from sim.closed_form.general_service import mg1


def test_erlang_b_is_stable_for_thousands_of_servers():
    assert 0 < erlang.erlang_b(5_000, 5_100) < 0.01


def test_erlang_b_is_poisson_cut_off():
    """B = (a^c / c!) / sum of a^k / k!."""
    terms = [7.5**k / math.factorial(k) for k in range(13)]
    assert erlang.erlang_b(7.5, 12) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_erlang_c_follows_from_b_as_a_sum_of_states():
    """1/C = 1/B - rho (1/B - 1), for every load below the servers."""
    for load, servers in [(0.5, 1), (2, 3), (90, 100), (990, 1000)]:
        blocking = erlang.erlang_b(load, servers)
        inverse = 1 / blocking - load / servers * (1 / blocking - 1)
        assert 1 / erlang.erlang_c(load, servers) == pytest.approx(inverse, rel=1e-12)


def test_m_m_c_c_blocks_as_erlang_b():
    state = erlang.mmck(arrival_rate_per_s=20, mean_service_s=1, servers=20, places=20)
    assert state.blocking_ratio == pytest.approx(erlang.erlang_b(20, 20), rel=1e-12)
    assert state.waiting_time_s == 0


def test_many_servers_at_the_same_utilisation_hardly_wait():
    waits = [
        erlang.mmc(arrival_rate_per_s=0.8 * c, mean_service_s=1, servers=c).waiting_time_s
        for c in (1, 10, 100, 1_000)
    ]
    assert waits[0] == pytest.approx(4.0)
    assert all(more < less / 10 for less, more in itertools.pairwise(waits))


def test_m_m_1_is_m_m_c_and_m_g_1_and_the_limit_of_m_m_1_k():
    one = erlang.mm1(arrival_rate_per_s=0.5, mean_service_s=1)
    assert one.response_time_s == pytest.approx(2.0)
    general = mg1(arrival_rate_per_s=0.5, mean_service_s=1, service_cs2=1)
    roomy = erlang.mmck(arrival_rate_per_s=0.5, mean_service_s=1, servers=1, places=200)
    for other in (general, roomy):
        assert other.response_time_s == pytest.approx(one.response_time_s)
        assert other.in_station == pytest.approx(one.in_station)
        assert other.wait_ratio == pytest.approx(one.wait_ratio)


def test_a_bounded_queue_of_thousands_of_servers_overflows_nothing():
    busy = erlang.mmck(arrival_rate_per_s=9_000, mean_service_s=1, servers=6_000, places=40_000)
    assert busy.blocking_ratio == pytest.approx(1 / 3, rel=1e-9)
    idle = erlang.mmck(arrival_rate_per_s=0.1, mean_service_s=1, servers=6_000, places=40_000)
    assert idle.waiting_time_s == idle.blocking_ratio == 0


def test_the_response_time_of_m_m_1_is_exponential():
    given = {"arrival_rate_per_s": 0.75, "mean_service_s": 1.0, "servers": 1}
    for t_s in (0.0, 1.0, 20.0, 3_000.0):
        assert erlang.response_tail_ratio(t_s, **given) == pytest.approx(math.exp(-t_s / 4))
    p99_s = erlang.response_quantile_s(0.99, **given)
    assert p99_s == pytest.approx(4 * math.log(100), rel=1e-9)


def test_the_response_tail_has_no_step_where_its_formula_has_a_pole():
    """At d = c - 1 - a = 0."""
    tails = [
        erlang.response_tail_ratio(3.0, arrival_rate_per_s=rate, mean_service_s=1, servers=5)
        for rate in (4 - 1e-9, 4.0, 4 + 1e-9)
    ]
    assert max(tails) - min(tails) < 1e-8


def test_quantiles_invert_tails():
    for index in range(200):
        random = np.random.default_rng(index)
        servers = int(random.integers(1, 200))
        given = {
            "arrival_rate_per_s": servers * random.uniform(0.05, 0.98),
            "mean_service_s": 1.0,
            "servers": servers,
        }
        quantile = random.uniform(0.01, 0.9999)
        response_s = erlang.response_quantile_s(quantile, **given)
        tail = erlang.response_tail_ratio(response_s, **given)
        assert tail == pytest.approx(1 - quantile, rel=1e-8)
        waiting_s = erlang.waiting_quantile_s(quantile, **given)
        tail = erlang.waiting_tail_ratio(waiting_s, **given)
        assert tail == pytest.approx(1 - quantile, rel=1e-9) or (waiting_s == 0 < 1 - tail)


def test_the_area_under_a_tail_is_its_mean():
    given = {"arrival_rate_per_s": 8.0, "mean_service_s": 1.0, "servers": 10}
    t_s = np.linspace(0, 60, 60_001)
    state = erlang.mmc(**given)
    tail = [erlang.response_tail_ratio(each, **given) for each in t_s.tolist()]
    assert np.trapezoid(tail, t_s) == pytest.approx(state.response_time_s, rel=1e-6)
    tail = [erlang.waiting_tail_ratio(each, **given) for each in t_s.tolist()]
    assert np.trapezoid(tail, t_s) == pytest.approx(state.waiting_time_s, rel=1e-6)


@pytest.mark.parametrize("rate_per_s", [1.0, 1.5])
def test_an_overloaded_queue_without_limit_has_no_steady_state(rate_per_s):
    with pytest.raises(ValueError, match="no steady state"):
        erlang.mm1(arrival_rate_per_s=rate_per_s, mean_service_s=1)
