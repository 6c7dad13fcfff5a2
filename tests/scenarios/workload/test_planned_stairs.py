"""A plan and its manifest know the stairs of a search, on the clock of the run."""

from __future__ import annotations

from pathlib import Path

from reports.record.manifest import Stair, read_manifest, write_manifest
from reports.record.planned import plan_facts
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Phase, Stairs
from tests.reports.records import manifest_of
from tests.scenarios.workload.campaigns import campaign, flat


def plan(*, duration_s: float = 20.0, until: str | None = "broken") -> CampaignPlan:
    shape = Stairs(
        from_per_s=30.0, by_per_s=20.0, every_s=10.0, settle_s=2.0 * (until is not None),
        until=until,
    )  # fmt: skip
    warm_up = flat(duration_s=5.0, name="warm-up")
    return CampaignPlan(
        campaign(phases=(warm_up, Phase(name="ramp", duration_s=duration_s, step=shape)))
    )


STAIRS = (
    Stair(rate_per_s=30.0, start_s=5.0, duration_s=10.0, settle_s=2.0),
    Stair(rate_per_s=50.0, start_s=15.0, duration_s=10.0, settle_s=2.0),
)


def test_stairs_begin_where_their_phase_does() -> None:
    facts = plan_facts(plan())
    assert facts.phases[0].stairs == ()
    assert facts.phases[1].stairs == STAIRS


def test_a_stair_that_the_phase_cuts_short_is_not_judged() -> None:
    assert plan_facts(plan(duration_s=29.0)).phases[1].stairs == STAIRS


def test_stairs_that_search_for_nothing_are_a_shape_and_no_more() -> None:
    assert plan_facts(plan(until=None)).phases[1].stairs == ()


def test_a_manifest_keeps_its_stairs(tmp_path: Path) -> None:
    manifest = manifest_of(phases=plan_facts(plan()).phases)
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path).plan.phases[1].stairs == STAIRS


def test_a_rate_that_is_amplified_is_that_of_its_stairs() -> None:
    twice = CampaignPlan(plan().campaign, amplify=2.0)
    assert [each.rate_per_s for each in twice.phases[1].stairs] == [60.0, 100.0]
