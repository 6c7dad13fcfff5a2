"""Square-root staffing: its limits, and the exact least beside it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.closed_form.erlang import erlang_c
from sim.closed_form.erlang_a import Desk, erlang_a
from sim.closed_form.staffing import (
    garnett_wait_ratio,
    halfin_whitt_safety,
    halfin_whitt_wait_ratio,
    least_servers,
    square_root_staffing,
)


@pytest.mark.parametrize("safety", [0.1, 0.5, 1.0, 2.0])
def test_erlang_c_tends_to_halfin_and_whitts_chance_to_wait(safety):
    errors = []
    for load in (100, 10_000, 100_000):
        servers = square_root_staffing(load, safety=safety)
        real = (servers - load) / load**0.5
        errors.append(abs(erlang_c(load, servers) - halfin_whitt_wait_ratio(real)))
    assert errors[-1] < 0.001
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("safety", [-1.0, 0.0, 0.5, 2.0])
@pytest.mark.parametrize("patience", [0.2, 1.0, 10.0])
def test_erlang_a_tends_to_garnetts_chance_to_wait(safety, patience):
    servers = round(40_000 + safety * 200)
    desk = Desk(
        arrival_rate_per_s=40_000, mean_service_s=1, mean_patience_s=patience, servers=servers
    )
    limit = garnett_wait_ratio(safety, patience_per_service=patience)
    assert erlang_a(desk).wait_ratio == pytest.approx(limit, abs=0.005)


def test_the_safety_of_a_chance_to_wait_inverts_it():
    for wait_ratio in np.linspace(0.001, 0.999, 200).tolist():
        safety = halfin_whitt_safety(wait_ratio)
        assert halfin_whitt_wait_ratio(safety) == pytest.approx(wait_ratio, rel=1e-8)


def test_half_of_the_customers_wait_at_a_safety_of_about_a_half():
    """0.506, Halfin and Whitt (1981)."""
    assert halfin_whitt_safety(0.5) == pytest.approx(0.506, abs=5e-4)


def test_square_root_staffing_is_within_a_server_of_the_least():
    """Janssen, van Leeuwaarden and Zwart (2011): even for small loads."""
    for index in range(200):
        random = np.random.default_rng(index)
        load, wait_ratio = random.uniform(1, 500), random.uniform(0.05, 0.8)
        least = least_servers(load, wait_ratio=wait_ratio)
        assert erlang_c(load, least) <= wait_ratio
        assert least - 1 <= load or erlang_c(load, least - 1) > wait_ratio
        rule = square_root_staffing(load, safety=halfin_whitt_safety(wait_ratio))
        assert abs(rule - least) <= 1


@pytest.mark.parametrize("safety", [0.0, -1.0])
def test_staffing_without_safety_has_no_steady_state(safety):
    with pytest.raises(ValueError, match="no steady state"):
        halfin_whitt_wait_ratio(safety)
