"""Every campaign that ships can be played on the reference shop and is judged by what it has."""

from __future__ import annotations

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
from sim.model_file import find_service_model, read_service_model
from targets.adapters.load import load_adapter, missing_steps

CAMPAIGN_NAMES = [each for each in campaign_names() if each != "replay"]
SHORT_S = 1800.0
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


def test_an_ordinary_crowd_orders_as_often_as_the_documents_say() -> None:
    """3.3 to 3.5 % of the visitors order; view -> cart 25 %, checkout 15 %, paid 10.5 %."""
    for name in ("soak",):
        expected = planned(name)[0].expected_actions()
        assert 0.033 < expected["place_order"] / expected["open_home"] < 0.035
        for step, ratio in (("add_to_cart", 0.25), ("check_out", 0.15), ("pay", 0.105)):
            assert expected[step] / expected["view_product"] == pytest.approx(ratio)
