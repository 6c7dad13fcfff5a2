"""Every campaign that ships can be played on the reference shop and is judged by what it has."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

from reports.slo.objective import SCOPES
from reports.slo.objective_file import read_objectives
from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import CAMPAIGNS, campaign_names
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import VisitChunk
from scenarios.workload.visit import ORDER_STEP
from sim.model.model_file import find_service_model, read_service_model
from targets.adapters.load import load_adapter, missing_steps

CAMPAIGN_NAMES = [each for each in campaign_names() if each != "replay"]
SHORT_S, DAY_S = 1_800.0, 86_400.0
Actions = dict[str, float]
NEEDS = {"check_out": "add_to_cart", "pay": ORDER_STEP, "track_order": ORDER_STEP}
"""What the reference shop refuses without: an empty cart has no checkout, no order no payment."""


@cache
def planned(name: str) -> tuple[CampaignPlan, tuple[VisitChunk, ...]]:
    plan = CampaignPlan(read_campaign(CAMPAIGNS / f"{name}.yaml"))
    return plan, tuple(plan.chunks())


def done_before(chunk: VisitChunk, code: int) -> np.ndarray:
    """For each action, how often its visit has done the step `code` before."""
    done = np.concatenate([[0], np.cumsum(chunk.step == code)])
    starts = np.repeat(chunk.first_action[:-1], np.diff(chunk.first_action))
    return done[:-1] - done[starts]


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
def test_campaign_has_objectives_about_what_it_plays(name: str) -> None:
    plan, _ = planned(name)
    tables = plan.tables
    known = {"step": tables.steps, "phase": tables.phases, "persona": tables.personas,
             "channel": tables.channels, "tier": tables.tiers}  # fmt: skip
    objectives = read_objectives(CAMPAIGNS / f"{name}.objectives.yaml")
    assert objectives
    for objective in objectives:
        for key, words in objective.scope.items():
            assert set(words) <= set(known[SCOPES[key]]), (objective.name, key)


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
def test_campaign_is_short_or_says_how_to_press_it(name: str) -> None:
    plan, _ = planned(name)
    assert plan.duration_s <= SHORT_S or f"doorbuster run {name} --speed" in plan.text


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
def test_steps_are_those_of_the_reference_shop_and_of_its_model(name: str) -> None:
    plan, _ = planned(name)
    assert missing_steps(load_adapter("reference"), plan.tables.steps) == ()
    model = read_service_model(find_service_model("reference_shop"))
    assert set(plan.tables.steps) <= set(model.steps)


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
def test_nobody_orders_what_is_not_on_sale(name: str) -> None:
    """The shop would say `not_on_sale`, a rejection, which no objective of success counts."""
    plan, chunks = planned(name)
    order = plan.tables.steps.index(ORDER_STEP)
    ordered = np.concatenate([chunk.sku[chunk.step == order] for chunk in chunks])
    assert len(ordered)
    assert set(np.unique(ordered).tolist()) <= set(plan.stock)


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
@pytest.mark.parametrize(("step", "needed"), NEEDS.items())
def test_nobody_does_what_the_shop_cannot_do_yet(name: str, step: str, needed: str) -> None:
    plan, chunks = planned(name)
    steps = plan.tables.steps
    if step in steps:
        for chunk in chunks:
            before = done_before(chunk, steps.index(needed))
            assert np.all(before[chunk.step == steps.index(step)] > 0)


def test_people_come_as_often_while_bots_come_on_top() -> None:
    """The law of the bot campaign: 20, 50 and 90 % bots beside 20 people a second."""
    plan, _ = planned("bot_attack")
    bots = [float((each.mix or {}).get("bot", 0)) for each in plan.campaign.phases]
    assert bots == [0.0, 0.2, 0.5, 0.0, 0.9]
    middles_s = np.array([(each.start_s + each.end_s) / 2 for each in plan.phases])
    assert plan.rate_at(middles_s) * (1 - np.array(bots)) == pytest.approx(20.0)


def test_bots_go_straight_to_the_counter() -> None:
    plan, chunks = planned("bot_attack")
    bot = plan.tables.personas.index("bot")
    for chunk in chunks:
        whose = np.repeat(chunk.persona, np.diff(chunk.first_action))
        seen = {plan.tables.steps[code] for code in np.unique(chunk.step[whose == bot])}
        assert seen == {"log_in", "place_order", "pay"}
        assert np.all(chunk.think_s[whose == bot] == 0)


def test_units_run_out_only_under_ninety_percent_bots() -> None:
    plan, chunks = planned("bot_attack")
    order = plan.tables.steps.index(ORDER_STEP)
    ordered = np.zeros(len(plan.tables.phases), dtype=int)
    for chunk in chunks:
        phase = np.repeat(chunk.phase, np.diff(chunk.first_action))
        ordered += np.bincount(phase[chunk.step == order], minlength=len(ordered))
    units = sum(plan.stock.values())
    assert ordered[:-1].sum() < units < ordered.sum() / 3


@pytest.mark.parametrize("name", ["soak", "ordinary_day"])
def test_an_ordinary_crowd_orders_as_often_as_the_documents_say(name: str) -> None:
    """3.3 to 3.5 % of the visitors order; view -> cart 25 %, checkout 15 %, paid 10.5 %."""
    expected = planned(name)[0].expected_actions()
    assert 0.033 < expected["place_order"] / expected["open_home"] < 0.035
    for step, ratio in (("add_to_cart", 0.25), ("check_out", 0.15), ("pay", 0.105)):
        assert expected[step] / expected["view_product"] == pytest.approx(ratio)


def test_an_ordinary_day_brings_the_orders_of_the_small_platform() -> None:
    plan, _ = planned("ordinary_day")
    assert plan.duration_s == DAY_S
    assert plan.expected_actions()["place_order"] == pytest.approx(2_500, rel=0.01)


def test_the_evening_hump_is_the_busiest_time_of_an_ordinary_day() -> None:
    plan, _ = planned("ordinary_day")
    hours = plan.rate_at(np.arange(24) * 3600.0)
    assert 19 <= int(np.argmax(hours)) <= 21
    assert int(np.argmin(hours)) == 3


@cache
def expected_in(name: str, phase: str, first_s: float | None = None) -> tuple[float, Actions]:
    """Expected visits and actions of one phase, or of its first seconds."""
    campaign = planned(name)[0].campaign
    [asked] = [each for each in campaign.phases if each.name == phase]
    if first_s is not None:
        asked = dataclasses.replace(asked, duration_s=first_s)
    plan = CampaignPlan(dataclasses.replace(campaign, phases=(asked,)))
    return plan.expected_visits, plan.expected_actions()


def day_of_double11(step: str) -> float:
    """Expected actions of the 24 hours from midnight on."""
    phases = [each.name for each in planned("double11")[0].phases]
    assert phases[0] == "preheat"
    return sum(expected_in("double11", each)[1][step] for each in phases[1:])


def a_second_of_midnight(step: str, at_s: float) -> float:
    until = expected_in("double11", "midnight", at_s + 1.0)[1][step]
    return until - expected_in("double11", "midnight", at_s)[1][step] if at_s else until


def test_the_peak_second_of_double11_is_as_far_above_the_day_as_the_sources_say() -> None:
    """35 to 41 times the day's mean, and over within 30 s or so."""
    mean_per_s = day_of_double11("place_order") / DAY_S
    peak = a_second_of_midnight("place_order", 0.0)
    assert 35 < peak / mean_per_s < 41
    for later_s in (30.0, 60.0, 300.0, 360.0, 600.0, 1_800.0):
        assert a_second_of_midnight("place_order", later_s) < peak


def test_payments_peak_five_to_ten_minutes_after_the_orders_of_midnight() -> None:
    """At 0.5 (2009) to 0.8 (2017) of the order peak."""
    minutes = (0, 3, 4, 5, 6, 7, 8, 10, 11, 20)
    paid = [a_second_of_midnight("pay", 60.0 * each) for each in minutes]
    assert 5 <= minutes[int(np.argmax(paid))] <= 10
    assert 0.45 < max(paid) / a_second_of_midnight("place_order", 0.0) < 0.8


def test_the_first_day_s_peak_brings_its_share_of_the_revenue() -> None:
    """28.6 % from 10:00 to 12:00; a flash sale converts 12.3 % of its visitors."""
    [peak] = [each for each in planned("double11")[0].phases if each.name == "peak"]
    assert (peak.start_s, peak.end_s) == (12 * 3600.0, 14 * 3600.0)
    visits, actions = expected_in("double11", "peak")
    assert actions["place_order"] / day_of_double11("place_order") == pytest.approx(
        0.286, abs=0.005
    )
    assert actions["place_order"] / visits == pytest.approx(0.123, abs=0.002)


def test_six_times_the_visitors_come_in_the_first_hour_of_double11() -> None:
    """+500 % over an ordinary hour: 2,500 of the peak day's 8,000 orders, at 3.4 %."""
    ordinary = day_of_double11("place_order") * 2_500 / 8_000 / 0.034 / 24
    assert expected_in("double11", "midnight")[0] / ordinary == pytest.approx(6.0, rel=0.02)
