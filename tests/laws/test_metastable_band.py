"""The bands of a server whose callers retry, found by playing it, against their closed form.

mu = 100/s, time-out 0.5 s, 3 retries: theory has it that it always recovers in the end below
mu / (1 + r) = 25/s, and goes down by itself above 90.3/s (`sim.closed_form.retry_storm`).
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.answers.stability import Push, Trial, find_bands, played_trial
from sim.closed_form.retry_storm import Retrying, retry_bands
from sim.engine.contract import EngineOptions
from sim.engines import chosen_engine
from sim.model.call import Attempt, Demand
from sim.model.distribution import exponential
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from tests.sim.plans import HandMadePlan, action

GIVEN = Retrying(service_rate_per_s=100.0, timeout_s=0.5, retries=3)
TRIES = 1 + GIVEN.retries
PUSH = Push(pulse=10.0, pulse_s=1.0, settle_s=10.0, recover_s=60.0)
LAW = retry_bands(GIVEN)


def storm() -> ServiceModel:
    service = Demand(station="desk", time=exponential(1 / GIVEN.service_rate_per_s))
    attempt = Attempt(
        name="desk", timeout_s=GIVEN.timeout_s, retries=GIVEN.retries, call=(service,)
    )
    return ServiceModel(
        name="storm",
        stations={"desk": StationModel(servers=1)},
        steps={"ask": StepModel(call=(attempt,))},
    )


def arrivals(rate_per_s: float, *, pulsed: bool) -> HandMadePlan:
    """Poisson arrivals at a base rate with the pulse in it."""
    random = np.random.default_rng(1)
    starts_s = np.cumsum([0.0, PUSH.settle_s, PUSH.pulse_s, PUSH.recover_s])
    intended_s = [0.0]
    for phase, times in enumerate((1.0, PUSH.pulse if pulsed else 1.0, 1.0)):
        first_s, last_s = starts_s[phase], starts_s[phase + 1]
        visits = random.poisson(rate_per_s * times * (last_s - first_s))
        intended_s += sorted(random.uniform(first_s, last_s, visits).tolist())
    return HandMadePlan(intended_s=[*intended_s, PUSH.duration_s], actions=(action("ask"),))


def play(rate_per_s: float, pulsed: bool) -> Trial:
    return played_trial(
        arrivals(rate_per_s, pulsed=pulsed),
        storm(),
        chosen_engine("auto")[1],
        EngineOptions(seed=1, in_flight_limit=10**9, drain_s=10.0),
        push=PUSH,
        rate_per_s=rate_per_s,
        pulsed=pulsed,
    )


def recovers_within(time_s: float) -> float:
    """The base load whose backlog of the pulse, p (m A lambda - mu), is drained at mu - A lambda
    after `time_s`: lambda = mu (p + t) / (A (m p + t)). It goes to mu / A with the time."""
    mu, p = GIVEN.service_rate_per_s, PUSH.pulse_s
    return mu * (p + time_s) / (TRIES * (PUSH.pulse * p + time_s))


def test_the_borders_that_are_found_are_those_of_the_closed_form():
    found = find_bands(play, start_per_s=20.0, precision=0.08)
    looked_at_s = 0.75 * PUSH.recover_s
    assert found.highest_stable_per_s >= 0.9 * recovers_within(looked_at_s)
    assert found.lowest_vulnerable_per_s <= 1.1 * recovers_within(PUSH.recover_s)
    # In a minute chance alone takes down what would stand for an hour on average.
    assert 0.85 * LAW.self_tripping_above_per_s < found.lowest_tripping_per_s
    assert found.highest_standing_per_s < 1.05 * LAW.self_tripping_above_per_s


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_load_of_the_stable_band_recovers(share):
    assert play(share * LAW.always_stable_below_per_s, True).healthy


@pytest.mark.parametrize("times", [1.1, 1.5])
def test_a_load_of_the_vulnerable_band_stands_but_does_not_recover(times):
    rate_per_s = times * LAW.always_stable_below_per_s
    assert play(rate_per_s, False).healthy
    assert not play(rate_per_s, True).healthy


def test_a_load_of_the_self_tripping_band_goes_down_without_a_pulse():
    assert not play(1.1 * LAW.self_tripping_above_per_s, False).healthy
