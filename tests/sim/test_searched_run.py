"""A search for the limit ends a simulated run as it ends a measured one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.analysis.validity import validity_of
from reports.record.manifest import EndReason, Manifest
from reports.record.reader import read_record
from sim.run import simulate_to_record
from tests.sim.plans import HandMadePlan, action, poisson
from tests.sim.plays import one_desk


@dataclass(frozen=True)
class End:
    reason: EndReason = "limit_found"
    detail: str = "broke at 4/s"


class AfterTenSeconds:
    """Ends the search at the first look from 10 s on, and knows what was written by then."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.rows_seen = 0

    def look(self, now_s: float) -> End | None:
        self.rows_seen = len(read_record(self._directory).actions)
        return End() if now_s >= 10 else None


def test_no_visit_arrives_after_the_end_and_those_in_play_are_finished(tmp_path: Path) -> None:
    plan = HandMadePlan(intended_s=poisson(4.0, 200, seed=3), actions=[action("look")])
    searches: list[AfterTenSeconds] = []

    def search(manifest: Manifest) -> AfterTenSeconds:
        assert manifest.plan.planned_visits == 200
        searches.append(AfterTenSeconds(tmp_path / "run"))
        return searches[0]

    manifest = simulate_to_record(
        plan, one_desk(service_s=0.6), tmp_path / "run", run_id="r", search=search
    )
    assert manifest.ending is not None
    assert (manifest.ending.reason, manifest.ending.at_s) == ("limit_found", 10.0)
    record = read_record(tmp_path / "run")
    assert sorted(record.actions["visit"]) == list(range(len(record.actions)))
    assert record.actions["intended_s"].max() < 10
    assert len(record.actions) > searches[0].rows_seen > 0
    assert validity_of(record).valid
    told = {each.name: each for each in manifest.invariants}
    assert all(each.held for each in told.values())
    never = 200 - len(record.actions)
    assert told["flow conservation"].evidence.startswith(
        f"200 visits: {len(record.actions)} left, {never} never arrived; "
    )
