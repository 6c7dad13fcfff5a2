"""Retry amplification: the bands, against grids and against the movement of the tries."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from sim.closed_form.retry_storm import Retrying, mean_tries, retry_bands, retry_rests

CITED = Retrying(service_rate_per_s=100, timeout_s=0.5, retries=3)


def random_callers(count: int = 200):
    for index in range(count):
        random = np.random.default_rng(index)
        mu = 10 ** random.uniform(0, 4)
        yield (
            Retrying(
                service_rate_per_s=mu,
                timeout_s=random.uniform(0.2, 60) / mu,
                retries=int(random.integers(0, 7)),
            ),
            random,
        )


def settled_per_s(given: Retrying, *, arrival_rate_per_s: float, from_per_s: float) -> float:
    """Where dx/dt = lambda A(f(x)) - x leads."""
    tries_per_s = from_per_s
    for _ in range(3_000):
        tries_per_s += 0.1 * (arrival_rate_per_s * mean_tries(tries_per_s, given) - tries_per_s)
    return tries_per_s


def test_the_self_tripping_rate_is_the_largest_of_a_fine_grid():
    for unlimited, random in random_callers():
        budget_ratio = random.choice([math.inf, random.uniform(0, 4)])
        given = dataclasses.replace(unlimited, budget_ratio=budget_ratio)
        mu = given.service_rate_per_s
        grid = np.linspace(0, mu, 2_001)[1:].tolist()
        best = max(x / mean_tries(x, given) for x in grid)
        bands = retry_bands(given)
        assert best <= bands.self_tripping_above_per_s * (1 + 1e-12)
        assert best == pytest.approx(bands.self_tripping_above_per_s, rel=2e-4)
        assert bands.always_stable_below_per_s <= bands.self_tripping_above_per_s


def test_there_is_a_vulnerable_band_only_when_timeouts_are_long_against_service():
    """mu T r / 2 > 1: the slope of x / A(f(x)) at mu."""
    for given, _ in random_callers():
        bands = retry_bands(given)
        hump = given.service_rate_per_s * given.timeout_s * given.retries / 2 > 1
        wide = bands.self_tripping_above_per_s > bands.always_stable_below_per_s * (1 + 1e-9)
        assert wide == hump


@pytest.mark.parametrize(
    ("rate_per_s", "band"),
    [(24, "stable"), (26, "vulnerable"), (90, "vulnerable"), (91, "self-tripping")],
)
def test_a_rate_is_in_the_band_of_the_cited_server(rate_per_s, band):
    assert retry_bands(CITED).band(rate_per_s) == band


def test_tries_move_to_the_rest_on_their_side_of_the_tipping_point():
    tipped = 0
    for given, random in random_callers():
        bands = retry_bands(given)
        rate_per_s = bands.self_tripping_above_per_s * random.uniform(0.1, 1.2)
        rests = retry_rests(given, arrival_rate_per_s=rate_per_s)
        move = {"given": given, "arrival_rate_per_s": rate_per_s}
        high_per_s = 10 * given.service_rate_per_s
        from_low = settled_per_s(**move, from_per_s=0)
        from_high = settled_per_s(**move, from_per_s=high_per_s)
        match bands.band(rate_per_s):
            case "stable":
                assert from_high == pytest.approx(rests.healthy_per_s, rel=0.02)
            case "self-tripping":
                assert rests.healthy_per_s is None
                assert from_low == pytest.approx(rests.overloaded_per_s, rel=0.02)
            case "vulnerable":
                tipped += 1
                assert from_low == pytest.approx(rests.healthy_per_s, rel=0.02)
                assert from_high == pytest.approx(rests.overloaded_per_s, rel=0.02)
                edge, tip = bands.tries_at_the_edge_per_s, rests.tipping_per_s
                below = settled_per_s(**move, from_per_s=tip - 0.3 * (tip - edge))
                assert below < edge * (1 + 1e-9)
                above = tip + 0.3 * (given.service_rate_per_s - tip)
                assert settled_per_s(**move, from_per_s=above) > tip
    assert tipped >= 50


def test_at_the_edge_of_a_band_the_rests_meet():
    for given, _ in random_callers():
        bands = retry_bands(given)
        for rate_per_s, rest in (
            (bands.always_stable_below_per_s, "overloaded_per_s"),
            (bands.self_tripping_above_per_s * (1 - 1e-12), "tipping_per_s"),
        ):
            rests = retry_rests(given, arrival_rate_per_s=rate_per_s)
            if bands.band(rate_per_s) == "vulnerable":
                lower = rests.tipping_per_s if rest == "overloaded_per_s" else rests.healthy_per_s
                assert getattr(rests, rest) == pytest.approx(lower, rel=1e-4)


def test_a_server_without_retries_is_stable_up_to_its_capacity():
    bands = retry_bands(dataclasses.replace(CITED, retries=0))
    assert bands.always_stable_below_per_s == bands.self_tripping_above_per_s == 100


def test_a_budget_bounds_the_amplification_of_an_overloaded_server():
    """mu / (1 + b): 10 % of retries cost at most a tenth of the capacity, and no band is left."""
    bands = retry_bands(dataclasses.replace(CITED, budget_ratio=0.1))
    assert bands.always_stable_below_per_s == pytest.approx(100 / 1.1)
    assert bands.self_tripping_above_per_s == pytest.approx(100 / 1.1)
    loose = retry_bands(dataclasses.replace(CITED, budget_ratio=50))
    assert loose == retry_bands(CITED)


def test_a_healthy_rest_is_the_lowest_even_where_a_budget_makes_a_second():
    budgeted = dataclasses.replace(CITED, budget_ratio=0.12)
    for rate_per_s in np.linspace(80, 89.2, 47).tolist():
        rests = retry_rests(budgeted, arrival_rate_per_s=rate_per_s)
        low = settled_per_s(budgeted, arrival_rate_per_s=rate_per_s, from_per_s=0)
        assert rests.healthy_per_s == pytest.approx(low, rel=1e-6)


def test_amplification_of_a_failing_server_is_all_tries():
    assert mean_tries(100, CITED) == 4
    assert mean_tries(0, CITED) == pytest.approx(1 + math.exp(-50))
