"""Runs of every kind that a report must be able to show."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from reports.record.manifest import Ending, Invariant
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.record.row import GaugeRow
from tests.reports.records import manifest_of, record_of, row, shop_record

HOSTILE = '<script>alert(1)</script> & "quoted" 双十一 $x$ \x08'


def empty(directory: Path) -> RunRecord:
    return record_of(directory, [])


def killed(directory: Path) -> RunRecord:
    return record_of(directory, [row(k, intended_s=float(k)) for k in range(5)], ending=None)


def interrupted(directory: Path) -> RunRecord:
    return record_of(directory, [row(0)], ending=Ending(reason="interrupted", at_s=0.5))


def behind(directory: Path) -> RunRecord:
    return record_of(directory, [row(k, lag_s=2.0, response_time_s=2.1) for k in range(2000)])


def nothing_sent(directory: Path) -> RunRecord:
    return record_of(directory, [row(k, outcome=Outcome.NOT_SENT) for k in range(9)])


def one_action(directory: Path) -> RunRecord:
    return record_of(directory, [row(0, response_time_s=0.0)])


def hostile(directory: Path) -> RunRecord:
    """Every text that comes from outside tries to break the page."""
    manifest = manifest_of(
        planned_visits=2, run_id=HOSTILE, notes=(HOSTILE,), objectives_text="",
        target={"url": HOSTILE}, host={HOSTILE: HOSTILE},
    )  # fmt: skip
    phases = tuple(dataclasses.replace(each, name=HOSTILE) for each in manifest.plan.phases)
    tables = {**manifest.plan.tables, "step": (HOSTILE, *manifest.plan.tables["step"][1:])}
    plan = dataclasses.replace(
        manifest.plan, name=HOSTILE, text=HOSTILE, phases=phases, stock={1: 5},
        tables={**tables, "phase": (HOSTILE,) * 1 + ("b", "c")}, expected_actions={HOSTILE: 2.0},
    )  # fmt: skip
    invariant = Invariant(name=HOSTILE, held=False, evidence=HOSTILE)
    return record_of(
        directory,
        [row(0, phase=0), row(1, phase=0, outcome=Outcome.FAILED, reason=HOSTILE)],
        gauges=[GaugeRow(0.0, "stock_left:1", 5.0)],
        invariants=[invariant],
        manifest=dataclasses.replace(manifest, plan=plan),
    )


def simulated(directory: Path) -> RunRecord:
    return shop_record(directory, origin="simulated")


def bare(directory: Path) -> RunRecord:
    """A manifest with no more than it must have."""
    manifest = manifest_of(planned_visits=1, target={}, versions={}, host={})
    return record_of(directory, [row(0)], manifest=manifest)


def unchecked_stock(directory: Path) -> RunRecord:
    manifest = manifest_of(planned_visits=1)
    plan = dataclasses.replace(manifest.plan, stock={17: 3})
    return record_of(directory, [row(0)], manifest=dataclasses.replace(manifest, plan=plan))


def many_phases_and_hours(directory: Path) -> RunRecord:
    manifest = manifest_of(planned_visits=3)
    spans = [
        dataclasses.replace(manifest.plan.phases[1], name=f"阶段 {k}", start_s=k * 600.0,
                            duration_s=600.0)
        for k in range(24)
    ]  # fmt: skip
    tables = {**manifest.plan.tables, "phase": tuple(each.name for each in spans)}
    plan = dataclasses.replace(
        manifest.plan, phases=tuple(spans), tables=tables, duration_s=14_400.0,
        arrivals_per_second=(0,) * 14_400,
    )  # fmt: skip
    rows = [row(k, phase=k, intended_s=k * 4000.0) for k in range(3)]
    return record_of(directory, rows, manifest=dataclasses.replace(manifest, plan=plan))


SAMPLES: tuple[Callable[[Path], RunRecord], ...] = (
    shop_record, simulated, bare, empty, killed, interrupted, behind, nothing_sent, one_action,
    hostile, unchecked_stock, many_phases_and_hours,
)  # fmt: skip
