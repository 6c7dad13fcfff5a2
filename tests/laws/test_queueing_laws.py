"""Simulated stations against queueing theory.

Each law compares the mean of ten independent replications with its closed form: the form must
lie in the 99 % confidence interval (Student t, 9 degrees of freedom), and the interval must be
narrow enough to notice a wrong simulation. The first fifth of each replication is warm-up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from scenarios.workload.random_streams import stream
from sim.closed_form import erlang, general_service, steady_state
from sim.engine.contract import StationTotals
from sim.engine.streams import root_key
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Uniform, durations
from sim.event_engine.station import Station
from sim.model.call import Demand
from sim.model.distribution import Distribution, deterministic, exponential, gamma
from sim.model.service_model import StepModel
from sim.model.station import UNLIMITED, StationModel
from tests.sim.event_engine.customers import come
from tests.sim.plans import HandMadePlan, action, poisson
from tests.sim.plays import play, shop

REPLICATIONS = 10
STUDENT_T = 3.2498
"""99.5 % point of Student's t with 9 degrees of freedom."""


@dataclass(frozen=True)
class Seen:
    """Statistics of one replication after its warm-up."""

    waiting_time_s: float
    utilisation_ratio: float
    queue_length: float
    blocking_ratio: float


def drive(
    service: Distribution,
    *,
    rate_per_s: float,
    customers: int,
    seed: int,
    servers: int = 1,
    queue_limit: float = UNLIMITED,
) -> tuple[StationTotals, StationTotals]:
    """A station's totals after a fifth of `customers` Poisson arrivals, and once empty."""
    clock = Clock()
    station = Station(
        clock, "desk", StationModel(servers=servers, queue_limit=queue_limit), ("any",)
    )
    service_s = durations(service, Uniform("law/time", antithetic=False), 0.0)
    at_s = np.cumsum(stream(seed, "gaps").exponential(1 / rate_per_s, customers)).tolist()
    for customer, arrival_s in enumerate(at_s):
        drawn_s = service_s(root_key(seed, customer, 0), arrival_s)
        clock.call_at(arrival_s, come(clock, station, drawn_s))
    clock.run(until=at_s[customers // 5])
    warm = station.totals(clock.now)
    clock.run()
    return warm, station.totals(clock.now)


def replications(service: Distribution, **given) -> list[Seen]:
    seen = []
    for seed in range(REPLICATIONS):
        warm, end = drive(service, seed=seed, **given)
        passed_s = end.at_s - warm.at_s
        busy_s = end.busy_area - warm.busy_area
        seen.append(
            Seen(
                waiting_time_s=(end.waits_s - warm.waits_s) / (end.served - warm.served),
                utilisation_ratio=busy_s / (end.server_area - warm.server_area),
                queue_length=(end.queue_area - warm.queue_area) / passed_s,
                blocking_ratio=(end.refused - warm.refused) / (end.arrivals - warm.arrivals),
            )
        )
    return seen


def assert_agrees(values, expected: float, *, within_ratio: float) -> None:
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1))
    half = STUDENT_T * spread / math.sqrt(len(values))
    print(f"expected {expected:.6f}  simulated {mean:.6f} +- {half:.6f}")
    assert half <= within_ratio * expected, "too wide to tell anything"
    assert abs(mean - expected) <= half


def assert_station_agrees(
    seen: list[Seen], expected: steady_state.SteadyState, within_ratio: float
):
    for name in ("waiting_time_s", "utilisation_ratio", "queue_length"):
        values = [getattr(each, name) for each in seen]
        assert_agrees(values, getattr(expected, name), within_ratio=within_ratio)


EXPONENTIAL = exponential(1.0)


def test_one_server_agrees_with_m_m_1():
    seen = replications(EXPONENTIAL, rate_per_s=0.7, customers=16_000)
    expected = erlang.mm1(arrival_rate_per_s=0.7, mean_service_s=1.0)
    assert_station_agrees(seen, expected, within_ratio=0.12)


def test_ten_servers_agree_with_m_m_c():
    seen = replications(EXPONENTIAL, rate_per_s=8.0, customers=40_000, servers=10)
    expected = erlang.mmc(arrival_rate_per_s=8.0, mean_service_s=1.0, servers=10)
    assert_station_agrees(seen, expected, within_ratio=0.15)


def test_fixed_service_times_agree_with_m_d_1():
    seen = replications(deterministic(1.0), rate_per_s=0.8, customers=16_000)
    expected = general_service.mg1(arrival_rate_per_s=0.8, mean_service_s=1.0, service_cs2=0.0)
    assert_station_agrees(seen, expected, within_ratio=0.12)


def test_erratic_service_times_agree_with_m_g_1():
    seen = replications(gamma(1.0, cv=2.0), rate_per_s=0.6, customers=16_000)
    expected = general_service.mg1(arrival_rate_per_s=0.6, mean_service_s=1.0, service_cs2=4.0)
    assert_station_agrees(seen, expected, within_ratio=0.15)


@pytest.mark.parametrize("rate_per_s", [8.0, 12.0])
def test_a_bounded_queue_refuses_as_m_m_c_k(rate_per_s):
    seen = replications(
        EXPONENTIAL, rate_per_s=rate_per_s, customers=16_000, servers=10, queue_limit=10
    )
    expected = erlang.mmck(arrival_rate_per_s=rate_per_s, mean_service_s=1.0, servers=10, places=20)
    blocking = [each.blocking_ratio for each in seen]
    assert_agrees(blocking, expected.blocking_ratio, within_ratio=0.35)
    waits = [each.waiting_time_s for each in seen]
    assert_agrees(waits, expected.waiting_time_s, within_ratio=0.15)


def test_response_times_in_the_record_agree_with_m_m_1():
    """The whole player, not only its station: W = s / (1 - rho)."""
    model = shop(
        {"look": StepModel(call=(Demand(station="desk", time=EXPONENTIAL),))},
        desk=StationModel(servers=1),
    )
    means = []
    for seed in range(REPLICATIONS):
        plan = HandMadePlan(
            intended_s=poisson(0.6, 3_000, seed=100 + seed),
            actions=[action("look")],
            patience_s=1e6,
        )
        rows, _ = play(plan, model, seed=seed, timeout_s=1e6)
        late = [each for each in rows.actions if each.visit >= 500]
        means.append(np.mean([each.finished_s - each.intended_s for each in late]))
    assert_agrees(means, 1.0 / (1 - 0.6), within_ratio=0.15)


@pytest.mark.parametrize(("servers", "queue_limit"), [(1, UNLIMITED), (3, UNLIMITED), (2, 4)])
def test_littles_law_holds_exactly(servers, queue_limit):
    """L = lambda W on the station's own statistics, from empty to empty."""
    _, end = drive(
        EXPONENTIAL,
        rate_per_s=0.9 * servers,
        customers=2_000,
        seed=3,
        servers=servers,
        queue_limit=queue_limit,
    )
    in_station = (end.busy_area + end.queue_area) / end.at_s
    expected = steady_state.mean_number(
        arrival_rate_per_s=end.served / end.at_s, mean_stay_s=end.stays_s / end.served
    )
    assert in_station == pytest.approx(expected, rel=1e-12)


def test_the_utilisation_law_holds_exactly():
    """Without refusals, busy time = services done x their mean, whatever the queue does."""
    _, end = drive(
        deterministic(0.7),
        rate_per_s=1.0,
        customers=2_000,
        seed=3,
    )
    expected = steady_state.utilisation_ratio(
        arrival_rate_per_s=end.served / end.at_s, mean_service_s=0.7
    )
    assert end.utilisation_ratio == pytest.approx(expected, rel=1e-9)
