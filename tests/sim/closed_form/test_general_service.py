"""Service times and arrivals that are not exponential: identities and bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from sim.closed_form.erlang import mmc, mmck
from sim.closed_form.general_service import (
    allen_cunneen,
    kingman_bound_s,
    mg1,
    processor_sharing,
    sharing_response_s,
)


def random_loads(count: int = 200):
    for index in range(count):
        random = np.random.default_rng(index)
        service_s = random.uniform(0.01, 10)
        yield (
            {
                "arrival_rate_per_s": random.uniform(0.05, 0.97) / service_s,
                "mean_service_s": service_s,
            },
            random,
        )


@pytest.mark.parametrize(("cs2", "waiting_s"), [(0, 2.0), (4, 10.0), (1, 4.0)])
def test_m_g_1_gives_pollaczek_and_khinchines_mean_wait(cs2, waiting_s):
    state = mg1(arrival_rate_per_s=0.8, mean_service_s=1, service_cs2=cs2)
    assert state.waiting_time_s == pytest.approx(waiting_s)


def test_processor_sharing_responds_in_s_over_1_minus_rho_as_m_m_1_does():
    for given, _ in random_loads():
        rho = given["arrival_rate_per_s"] * given["mean_service_s"]
        shared = processor_sharing(**given)
        assert shared.response_time_s == pytest.approx(given["mean_service_s"] / (1 - rho))
        assert shared == mmc(**given, servers=1)
        mean_s = sharing_response_s(given["mean_service_s"], utilisation_ratio=rho)
        assert mean_s == pytest.approx(shared.response_time_s)


def test_processor_sharing_with_few_places_is_m_m_c_k():
    given = {"arrival_rate_per_s": 12.0, "mean_service_s": 1.0, "servers": 10, "places": 20}
    assert processor_sharing(**given) == mmck(**given)


def test_kingmans_bound_is_above_m_g_1():
    """The gap does not depend on the service time's variance: (1 + rho) / (2 lambda)."""
    for given, random in random_loads():
        cs2 = random.uniform(0, 10)
        exact = mg1(**given, service_cs2=cs2)
        bound_s = kingman_bound_s(**given, arrival_ca2=1, service_cs2=cs2)
        rho = given["arrival_rate_per_s"] * given["mean_service_s"]
        gap_s = (1 + rho) / (2 * given["arrival_rate_per_s"])
        assert bound_s - exact.waiting_time_s == pytest.approx(gap_s, rel=1e-9)


def wait_of_erlang_arrivals_s(rate_per_s: float, service_s: float, stages: int) -> float:
    """E_k/M/1 exactly: W = s sigma/(1 - sigma), sigma = (k lambda / (k lambda + mu (1-sigma)))^k
    (Kleinrock I, section 6.4)."""

    def excess(sigma: float) -> float:
        pace = stages * rate_per_s
        return (pace / (pace + (1 - sigma) / service_s)) ** stages - sigma

    sigma = brentq(excess, 0.0, 1 - 1e-9)
    return service_s * sigma / (1 - sigma)


def test_kingmans_bound_holds_for_arrivals_more_even_than_poisson():
    for given, random in random_loads():
        stages = int(random.integers(2, 30))
        exact_s = wait_of_erlang_arrivals_s(
            given["arrival_rate_per_s"], given["mean_service_s"], stages
        )
        bound_s = kingman_bound_s(**given, arrival_ca2=1 / stages, service_cs2=1)
        assert exact_s <= bound_s
    heavy = {"arrival_rate_per_s": 0.999, "mean_service_s": 1.0}
    exact_s = wait_of_erlang_arrivals_s(0.999, 1.0, 4)
    bound_s = kingman_bound_s(**heavy, arrival_ca2=0.25, service_cs2=1)
    assert bound_s == pytest.approx(exact_s, rel=0.01)


def test_allen_and_cunneen_are_exact_for_m_m_c_and_m_g_1():
    plain = mmc(arrival_rate_per_s=8, mean_service_s=1, servers=10)
    given = {"arrival_rate_per_s": 8.0, "mean_service_s": 1.0, "servers": 10}
    assert allen_cunneen(**given, arrival_ca2=1, service_cs2=1) == plain
    for load, random in random_loads():
        cs2 = random.uniform(0, 10)
        exact_s = mg1(**load, service_cs2=cs2).waiting_time_s
        found = allen_cunneen(**load, arrival_ca2=1, service_cs2=cs2)
        assert found.waiting_time_s == pytest.approx(exact_s, rel=1e-9)


def test_nothing_waits_when_nothing_varies():
    even = allen_cunneen(arrival_rate_per_s=0.9, mean_service_s=1, arrival_ca2=0, service_cs2=0)
    assert even.waiting_time_s == 0


def test_general_service_has_no_steady_state_from_full_utilisation_on():
    full = {"arrival_rate_per_s": 1.0, "mean_service_s": 1.0}
    for form in (
        lambda: mg1(**full, service_cs2=0),
        lambda: processor_sharing(**full),
        lambda: sharing_response_s(1, utilisation_ratio=1),
        lambda: kingman_bound_s(**full, arrival_ca2=1, service_cs2=1),
        lambda: allen_cunneen(**full, arrival_ca2=1, service_cs2=1),
    ):
        with pytest.raises(ValueError, match="no steady state"):
            form()
    assert math.isfinite(processor_sharing(**full, places=5).response_time_s)
