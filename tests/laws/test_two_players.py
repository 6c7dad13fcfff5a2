"""The one idea: both players play the same visits, and differ in outcomes and times only."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction

import gevent
import pytest
from gevent.event import Event

from reports.record.row import ActionRow
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.persona import Persona
from scenarios.workload.plan import plan_visits
from sim.model.model_file import find_service_model, read_service_model
from sim.model.service_model import StepModel
from sim.model.station import StationModel
from targets.adapters.contract import Reply
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.scenarios.workload.campaigns import campaign, flat, shop_funnel, two_personas
from tests.sim.plays import fixed, play, shop

PLANNED = (
    "visit", "action", "phase", "persona", "channel", "tier", "step", "sku", "quantity",
)  # fmt: skip
"""The columns that the plan decides; the instants of first actions are of it too."""


class VirtualTime:
    """Time that jumps to the next sleeper when nobody has anything left to do."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._sleepers: list[tuple[float, int, Event]] = []
        self._count = 0
        self._driver = gevent.spawn(self._drive)

    def now_s(self) -> float:
        return self._now_s

    def sleep(self, left_s: float) -> None:
        woken = Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now_s + left_s, self._count, woken))
        woken.wait()

    def _drive(self) -> None:
        while True:
            gevent.idle()
            if self._sleepers:
                instant_s, _, woken = heapq.heappop(self._sleepers)
                self._now_s = max(self._now_s, instant_s)
                woken.set()
            else:
                gevent.sleep(0.001)

    def stop(self) -> None:
        self._driver.kill()


def measured(plan: CampaignPlan, replies: Sequence[Reply] = (Reply(status=200),)) -> KeptRows:
    """The rows of the Locust player against a platform that answers at once."""
    time, rows = VirtualTime(), KeptRows()
    clock = RunClock(0.0, now=time.now_s, sleep=time.sleep)
    platform = FakePlatform(replies=replies)
    options = PlayerOptions(drain_s=1e9)
    try:
        ending = Player(plan, FakeAdapter(), platform, rows, clock, options).play()
    finally:
        time.stop()
    assert (ending.reason, ending.detail) == ("completed", "")
    return rows


def simulated(plan: CampaignPlan) -> list[ActionRow]:
    """The rows of the simulated player on a platform where every step is quick and ok."""
    steps = {step: StepModel(call=(fixed("desk", 1e-6),)) for step in plan.tables.steps}
    kept, _ = play(plan, shop(steps, desk=StationModel(servers=1000)))
    return kept.actions


def planned_columns(rows: Sequence[ActionRow]) -> list[tuple[int, ...]]:
    return sorted(tuple(getattr(row, name) for name in PLANNED) for row in rows)


def arrivals(rows: Sequence[ActionRow]) -> dict[int, float]:
    return {row.visit: row.intended_s for row in rows if row.action == 0}


def campaigns() -> dict[str, Campaign]:
    return {
        "smoke": read_campaign(find_campaign("smoke")),
        "personas": campaign(
            phases=(flat(rate_per_s=20.0, duration_s=5.0), flat(rate_per_s=60.0, name="burst")),
            funnel=shop_funnel(),
            personas=two_personas(),
        ),
        "own funnels": campaign(
            phases=(flat(rate_per_s=40.0, duration_s=5.0),),
            funnel=shop_funnel(),
            personas=(
                two_personas()[1],
                Persona(name="bot", share=Fraction(1, 4), funnel=shop_funnel()[-1:]),
            ),
        ),
    }


@pytest.mark.parametrize("seed", [1, 2, 20261111])
@pytest.mark.parametrize("name", ["smoke", "personas", "own funnels"])
def test_both_players_give_the_same_plan_columns(name, seed):
    plan = CampaignPlan(campaigns()[name], seed=seed)
    real, model = measured(plan).actions, simulated(plan)
    assert len(real) > 100
    assert planned_columns(real) == planned_columns(model)
    assert arrivals(real) == arrivals(model)


def test_the_plan_columns_are_those_of_the_plan():
    plan = CampaignPlan(campaigns()["personas"])
    asked = [
        (visit.index, position, visit.phase, visit.persona, visit.channel, visit.tier,
         action.step, action.sku, action.quantity)
        for visit in plan_visits(plan)
        for position, action in enumerate(visit.actions)
    ]  # fmt: skip
    tables = plan.tables
    words = (
        None,
        None,
        tables.phases,
        tables.personas,
        tables.channels,
        tables.tiers,
        tables.steps,
    )
    played = [
        tuple(table[code] if table else code for code, table in zip(row, words, strict=False))
        + row[7:]
        for row in planned_columns(measured(plan).actions)
    ]
    assert played == asked


def test_outcomes_shorten_visits_and_change_nothing_else():
    """A platform that refuses one call in seven, and a model that sells out and declines."""
    plan = CampaignPlan(campaigns()["smoke"])
    replies = [Reply(status=409 if k % 7 == 0 else 200) for k in range(1, 10_000)]
    real = measured(plan, replies).actions
    kept, _ = play(plan, read_service_model(find_service_model("reference_shop")))
    whole = {row[:2]: row for row in planned_columns(simulated(plan))}
    assert planned_columns(real) != planned_columns(kept.actions)
    for rows in (real, kept.actions):
        assert all(whole[row[:2]] == row for row in planned_columns(rows))
        assert arrivals(rows) == arrivals(simulated(plan))


def test_another_seed_gives_another_crowd():
    first, second = (CampaignPlan(campaigns()["smoke"], seed=seed) for seed in (1, 2))
    assert arrivals(measured(first).actions) != arrivals(measured(second).actions)


def test_actions_follow_each_other_alike():
    """An action is due when the one before has finished and the think time has passed: with
    replies at once, both players count the same instants."""
    plan = CampaignPlan(campaigns()["personas"])
    real = {row[:2]: row.intended_s for row in measured(plan).actions}
    model = {row[:2]: row.intended_s for row in simulated(plan)}
    assert model == pytest.approx(real, abs=1e-3)
