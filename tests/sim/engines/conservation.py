"""What holds in every run, whatever its model and whoever plays it."""

from __future__ import annotations

import math
from collections import Counter

from reports.record.outcome import Outcome
from scenarios.workload.plan import VisitPlan
from sim.engine.conservation import OVERSELL, invariants_of
from sim.engine.contract import Played
from sim.model.service_model import ServiceModel
from tests.sim.plays import Rows


def assert_conserved(plan: VisitPlan, model: ServiceModel, rows: Rows, played: Played) -> None:
    """Flow, Little's law, stock, and that every visit is somewhere."""
    assert_every_visit_is_there(plan, rows, played)
    for law in invariants_of(played, model, planned_visits=int(plan.expected_visits)):
        assert law.held or law.name == OVERSELL, law.evidence
    for each in played.stations.values():
        if played.unfinished == 0:
            assert each.remaining == 0
        assert each.errors <= each.served
        assert 0.0 <= each.last_busy_s <= each.at_s == played.at_s
        if math.isfinite(each.server_area):
            assert each.busy_area >= 0
    for each in played.stock.values():
        assert each.in_tasks == 0 or played.unfinished
        assert 0.0 <= each.out_of_stock_s <= played.at_s
    for each in played.marks.values():
        assert each.histogram.sum() == each.count >= each.in_time


def assert_every_visit_is_there(plan: VisitPlan, rows: Rows, played: Played) -> None:
    assert played.visits == plan.expected_visits
    assert played.actions == len(rows.actions)
    finished = [each.finished_s for each in rows.actions if each.outcome != Outcome.NOT_SENT]
    assert finished == sorted(finished)
    by_visit = Counter(each.visit for each in rows.actions)
    if played.unfinished == 0:
        assert len(by_visit) == played.visits
    assert len({each[:2] for each in rows.actions}) == len(rows.actions)
    for visit, actions in by_visit.items():
        assert {each.action for each in rows.actions if each.visit == visit} == set(range(actions))
        break
