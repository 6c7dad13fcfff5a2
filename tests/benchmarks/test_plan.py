"""How fast visits are planned, beside a plain loop that plans the same campaign one by one.

Nothing here fails for being slow: `pytest tests/benchmarks/test_plan.py` prints the figures.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scenarios.workload.campaign import Campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.persona import Persona
from scenarios.workload.product_mix import product_weights
from scenarios.workload.think_time import ThinkTime
from scenarios.workload.visit import Action, Visit
from tests.benchmarks.conftest import Note
from tests.benchmarks.retimed_plan import flash_sale


def drain(plan: CampaignPlan) -> tuple[int, int]:
    """The number of visits and of actions, with every column of every chunk drawn."""
    sizes = [(len(chunk), len(chunk.step)) for chunk in plan.chunks()]
    return sum(visits for visits, _ in sizes), sum(actions for _, actions in sizes)


SPEEDS: dict[str, float] = {}


def visits_per_s(benchmark: BenchmarkFixture, visits: int) -> float:
    """At the fastest round; NaN when the tests run each benchmark once, without a clock."""
    if benchmark.stats is None:
        return math.nan
    speed = visits / benchmark.stats.stats.min
    benchmark.extra_info["visits_per_s"] = speed
    return speed


@pytest.mark.benchmark(group="plan: columns, 640,000 visits")
def test_columns_are_planned(benchmark: BenchmarkFixture, note: Note) -> None:
    plan = CampaignPlan(flash_sale(times=200))
    visits, actions = benchmark.pedantic(drain, args=(plan,), rounds=5, warmup_rounds=1)
    SPEEDS["columns"] = visits_per_s(benchmark, visits)
    note("plan.visits_per_s", SPEEDS["columns"])
    expected = sum(plan.expected_actions().values())
    assert actions == pytest.approx(expected, rel=0.01)


@pytest.mark.benchmark(group="plan: one by one, 6,400 visits")
def test_visits_are_planned_one_by_one(benchmark: BenchmarkFixture, note: Note) -> None:
    """The peer: what one writes first, with the standard library's random numbers."""
    asked = flash_sale(times=2)
    visits = benchmark.pedantic(lambda: list(visits_one_by_one(asked)), rounds=3, warmup_rounds=0)
    one_by_one_per_s = visits_per_s(benchmark, len(visits))
    note("plan.one_by_one_visits_per_s", one_by_one_per_s)
    if "columns" in SPEEDS:
        note("plan.ratio_vs_one_by_one", SPEEDS["columns"] / one_by_one_per_s)
    plan = CampaignPlan(asked)
    actions = sum(len(each.actions) for each in visits)
    assert len(visits) == pytest.approx(plan.expected_visits, rel=0.1)
    assert actions == pytest.approx(sum(plan.expected_actions().values()), rel=0.1)


def visits_one_by_one(asked: Campaign) -> Iterator[Visit]:
    draw = random.Random(asked.seed)
    ends_s = [each.end_s for each in CampaignPlan(asked).phases]
    names = [each.name for each in asked.personas]
    shares = [
        [float((phase.mix or dict(zip(names, own_shares(asked), strict=True)))[n]) for n in names]
        for phase in asked.phases
    ]
    crowd = {each.name: (pairs(each.channels), pairs(each.tiers)) for each in asked.personas}
    shop = Shop(asked)
    gaps = [draw.expovariate(1.0) for _ in range(round(asked.curve.total))]
    for index, intended_s in enumerate(asked.curve.time_of(np.cumsum(gaps)).tolist()):
        phase = bisect_left(ends_s, intended_s)
        (persona,) = draw.choices(asked.personas, shares[phase])
        channels, tiers = crowd[persona.name]
        yield Visit(
            index=index,
            intended_s=intended_s,
            phase=asked.phases[phase].name,
            persona=persona.name,
            channel=draw.choices(*channels)[0],
            tier=draw.choices(*tiers)[0],
            patience_s=persona.patience_s,
            actions=tuple(shop.actions(persona, draw)),
        )


def own_shares(asked: Campaign) -> list[Fraction]:
    return [each.share for each in asked.personas]


def pairs(shares: dict[str, Fraction]) -> tuple[list[str], list[float]]:
    return list(shares), [float(each) for each in shares.values()]


class Shop:
    """The funnel and the products with plain floats, so that no fraction slows the peer."""

    def __init__(self, asked: Campaign) -> None:
        self.steps = [(each, float(each.take), float(each.onward)) for each in asked.funnel]
        self.hot = [each.sku for each in asked.products.hot]
        self.hot_shares = [float(each.share) for each in asked.products.hot]
        self.cumulative = product_weights(asked.products).cumsum().tolist()

    def actions(self, persona: Persona, draw: random.Random) -> Iterator[Action]:
        sku, is_first = 0, True
        for step, take, onward in self.steps:
            if draw.random() < take:
                if step.product == "hot":
                    (sku,) = draw.choices(self.hot, self.hot_shares)
                elif step.product == "new" or (step.product == "same" and not sku):
                    sku = bisect_left(self.cumulative, draw.random()) + 1
                held = sku if step.product != "none" else 0
                yield Action(
                    step=step.step,
                    think_s=0.0 if is_first else pause_s(step.think, persona.think, draw),
                    sku=held,
                    quantity=step.quantity if held else 0,
                )
                is_first = False
            if onward < 1 and draw.random() >= onward * persona.keenness:
                return


def pause_s(think: ThinkTime, factor: float, draw: random.Random) -> float:
    return draw.lognormvariate(math.log(think.median_s * factor), think.sigma)
