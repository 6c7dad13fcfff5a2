"""Rules that hold for every simulated run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reports.documents.mistake import DocumentError
from reports.record.outcome import Outcome
from sim.event_engine.visit import VISITS_A_SLICE
from sim.model.call import Demand, Lookup
from sim.model.distribution import exponential
from sim.model.model_file import find_service_model, read_service_model
from sim.model.service_model import StepModel
from sim.model.station import CacheModel, Fault, StationModel
from tests.sim.plans import FUNNEL, HandMadePlan, action, funnel, poisson
from tests.sim.plays import fixed, one_desk, shop


@pytest.fixture(scope="module")
def reference_shop():
    return read_service_model(find_service_model("reference_shop"))


def busy_plan(**more) -> HandMadePlan:
    """600 visits in about 2 s to one product with 200 units, impatient."""
    given = {"patience_s": 0.6, "stock": {1: 200}, "chunk": 97, **more}
    return HandMadePlan(
        intended_s=poisson(300.0, 600, seed=4), actions=funnel(think_s=0.05), **given
    )


def test_every_planned_visit_is_exactly_one_first_action(play, reference_shop):
    rows, played = play(busy_plan(), reference_shop, in_flight_limit=200, timeout_s=2.0)
    first = sorted(each.visit for each in rows.actions if each.action == 0)
    assert first == list(range(600))
    assert played.visits == 600
    assert {Outcome.OK, Outcome.REJECTED, Outcome.NOT_SENT} <= {
        each.outcome for each in rows.actions
    }


def test_actions_of_a_visit_are_consecutive_and_only_the_last_may_not_be_ok(play, reference_shop):
    rows, _ = play(busy_plan(), reference_shop, in_flight_limit=200, timeout_s=2.0)
    by_visit: dict[int, list] = {}
    for each in rows.actions:
        by_visit.setdefault(each.visit, []).append(each)
    for actions in by_visit.values():
        assert [each.action for each in actions] == list(range(len(actions)))
        assert all(each.outcome == Outcome.OK for each in actions[:-1])


def test_the_same_seed_gives_the_same_bytes(play, reference_shop):
    once, _ = play(busy_plan(), reference_shop, seed=5)
    again, _ = play(busy_plan(), reference_shop, seed=5)
    other, _ = play(busy_plan(), reference_shop, seed=6)
    assert repr(once.actions) == repr(again.actions)
    assert once.gauges == again.gauges
    assert repr(once.actions) != repr(other.actions)


@pytest.mark.parametrize("lost", [0, 5])
def test_a_lost_shard_fails_those_of_its_visits_that_begin_there_before_its_failover(play, lost):
    shards = StationModel(servers=1, copies=8, chosen_by="visit")
    model = shop(
        {"look": StepModel(call=(fixed("shards", 0.25),))},
        shards=shards,
    )
    fault = Fault(at_s=10.0, for_s=20.0, station="shards", copy=lost, errors=1.0)
    plan = HandMadePlan(intended_s=[0.5 * k for k in range(80)], actions=[action("look")])
    rows, _ = play(plan, replace(model, faults=(fault,)))
    failed = {each.visit for each in rows.actions if each.outcome == Outcome.FAILED}
    assert failed == {k for k in range(80) if k % 8 == lost and 10.0 <= 0.5 * k < 30.0}


@pytest.mark.parametrize("sharing", [False, True])
def test_all_copies_together_are_as_busy_as_their_station(play, sharing):
    """At each gauge, also when servers are lost while they serve."""
    shards = StationModel(servers=2, copies=3, chosen_by="random", sharing=sharing)
    faults = (Fault(at_s=5.0, for_s=6.0, station="shards", servers=1),)
    step = StepModel(call=(Demand(station="shards", time=exponential(0.3)),))
    plan = HandMadePlan(intended_s=poisson(15.0, 300, seed=2), actions=[action("look")])
    rows, _ = play(plan, shop({"look": step}, shards=shards, parts={"faults": faults}))
    together: dict[float, list[float]] = {}
    for each in rows.copies:
        together.setdefault(each.t_s, []).append(each.value)
    station = {
        each.t_s: each.value for each in rows.gauges if each.name == "utilisation_ratio:shards"
    }
    assert any(abs(max(each) - min(each)) > 0.1 for each in together.values())
    assert {at_s: sum(each) / 3 for at_s, each in together.items()} == pytest.approx(station)


def test_the_size_of_a_chunk_changes_nothing(play, reference_shop):
    small, _ = play(busy_plan(chunk=7), reference_shop)
    large, _ = play(busy_plan(chunk=600), reference_shop)
    assert repr(small.actions) == repr(large.actions)


def test_a_chunk_larger_than_a_slice_is_played_whole(play):
    n = 2 * VISITS_A_SLICE + 5
    plan = HandMadePlan(
        intended_s=[0.001 * k for k in range(n)],
        actions=[action("look"), action("look", 0.5)],
        chunk=n,
    )
    rows, _ = play(plan, one_desk(service_s=0.1, servers=float("inf")))
    played = sorted((each.visit, each.action, each.intended_s) for each in rows.actions)
    assert [(visit, position) for visit, position, _ in played] == [
        (visit, position) for visit in range(n) for position in (0, 1)
    ]
    assert [at_s for _, position, at_s in played if not position] == plan.intended_s


def test_another_station_shifts_no_stations_numbers(play):
    """The service times at `app` stay the same, number by number, beside a new station."""
    app = Demand(station="app", time=exponential(0.5))
    extra = Demand(station="extra", time=exponential(0.1))
    unlimited = StationModel(servers=float("inf"))
    plan = HandMadePlan(intended_s=[100.0 * k for k in range(100)], actions=[action("look")])
    alone = shop({"look": StepModel(call=(app,))}, app=unlimited)
    beside = shop({"look": StepModel(call=(extra, app))}, app=unlimited, extra=unlimited)
    only_extra = shop({"look": StepModel(call=(extra,))}, extra=unlimited)

    def durations(model):
        rows, _ = play(plan, model)
        return np.array([each.finished_s - each.started_s for each in rows.actions])

    np.testing.assert_allclose(
        durations(beside) - durations(only_extra), durations(alone), atol=1e-9
    )


def test_levels_are_read_every_second(play):
    """Services end at 1.25, 2.5 and 3.75 s."""
    plan = HandMadePlan(intended_s=[0.0, 0.0, 0.0], actions=[action("look")], stock={})
    rows, _ = play(plan, one_desk(service_s=1.25))
    read = {(each.t_s, each.name): each.value for each in rows.gauges}
    assert [read[t, "in_flight"] for t in (0.0, 1.0, 2.0, 3.0)] == [0.0, 3.0, 2.0, 1.0]
    assert [read[t, "queue_length:desk"] for t in (1.0, 2.0, 3.0)] == [2.0, 1.0, 0.0]
    assert read[3.0, "utilisation_ratio:desk"] == 1.0
    assert {t for t, _ in read} == {0.0, 1.0, 2.0, 3.0}


def test_a_plan_with_a_step_that_the_model_lacks_is_refused_before_it_is_played(play):
    plan = HandMadePlan(intended_s=[0.0], actions=[action("look"), action("haggle", 1.0)])
    with pytest.raises(DocumentError, match="no demand for haggle"):
        play(plan, one_desk())


def test_a_plan_without_visits_is_played(play):
    rows, played = play(HandMadePlan(intended_s=[], actions=[action("look")]), one_desk())
    assert rows.actions == []
    assert played.visits == 0


def test_the_reference_model_plays_the_whole_reference_funnel(play, reference_shop):
    plan = HandMadePlan(intended_s=[0.0], actions=funnel(), stock={1: 1})
    rows, _ = play(plan, reference_shop)
    assert [plan.tables.steps[each.step] for each in rows.actions] == list(FUNNEL)


def test_a_product_comes_from_the_database_once_while_the_cache_keeps_it(play):
    """At 0, 5, 10, ... 25 s with 12 s in the cache: misses at 0 and 15 s, then at 30 s no more."""
    look = StepModel(call=(fixed("app", 0.1), Lookup(cache="db", call=(fixed("db", 1.0),))))
    model = shop(
        {"look": look},
        parts={"caches": {"db": CacheModel(ttl_s=12.0)}},
        app=StationModel(servers=1),
        db=StationModel(servers=1),
    )
    arrivals = [5.0 * k for k in range(6)]
    rows, _ = play(HandMadePlan(intended_s=arrivals, actions=[action("look", sku=7)]), model)
    took_s = [each.finished_s - each.started_s for each in rows.actions]
    assert took_s == pytest.approx([1.1, 0.1, 0.1, 1.1, 0.1, 0.1])


def test_products_on_sale_are_cached_from_the_start(play):
    look = StepModel(call=(Lookup(cache="db", call=(fixed("db", 1.0),)), fixed("app", 0.1)))
    model = shop(
        {"look": look},
        parts={"caches": {"db": CacheModel(ttl_s=60.0)}},
        app=StationModel(servers=1),
        db=StationModel(servers=1),
    )
    plan = HandMadePlan(intended_s=[1.0], actions=[action("look", sku=7)], stock={7: 1})
    rows, _ = play(plan, model)
    assert rows.actions[0].finished_s == pytest.approx(1.1)
