"""The knee of curves with a closed form, and of windows with noise in them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reports.analysis.knee import Windows, knee_of
from sim.closed_form.erlang import mmc
from sim.closed_form.general_service import mg1

WINDOWS = 8
MU_PER_S = 100.0


def random() -> np.random.Generator:
    return np.random.default_rng(7)


def exact(rate_per_s: float, response_s: float) -> Windows:
    """Windows that all show the same."""
    return Windows(
        goodput_per_s=np.full(WINDOWS, rate_per_s), response_s=np.full(WINDOWS, response_s)
    )


def rates(by_per_s: float, to_per_s: float) -> np.ndarray:
    return np.arange(by_per_s, to_per_s, by_per_s)


def test_the_knee_of_m_m_1_is_at_half_of_its_capacity() -> None:
    offered = rates(10, 100)
    found = knee_of(offered, [exact(r, 1 / (MU_PER_S - r)) for r in offered], random=random())
    assert found is not None
    assert found.rate_per_s == 50
    assert (found.lowest_per_s, found.highest_per_s) == (45, 55)
    assert found.at_the_edge == ""


@pytest.mark.parametrize("cs2", [0.0, 1.0, 4.0])
def test_the_knee_of_m_g_1_depends_on_how_much_service_times_vary(cs2: float) -> None:
    offered = rates(2, 100)
    times_s = [
        mg1(arrival_rate_per_s=r, mean_service_s=1 / MU_PER_S, service_cs2=cs2).response_time_s
        for r in offered
    ]
    stairs = [exact(r, t) for r, t in zip(offered, times_s, strict=True)]
    found = knee_of(offered, stairs, random=random())
    assert found is not None
    assert found.rate_per_s == pytest.approx(MU_PER_S / (1 + math.sqrt((1 + cs2) / 2)), abs=1)


def test_several_servers_have_their_knee_nearer_to_their_capacity() -> None:
    """M/M/10 with the capacity of M/M/1: the largest of lambda / W by its own closed form."""
    offered = rates(1, 100)
    powers = [
        r / mmc(arrival_rate_per_s=r, mean_service_s=0.1, servers=10).response_time_s
        for r in offered
    ]
    best = float(offered[int(np.argmax(powers))])
    stairs = [exact(r, r / power) for r, power in zip(offered, powers, strict=True)]
    found = knee_of(offered, stairs, random=random())
    assert found is not None
    assert found.rate_per_s == best
    assert best > 70


def test_a_stall_in_one_window_does_not_move_the_knee() -> None:
    offered = rates(10, 100)
    stairs = [exact(r, 1 / (MU_PER_S - r)) for r in offered]
    stairs[4].response_s[3] = 60.0
    found = knee_of(offered, stairs, random=random())
    assert found is not None
    assert found.rate_per_s == 50


def test_noise_between_windows_widens_the_interval() -> None:
    offered, noise = rates(10, 100), np.random.default_rng(1)
    stairs = [
        Windows(
            goodput_per_s=np.full(WINDOWS, r),
            response_s=noise.exponential(1 / (MU_PER_S - r), WINDOWS),
        )
        for r in offered
    ]
    found = knee_of(offered, stairs, random=random())
    assert found is not None
    assert found.highest_per_s - found.lowest_per_s > 20
    assert found.lowest_per_s <= 50 <= found.highest_per_s


@pytest.mark.parametrize(
    ("response_s", "at_per_s", "edge"), [([1, 1, 1], 30, "last"), ([1, 9, 9], 10, "first")]
)
def test_a_knee_at_the_edge_says_so(response_s: list[float], at_per_s: float, edge: str) -> None:
    offered = rates(10, 40)
    stairs = [exact(r, t) for r, t in zip(offered, response_s, strict=True)]
    found = knee_of(offered, stairs, random=random())
    assert found is not None
    assert (found.rate_per_s, found.at_the_edge) == (at_per_s, edge)


def test_two_stairs_have_no_knee() -> None:
    assert knee_of(rates(10, 30), [exact(10, 1), exact(20, 1)], random=random()) is None


def test_stairs_where_nothing_ended_have_no_knee() -> None:
    assert knee_of(rates(10, 40), [exact(0, math.inf)] * 3, random=random()) is None
