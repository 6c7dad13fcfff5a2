"""Each law of conservation is broken by a change of one total and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.engine.conservation import (
    FLOW,
    LITTLE,
    OVERSELL,
    STOCK,
    ConservationError,
    Sums,
    broken_laws,
    invariants_of,
    refuse_unconserved,
)
from sim.engine.contract import Played
from sim.model.call import Admission, Hold, TakeStock
from sim.model.distribution import deterministic
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel, TokenBucketModel
from tests.sim.plans import HandMadePlan, action
from tests.sim.plays import fixed, play, shop

VISITS = 24


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    """Everything that the laws are about: a bucket, stock, a pool, a queue and a shared server."""
    call = (
        Admission(bucket="door"),
        TakeStock(),
        Hold(station="pool", call=(fixed("desk", 1.0), fixed("shared", 0.5))),
    )
    return shop(
        {"look": StepModel(call=call)},
        parts={"buckets": {"door": TokenBucketModel(rate_per_s=4.0, burst=5.0)}},
        pool=StationModel(servers=5),
        desk=StationModel(servers=2, queue_limit=1, patience=deterministic(0.6)),
        shared=StationModel(servers=1, sharing=True),
    )


@pytest.fixture(scope="module")
def played(model) -> Played:
    """Ended while visits wait, are served and hold: everybody counts."""
    plan = HandMadePlan(
        intended_s=[0.125 * k for k in range(VISITS)],
        actions=[action("look", sku=7), action("look", 0.5, sku=7)],
        stock={7: 50},
    )
    return play(plan, model, in_flight_limit=6, drain_s=0.7)[1]


def names_broken(played: Played, model: ServiceModel, **given) -> list[str]:
    given = {"planned_visits": VISITS, **given}
    return [each.name for each in invariants_of(played, model, **given) if not each.held]


def test_all_laws_hold_of_a_run_that_ends_in_the_middle(model, played):
    desk, crowd = played.stations["desk"], played.crowd
    assert min(desk.served, desk.refused, desk.abandoned, desk.remaining) > 0
    assert min(crowd.left, crowd.not_sent, crowd.in_play, played.unfinished) > 0
    assert min(each.remaining for each in played.stations.values()) > 0
    assert min(played.admissions["door"]) > 0
    assert played.stock[7].in_tasks > 0
    assert names_broken(played, model) == []
    refuse_unconserved(played, model)


def test_the_evidence_tells_where_everybody_is(model, played):
    told = {each.name: each.evidence for each in invariants_of(played, model)}
    crowd, desk = played.crowd, played.stations["desk"]
    assert told[FLOW].startswith(
        f"{VISITS} visits: {crowd.left} left, {crowd.not_sent} not sent, "
        f"{crowd.in_play} in play at the end; "
    )
    assert f"{desk.abandoned} out of patience" in told[FLOW]
    # The visits in play; at the station, in the queue and in service of two; at the shared one.
    assert told[LITTLE].startswith("8 areas under a number there are the sums of the times there")
    assert told[STOCK].startswith("50 units at the start: ")


def change(played: Played, part: str, name: str, **more: float) -> Played:
    """Adds to the totals of one station, SKU or, without a name, of all visits."""
    parts = getattr(played, part)
    of = parts[name] if name else parts
    changed = replace(of, **{key: getattr(of, key) + value for key, value in more.items()})
    return replace(played, **{part: {**parts, name: changed} if name else changed})


@pytest.mark.parametrize(
    ("part", "name", "more", "law"),
    [
        ("crowd", "", {"left": 1}, FLOW),
        ("crowd", "", {"not_sent": -1}, FLOW),
        ("crowd", "", {"in_play": 1}, FLOW),
        ("stations", "desk", {"arrivals": 1}, FLOW),
        ("stations", "desk", {"served": -1}, FLOW),
        ("stations", "shared", {"refused": 1}, FLOW),
        ("stations", "pool", {"remaining": 1}, FLOW),
        ("stations", "desk", {"abandoned": 1}, FLOW),
        ("crowd", "", {"in_play_area": 0.01}, LITTLE),
        ("crowd", "", {"sojourns_s": 0.01}, LITTLE),
        ("stations", "desk", {"queue_area": 0.01, "busy_area": -0.01}, LITTLE),
        ("stations", "desk", {"waits_s": 0.01}, LITTLE),
        ("stations", "desk", {"abandoned_waits_s": 0.01}, LITTLE),
        ("stations", "desk", {"remaining_waits_s": 0.01}, LITTLE),
        ("stations", "pool", {"remaining_stays_s": 0.01}, LITTLE),
        ("stations", "shared", {"busy_area": 0.01}, LITTLE),
        ("stock", 7, {"left": 1}, STOCK),
        ("stock", 7, {"in_tasks": -1}, STOCK),
        ("stock", 7, {"replenished": 1}, STOCK),
        ("stock", 7, {"accepted": 100, "left": -100}, OVERSELL),
    ],
)
def test_a_wrong_total_breaks_its_law_and_no_other(model, played, part, name, more, law):
    assert names_broken(change(played, part, name, **more), model) == [law]


@pytest.mark.parametrize("more", [{"tasks_begun": 1}, {"tasks_ended": 1}, {"unfinished": -1}])
def test_every_task_is_somewhere(model, played, more):
    wrong = replace(played, **{key: getattr(played, key) + each for key, each in more.items()})
    assert names_broken(wrong, model) == [FLOW]


def test_a_bucket_lets_in_no_more_than_it_had_tokens(model, played):
    let_in = int(5 + 4 * played.at_s)
    for more, broken in ((let_in, []), (let_in + 1, [FLOW])):
        assert names_broken(replace(played, admissions={"door": (more, 0)}), model) == broken


def test_only_a_run_that_is_cut_short_may_have_visits_that_never_arrive(model, played):
    assert names_broken(played, model, planned_visits=VISITS + 3) == [FLOW]
    assert names_broken(played, model, planned_visits=VISITS + 3, is_cut_short=True) == []
    assert names_broken(played, model, planned_visits=VISITS - 1, is_cut_short=True) == [FLOW]
    cut, *_ = invariants_of(played, model, planned_visits=VISITS + 3, is_cut_short=True)
    assert f"{VISITS + 3} visits" in cut.evidence
    assert "3 never arrived" in cut.evidence


def test_a_broken_law_is_refused_with_the_figures_that_show_it(model, played):
    desk, wrong = played.stations["desk"], change(played, "stations", "desk", arrivals=1)
    with pytest.raises(
        ConservationError, match=f"flow conservation: at desk {desk.arrivals + 1} arrivals"
    ):
        refuse_unconserved(wrong, model)


def test_to_oversell_is_a_models_own_affair(model, played):
    wrong = change(played, "stock", 7, accepted=100, left=-100)
    refuse_unconserved(wrong, model)
    assert broken_laws(invariants_of(wrong, model)) == ()


def test_sums_may_differ_by_the_rounding_of_their_additions_and_no_more():
    def sums(apart: float, comers: int) -> Sums:
        return Sums("here", 1.0 + apart, 1.0, scale_s=1.0, comers=comers)

    assert sums(5e-10, comers=1).agree
    assert not sums(2e-9, comers=1).agree
    # 8 additions for each of 100 million, each off by at most 2^-53 of the sum: 8.9e-8.
    assert sums(8e-8, comers=100_000_000).agree
    assert not sums(1e-7, comers=100_000_000).agree
    assert not Sums("here", 0.0, 1e-3, scale_s=1e-3, comers=0).agree
