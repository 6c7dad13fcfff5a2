"""A plan's summary says what the plan will do."""

from __future__ import annotations

import pytest

from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Phase
from scenarios.workload.plan_summary import summary_of
from scenarios.workload.shape_keys import Spike
from tests.scenarios.workload.campaigns import campaign, flat, shop_funnel, two_personas

SPIKE = Spike(to_per_s=90.0, settle_per_s=10.0, half_life_s=1.0)


def test_summary_counts_the_visits_that_the_plan_has() -> None:
    plan = CampaignPlan(campaign(phases=(flat(rate_per_s=20_000.0),)))
    assert summary_of(plan).planned_visits == sum(len(each) for each in plan.chunks())


def test_visits_of_the_phases_add_up() -> None:
    sale = Phase(name="sale", duration_s=5.0, spike=SPIKE)
    summary = summary_of(CampaignPlan(campaign(phases=(flat(), sale))))
    assert [each.peak_rate_per_s for each in summary.phases] == [100.0, 90.0]
    assert summary.peak_rate_per_s == 100.0
    total = sum(each.expected_visits for each in summary.phases)
    assert total == pytest.approx(summary.expected_visits)


def test_orders_are_the_actions_of_the_order_step() -> None:
    plan = CampaignPlan(campaign(personas=two_personas(), funnel=shop_funnel()))
    summary = summary_of(plan)
    assert summary.expected_orders == plan.expected_actions()["place_order"] > 0
    assert summary_of(CampaignPlan(campaign())).expected_orders == 0
