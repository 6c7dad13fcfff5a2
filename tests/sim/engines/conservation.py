"""What holds in every run, whatever its model and whoever plays it."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from reports.record.outcome import Outcome
from scenarios.workload.plan import VisitPlan
from sim.engine.contract import Played
from tests.sim.plays import Rows


def assert_conserved(plan: VisitPlan, rows: Rows, played: Played) -> None:
    """Flow, Little's law, stock, and that every visit is somewhere."""
    assert_every_visit_is_there(plan, rows, played)
    for name, each in played.stations.items():
        left = each.arrivals - each.served - each.refused - each.abandoned
        assert left >= 0, name
        if played.unfinished == 0:
            assert left == 0, name
            if each.abandoned == 0:
                area = each.busy_area + each.queue_area
                assert area == pytest.approx(each.stays_s, rel=1e-9, abs=1e-9), name
        assert each.errors <= each.served
        assert 0.0 <= each.last_busy_s <= each.at_s == played.at_s
        if math.isfinite(each.server_area):
            assert each.busy_area >= 0
    for sku, each in played.stock.items():
        there = each.left + each.accepted + each.stranded
        missing = each.initial + each.replenished - there
        assert missing >= 0, sku
        if played.unfinished == 0:
            assert missing == 0, sku
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
