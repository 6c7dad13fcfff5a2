"""Erlang A: limits, and numbers where naive sums overflow or vanish."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from sim.closed_form import erlang, erlang_a
from sim.closed_form.erlang_a import Desk

BUSY = Desk(arrival_rate_per_s=100, mean_service_s=1, mean_patience_s=1, servers=100)


def test_a_desk_as_patient_as_its_service_is_long_has_poisson_customers():
    """With theta = mu every customer leaves at the same rate, as with unlimited servers."""
    chances = [math.exp(n * math.log(100) - 100 - math.lgamma(n + 1)) for n in range(100)]
    state = erlang_a.erlang_a(BUSY)
    assert state.wait_ratio == pytest.approx(1 - sum(chances), rel=1e-9)


def test_endless_patience_is_erlang_c():
    given = {"arrival_rate_per_s": 8.0, "mean_service_s": 1.0, "servers": 10}
    state = erlang_a.erlang_a(Desk(**given, mean_patience_s=1e9))
    expected = erlang.mmc(**given)
    assert state.wait_ratio == pytest.approx(expected.wait_ratio, rel=1e-6)
    assert state.waiting_time_s == pytest.approx(expected.waiting_time_s, rel=1e-6)
    tail = erlang_a.waiting_tail_ratio(Desk(**given, mean_patience_s=1e9), 0.7)
    assert tail == pytest.approx(erlang.waiting_tail_ratio(0.7, **given), rel=1e-6)


def test_no_patience_is_erlang_b():
    state = erlang_a.erlang_a(dataclasses.replace(BUSY, mean_patience_s=1e-9))
    assert state.abandon_ratio == pytest.approx(erlang.erlang_b(100, 100), rel=1e-6)


@pytest.mark.parametrize("mean_patience_s", [1, 100, 10_000])
def test_an_overloaded_desk_loses_what_it_cannot_serve(mean_patience_s):
    """The fluid limit: 1 - 1/rho, more exactly so the longer patience lasts."""
    desk = Desk(
        arrival_rate_per_s=1_500, mean_service_s=1, mean_patience_s=mean_patience_s, servers=1_000
    )
    assert erlang_a.erlang_a(desk).abandon_ratio == pytest.approx(1 / 3, rel=1e-6)


def test_a_nearly_idle_desk_keeps_its_digits():
    """Fewer than one in 10^12 abandon: P(ab) = theta/lambda E[Q] from the first states alone."""
    desk = Desk(arrival_rate_per_s=1, mean_service_s=1, mean_patience_s=100, servers=15)
    full = math.exp(-1 - math.lgamma(16))
    queue = full * (1 / 15.01 + 2 / 15.01 / 15.02 + 3 / 15.01 / 15.02 / 15.03)
    assert erlang_a.erlang_a(desk).abandon_ratio == pytest.approx(queue / 100, rel=1e-3)


def test_both_ways_to_sum_agree_where_they_meet():
    below, above = (
        erlang_a.erlang_a(dataclasses.replace(BUSY, arrival_rate_per_s=100 * (1 + each)))
        for each in (-1e-12, 1e-12)
    )
    assert below.wait_ratio == pytest.approx(above.wait_ratio, rel=1e-9)
    assert below.abandon_ratio == pytest.approx(above.abandon_ratio, rel=1e-9)


def test_the_area_under_the_tail_is_the_mean_wait():
    t_s = np.linspace(0, 12, 12_001)
    tail = [erlang_a.waiting_tail_ratio(BUSY, each) for each in t_s.tolist()]
    assert np.trapezoid(tail, t_s) == pytest.approx(
        erlang_a.erlang_a(BUSY).waiting_time_s, rel=1e-5
    )


def test_answered_in_the_end_is_all_but_the_abandoned():
    state = erlang_a.erlang_a(BUSY)
    assert erlang_a.answered_within_ratio(BUSY, 0) == pytest.approx(1 - state.wait_ratio)
    assert erlang_a.answered_within_ratio(BUSY, 50) == pytest.approx(1 - state.abandon_ratio)


def test_a_quantile_of_the_wait_inverts_its_tail():
    for index in range(200):
        random = np.random.default_rng(index)
        desk = Desk(
            arrival_rate_per_s=random.uniform(0.5, 150),
            mean_service_s=1,
            mean_patience_s=random.uniform(0.05, 50),
            servers=int(random.integers(1, 120)),
        )
        quantile = random.uniform(0.05, 0.999)
        waiting_s = erlang_a.waiting_quantile_s(desk, quantile)
        tail = erlang_a.waiting_tail_ratio(desk, waiting_s)
        assert tail == pytest.approx(1 - quantile, rel=1e-8) or (waiting_s == 0 < 1 - tail)
