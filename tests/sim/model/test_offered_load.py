from __future__ import annotations

import math

import numpy as np
import pytest

from reports.record.outcome import Outcome
from scenarios.workload.played_campaign import played_campaign
from sim.model.call import (
    Admission,
    Attempt,
    Branch,
    CallEnd,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Send,
)
from sim.model.distribution import exponential, gamma, until
from sim.model.model_file import find_service_model, read_service_model
from sim.model.offered_load import offered_load, phase_rates
from sim.model.service_model import Polling, ServiceModel, StepModel, operations_of
from sim.model.station import UNLIMITED, CacheModel, StationModel, TokenBucketModel
from sim.model.traffic import at_least
from sim.model.wanted_products import Wanted, miss_ratio
from tests.sim.plans import HandMadePlan, action

RATE_PER_S = 10.0


def steady_plan(*steps: str, **keys):
    """Ten visits a second for a hundred seconds, each with one action of each of `steps`."""
    actions = [action(step, sku=1, quantity=3) for step in steps]
    return HandMadePlan(
        intended_s=(np.arange(1, 1001) / RATE_PER_S).tolist(), actions=actions, **keys
    )


def demand(mean_s: float, station: str = "app", **keys) -> Demand:
    return Demand(station=station, time=exponential(mean_s), **keys)


def load(*call, steps=("look",), **keys) -> dict[str, float]:
    stations = {"app": StationModel(servers=4), "pool": StationModel(servers=4)}
    step = {key: keys.pop(key) for key in ("background", "polling", "declined_ratio") & keys.keys()}
    model = ServiceModel(
        name="m", stations=stations, steps={"look": StepModel(call=call, **step)}, **keys
    )
    found = offered_load(steady_plan(*steps), model)
    for each in found.values():
        assert each.peak_erlangs == pytest.approx(each.average_erlangs)
    return {name: each.average_erlangs for name, each in found.items()}


def test_load_is_the_rate_times_the_service_demand():
    """Ten a second, 0.2 s each: 2 erlangs."""
    assert load(demand(0.2)) == {"app": pytest.approx(2.0), "pool": 0.0}


@pytest.mark.parametrize(
    ("call", "erlangs"),
    [
        ((demand(0.2), demand(0.1)), 3.0),
        ((demand(0.2, probability=0.25),), 0.5),
        ((demand(0.2, per_unit=True),), 6.0),
        ((demand(0.2, sku_factors=((1, 4.0), (2, 100.0))),), 8.0),
        ((Demand(station="app", time=gamma(0.2, 3.0)),), 2.0),
        ((Demand(station="app", time=until(0.2)),), 2.0),
        (
            (
                Choice(
                    name="a",
                    branches=(
                        Branch(share=0.6, call=(demand(0.1),)), Branch(share=0.4, call=()),
                    ),
                ),
            ),
            0.6,
        ),
        ((Fork(name="a", calls=((demand(0.1),), (demand(0.2),))),), 3.0),
        ((Send(name="a", call=(demand(0.1),)),), 1.0),
        ((Attempt(name="a", retries=3, timeout_s=0.05, call=(demand(0.1),)),), 1.0),
    ],
)  # fmt: skip
def test_load_counts_chances_branches_factors_and_no_retries(call, erlangs):
    assert load(*call)["app"] == pytest.approx(erlangs)


def fail(probability: float, outcome: Outcome = Outcome.FAILED) -> Fail:
    return Fail(name="x", end=CallEnd(outcome, 500, "x"), probability=probability)


def test_what_comes_after_a_failure_is_done_by_the_others_alone():
    assert load(fail(0.25), demand(0.1))["app"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("outcome", "fallen_back"), [(Outcome.FAILED, 0.25), (Outcome.REJECTED, 0.0)]
)
def test_a_fallback_is_played_after_failures_alone(outcome, fallen_back):
    attempt = Attempt(
        name="a", call=(fail(0.25, outcome),), fallback=(demand(0.1, station="pool"),)
    )
    goes_on = 0.75 + fallen_back
    found = load(attempt, demand(0.1))
    assert found["pool"] == pytest.approx(fallen_back)
    assert found["app"] == pytest.approx(goes_on)


def test_a_held_server_works_as_long_as_what_it_is_held_for():
    held = (demand(0.1), Lookup(cache="half", call=(demand(0.4),)))
    cache = {"half": CacheModel(hit_ratio=0.5)}
    found = load(Hold(station="pool", call=held), caches=cache)
    assert found == {"app": pytest.approx(3.0), "pool": pytest.approx(3.0)}


def test_an_attempt_holds_no_longer_than_its_timeout():
    held = (Attempt(name="a", timeout_s=0.05, call=(demand(0.1),)),)
    assert load(Hold(station="pool", call=held))["pool"] == pytest.approx(0.5)


def test_a_bucket_lets_in_what_it_has_tokens_for():
    buckets = {"door": TokenBucketModel(rate_per_s=4.0, burst=1)}
    found = load(Admission(bucket="door"), demand(0.1), buckets=buckets)
    assert found["app"] == pytest.approx(0.4)


def test_a_background_is_done_after_replies_that_are_neither_failed_nor_declined():
    """A background of 1 s is over before the second pause ends: two polls."""
    found = load(
        fail(0.2),
        declined_ratio=0.5,
        background=(demand(1.0),),
        polling=Polling(pauses_s=(0.6,), call=(demand(0.01, station="pool"),)),
    )
    assert found == {"app": pytest.approx(4.0), "pool": pytest.approx(2 * 0.04)}


def test_an_entry_is_missed_once_in_its_time_and_the_time_until_the_next_lookup():
    """r / (1 + r T) a second: one SKU looked up ten times a second, kept for 0.9 s, misses once
    in a second."""
    found = load(Lookup(cache="c", call=(demand(0.5),)), caches={"c": CacheModel(ttl_s=0.9)})
    assert found["app"] == pytest.approx(1.0 * 0.5)


def test_the_miss_ratio_is_that_of_poisson_lookups():
    """Against 200,000 lookups of three SKUs, played one after the other."""
    random = np.random.default_rng(20251111)
    shares, rate_per_s, ttl_s = (0.7, 0.25, 0.05), 3.0, 2.0
    at_s = np.cumsum(random.exponential(1 / rate_per_s, 200_000))
    skus = random.choice(3, size=len(at_s), p=shares)
    fresh_until_s, missed = [0.0] * 3, 0
    for now_s, sku in zip(at_s.tolist(), skus.tolist(), strict=True):
        if now_s >= fresh_until_s[sku]:
            missed += 1
            fresh_until_s[sku] = now_s + ttl_s
    wanted = Wanted(skus=np.repeat((0, 1, 2), (70, 25, 5)), quantities=np.ones(100, np.int64))
    told = miss_ratio([(rate_per_s, wanted)], ttl_s)
    played = missed / len(at_s)
    assert abs(told - played) < 4 * math.sqrt(played * (1 - played) / len(at_s))
    assert miss_ratio([(rate_per_s, wanted)], UNLIMITED) == 0.0


@pytest.mark.parametrize("needs", [1, 2, 3])
def test_at_least_so_many_happen_with_the_sum_over_all_cases(needs):
    chances = (0.9, 0.5, 0.2)
    total = 0.0
    for case in range(8):
        happened = [bool(case >> bit & 1) for bit in range(3)]
        if sum(happened) >= needs:
            total += math.prod(p if it else 1 - p for p, it in zip(chances, happened, strict=True))
    assert at_least(needs, list(chances)) == pytest.approx(total)


@pytest.mark.parametrize("campaign", ["flash_sale", "double11"])
def test_the_average_of_a_campaign_is_all_its_service_by_its_duration(campaign):
    """Whatever the phases are: erlangs x duration = sum over steps of actions x demand."""
    plan = played_campaign(campaign)
    shop = read_service_model(find_service_model("reference_shop"))
    found = offered_load(plan, shop)["application"]
    seconds = 0.0
    for step, actions in plan.expected_actions().items():
        model = shop.steps[step]
        if model.polling is None:
            own = [each for each in operations_of(model) if isinstance(each, Demand)]
            mean_s = sum(each.time.mean_s for each in own if each.station == "application")
        else:
            mean_s = 0.9e-3 + 0.5e-3
        seconds += actions * mean_s
    assert found.average_erlangs == pytest.approx(seconds / plan.duration_s, rel=1e-3)


def test_a_service_that_lasts_spreads_the_peak_over_its_time():
    """Visits rise from nothing to 10 a second within 100 s. A service of 20 s has at its most
    those under way who came in the last 20 s: (10 + 8) / 2 x 20 = 180, and not 10 x 20."""
    plan = _Ramp(steady_plan("look"))
    model = ServiceModel(
        name="m",
        stations={"app": StationModel(servers=1)},
        steps={"look": StepModel(call=(demand(20.0),))},
    )
    found = offered_load(plan, model)["app"]
    assert found.peak_erlangs == pytest.approx(180, rel=2e-3)
    assert found.average_erlangs == pytest.approx(100)


class _Ramp:
    """A plan whose rate rises from 0 to `RATE_PER_S`."""

    def __init__(self, plan):
        self._plan = plan

    def rate_at(self, t_s):
        return RATE_PER_S * np.asarray(t_s) / self._plan.duration_s

    def __getattr__(self, name):
        return getattr(self._plan, name)


def test_work_of_one_phase_is_still_under_way_in_the_next():
    """Whoever came in the last 10 s of the first phase and the first 10 s of the second."""
    shop = played_campaign("flash_sale")
    first, second = phase_rates(shop)[:2]
    at_s = np.array([second.phase.start_s + 10.0])
    before = first.under_way(at_s, 12.0)[0]
    assert before == pytest.approx(2.0 * first.average_per_s / 12.0, rel=1e-3)


def test_the_peak_is_that_of_the_busiest_phase():
    plan = played_campaign("flash_sale")
    shop = read_service_model(find_service_model("reference_shop"))
    assert {each.peak_phase for each in offered_load(plan, shop).values()} == {"sale"}
    peak = max(each.peak_per_s for each in phase_rates(plan))
    assert peak == pytest.approx(plan.peak_rate_per_s)
