"""Closed forms at values that are cited or worked out by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sim import theory

ORACLES = Path(__file__).parents[3] / "shared" / "oracles.csv"


@pytest.mark.parametrize(
    ("load", "servers", "blocking"),
    # Erlang B tables; the recursion B_k = a B_(k-1) / (k + a B_(k-1)).
    [(10, 10, 0.214582), (20, 20, 0.158892), (100, 117, 0.009790)],
)
def test_erlang_b_gives_the_tabled_blocking(load, servers, blocking):
    assert theory.erlang_b(load, servers) == pytest.approx(blocking, abs=1e-6)


@pytest.mark.parametrize(
    ("load", "servers", "waiting"), [(2, 3, 0.444444), (8, 10, 0.409180), (90, 100, 0.216940)]
)
def test_erlang_c_gives_the_tabled_probability_of_waiting(load, servers, waiting):
    assert theory.erlang_c(load, servers) == pytest.approx(waiting, abs=1e-6)


def test_erlang_b_is_stable_for_thousands_of_servers():
    assert 0 < theory.erlang_b(5_000, 5_100) < 0.01


def test_mean_wait_of_m_m_c_is_that_of_erlang_c():
    state = theory.mmc(arrival_rate_per_s=8, mean_service_s=1, servers=10)
    assert state.waiting_time_s == pytest.approx(0.204590, abs=1e-6)
    assert state.wait_ratio == pytest.approx(0.409180, abs=1e-6)


@pytest.mark.parametrize(
    ("rate_per_s", "blocking", "waiting_s"), [(8, 0.0091072, 0.145060), (12, 0.179666, None)]
)
def test_m_m_c_k_gives_the_birth_death_values(rate_per_s, blocking, waiting_s):
    state = theory.mmck(arrival_rate_per_s=rate_per_s, mean_service_s=1, servers=10, places=20)
    assert state.blocking_ratio == pytest.approx(blocking, abs=1e-6)
    if waiting_s is not None:
        assert state.waiting_time_s == pytest.approx(waiting_s, abs=1e-6)


def test_m_m_c_c_blocks_as_erlang_b():
    state = theory.mmck(arrival_rate_per_s=20, mean_service_s=1, servers=20, places=20)
    assert state.blocking_ratio == pytest.approx(theory.erlang_b(20, 20), rel=1e-12)
    assert state.waiting_time_s == 0


@pytest.mark.parametrize(("cs2", "waiting_s"), [(0, 2.0), (4, 10.0), (1, 4.0)])
def test_m_g_1_gives_pollaczek_and_khinchines_mean_wait(cs2, waiting_s):
    state = theory.mg1(arrival_rate_per_s=0.8, mean_service_s=1, service_cs2=cs2)
    assert state.waiting_time_s == pytest.approx(waiting_s)


def test_m_m_1_is_m_m_c_and_m_g_1_and_the_limit_of_m_m_1_k():
    one = theory.mm1(arrival_rate_per_s=0.5, mean_service_s=1)
    assert one.response_time_s == pytest.approx(2.0)
    general = theory.mg1(arrival_rate_per_s=0.5, mean_service_s=1, service_cs2=1)
    roomy = theory.mmck(arrival_rate_per_s=0.5, mean_service_s=1, servers=1, places=200)
    for other in (general, roomy):
        assert other.response_time_s == pytest.approx(one.response_time_s)
        assert other.in_station == pytest.approx(one.in_station)
        assert other.wait_ratio == pytest.approx(one.wait_ratio)


@pytest.mark.parametrize("rate_per_s", [1.0, 1.5])
def test_an_overloaded_queue_without_limit_has_no_steady_state(rate_per_s):
    with pytest.raises(ValueError, match="no steady state"):
        theory.mm1(arrival_rate_per_s=rate_per_s, mean_service_s=1)


def _oracle_rows() -> list[dict[str, str]]:
    with ORACLES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _value(case: str, quantity: str, given: dict[str, float]) -> float | None:
    if case == "erlang_b":
        return theory.erlang_b(given["a"], int(given["c"]))
    if case == "erlang_c":
        state = theory.mmc(arrival_rate_per_s=given["a"], mean_service_s=1, servers=int(given["c"]))
        by_wait = quantity == "wait_probability"
        return state.wait_ratio if by_wait else state.waiting_time_s
    if case == "mmck":
        state = theory.mmck(
            arrival_rate_per_s=given["lambda"],
            mean_service_s=1 / given["mu"],
            servers=int(given["c"]),
            places=int(given["K"]),
        )
        return state.blocking_ratio if quantity == "blocking" else state.waiting_time_s
    if case in ("md1", "mg1"):
        service_s = given["mean_service"]
        return theory.mg1(
            arrival_rate_per_s=given["rho"] / service_s,
            mean_service_s=service_s,
            service_cs2=given.get("cs2", 0.0),
        ).waiting_time_s
    return None


@pytest.mark.skipif(not ORACLES.exists(), reason="the shared table of oracles is not here")
def test_every_oracle_of_these_queues_is_met():
    met = 0
    for row in _oracle_rows():
        if row["case"] not in ("erlang_b", "erlang_c", "mmck", "md1", "mg1"):
            continue
        pairs = (each.split("=") for each in row["parameters"].split(";"))
        given = {name: float(value) for name, value in pairs}
        value = _value(row["case"], row["quantity"], given)
        assert value == pytest.approx(float(row["value"]), rel=2e-4), row
        met += 1
    assert met >= 12
