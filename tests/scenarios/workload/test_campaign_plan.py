"""A campaign's plan: the stream has the means that it is drawn from, and is always the same."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from reports.record.planned import plan_facts
from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Phase
from scenarios.workload.plan import VisitChunk, plan_visits
from tests.scenarios.workload.campaigns import campaign, flat, shop_funnel, two_personas

COLUMNS = [each.name for each in dataclasses.fields(VisitChunk) if "index" not in each.name]
DIGEST = """
import sys, hashlib
from tests.scenarios.workload.test_campaign_plan import digest, shop_campaign
print(digest(shop_campaign()))
"""


def shop_campaign(*, visits: int = 200_000) -> Campaign:
    """Two phases with different crowds, over several slabs."""
    half_s = visits / 2 / 1_000.0
    return campaign(
        phases=(
            Phase(name="one", duration_s=half_s, at_per_s=1_000.0),
            Phase(name="two", duration_s=half_s, at_per_s=1_000.0, mix={"keen": Fraction(1)}),
        ),
        personas=two_personas(),
        funnel=shop_funnel(),
    )


def digest(asked: Campaign) -> str:
    """SHA-256 over the bytes of every column of every chunk."""
    sum_ = hashlib.sha256()
    for chunk in CampaignPlan(asked).chunks():
        for name in COLUMNS:
            sum_.update(getattr(chunk, name).tobytes())
    return sum_.hexdigest()


def same_bytes(one: VisitChunk, other: VisitChunk, *, but: tuple[str, ...] = ()) -> bool:
    names = [each for each in COLUMNS if each not in but]
    return all(np.array_equal(getattr(one, each), getattr(other, each)) for each in names)


def test_same_seed_gives_the_same_bytes_in_every_process() -> None:
    command = [sys.executable, "-c", DIGEST]
    path = ":".join(sys.path)
    said = {
        subprocess.run(
            command,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {digest(shop_campaign())}


def test_other_seed_gives_other_visits() -> None:
    asked = shop_campaign(visits=1_000)
    assert digest(asked) != digest(dataclasses.replace(asked, seed=2))
    assert CampaignPlan(asked, seed=2).seed == 2


def test_chunk_alone_is_the_chunk_in_sequence() -> None:
    plan = CampaignPlan(shop_campaign())
    in_sequence = list(plan.chunks())
    assert len(in_sequence) > 2
    alone = plan.chunk(2, in_sequence[2].first_index)
    assert same_bytes(alone, in_sequence[2])


def test_visits_are_numbered_without_gaps_over_chunks() -> None:
    first_index = 0
    for chunk in CampaignPlan(shop_campaign()).chunks():
        assert chunk.first_index == first_index
        first_index += len(chunk)
    assert first_index > 100_000


def test_arrivals_and_products_do_not_shift_when_pauses_change() -> None:
    """Every kind of draw has its own stream."""
    asked = shop_campaign(visits=5_000)
    personas = tuple(dataclasses.replace(each, think=9.0) for each in asked.personas)
    other = dataclasses.replace(asked, personas=personas)
    before, after = (next(CampaignPlan(each).chunks()) for each in (asked, other))
    assert same_bytes(before, after, but=("think_s",))
    assert not np.array_equal(before.think_s, after.think_s)


def test_actions_are_as_frequent_as_expected() -> None:
    """Each step's count is binomial over the visits, so 4 standard errors hold for this seed."""
    plan = CampaignPlan(shop_campaign())
    counts = np.zeros(len(plan.tables.steps))
    visits = 0
    for chunk in plan.chunks():
        counts += np.bincount(chunk.step, minlength=len(counts))
        visits += len(chunk)
    expected = np.array(list(plan.expected_actions().values()))
    assert visits == pytest.approx(plan.expected_visits, abs=4 * np.sqrt(plan.expected_visits))
    assert np.all(np.abs(counts - expected) < 4 * np.sqrt(expected) * 1.5)


def test_expected_actions_are_survival_times_take() -> None:
    """Worked by hand: keen goes on with min(1, 1.5 x 90 %) and 75 %, slow with 90 % and 50 %."""
    expected = CampaignPlan(shop_campaign(visits=8_000)).expected_actions()
    keen, slow = 4_000 * 0.25 + 4_000, 4_000 * 0.75
    assert expected["open_home"] == pytest.approx(8_000)
    assert expected["search"] == pytest.approx(0.3 * (keen + 0.9 * slow))
    assert expected["place_order"] == pytest.approx(0.75 * keen + 0.9 * 0.5 * slow)
    assert expected["view_product"] == pytest.approx(keen * 1.375 + slow * 0.9 * 1.25)


def test_crowd_of_a_phase_follows_its_mix() -> None:
    plan = CampaignPlan(shop_campaign())
    personas = [
        plan.tables.personas[code]
        for chunk in plan.chunks()
        for code in np.unique(chunk.persona[chunk.phase == 1])
    ]
    assert set(personas) == {"keen"}
    first = next(plan.chunks())
    keen = int((first.persona[first.phase == 0] == 0).sum())
    assert stats.binomtest(keen, int((first.phase == 0).sum()), 0.25).pvalue > 0.01


def test_shopper_has_the_pace_and_patience_of_the_persona() -> None:
    plan = CampaignPlan(shop_campaign(visits=5_000))
    for visit in plan_visits(plan):
        assert visit.patience_s == {"keen": 5.0, "slow": 30.0}[visit.persona]
        pauses_s = [each.think_s for each in visit.actions if each.step == "log_in"]
        assert pauses_s in ([], [0.25 * {"keen": 0.5, "slow": 2.0}[visit.persona]])


def test_quantity_stands_only_where_a_product_does() -> None:
    for visit in plan_visits(CampaignPlan(shop_campaign(visits=2_000))):
        for action in visit.actions:
            expected = {"open_home": 0, "log_in": 0, "place_order": 2}.get(action.step, 1)
            assert action.quantity == expected


def test_memory_does_not_grow_with_the_length() -> None:
    peaks_bytes = []
    for visits in (150_000, 1_500_000):
        plan = CampaignPlan(shop_campaign(visits=visits))
        tracemalloc.start()
        for _ in plan.chunks():
            pass
        peaks_bytes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks_bytes[1] < 1.2 * peaks_bytes[0]


def test_rate_and_phases_are_those_of_the_campaign() -> None:
    asked = campaign(phases=(flat(name="a", rate_per_s=5), flat(name="b", rate_per_s=7)))
    plan = CampaignPlan(asked)
    assert plan.rate_at(np.array([0.0, 9.9, 10.0, 20.0])).tolist() == [5, 5, 7, 0]
    assert [(each.name, each.start_s, each.end_s) for each in plan.phases] == [
        ("a", 0.0, 10.0),
        ("b", 10.0, 20.0),
    ]
    assert plan.duration_s == 20.0


def test_campaign_without_arrivals_has_no_chunk() -> None:
    asked = campaign(phases=(flat(rate_per_s=0.0),))
    assert list(CampaignPlan(asked).chunks()) == []
    assert set(CampaignPlan(asked).expected_actions().values()) == {0.0}


def test_plan_gives_a_manifest_its_facts() -> None:
    plan = CampaignPlan(shop_campaign(visits=4_000))
    facts = plan_facts(plan)
    assert facts.planned_visits == sum(len(chunk) for chunk in plan.chunks())
    assert facts.stock == {7: 50}


def test_flash_sale_sells_out_one_product_during_the_sale() -> None:
    """The story of the default rehearsal, before any reply delays it."""
    plan = CampaignPlan(read_campaign(find_campaign("flash_sale")))
    sale = next(each for each in plan.phases if each.name == "sale")
    ordered_s: dict[int, list[float]] = {sku: [] for sku in plan.stock}
    for visit in plan_visits(plan):
        at_s = visit.intended_s
        for action in visit.actions:
            at_s += action.think_s
            if action.step == "place_order":
                ordered_s[action.sku].append(at_s)
    sold_out = [sku for sku, units in plan.stock.items() if len(ordered_s[sku]) >= units]
    assert sold_out == [1]
    assert sale.start_s < sorted(ordered_s[1])[plan.stock[1] - 1] < sale.end_s
