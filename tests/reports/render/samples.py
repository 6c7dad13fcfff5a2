"""Runs of every kind that a report must be able to show."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from reports.record.manifest import Ending, Invariant, LostVisits, WorkerFacts
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.record.row import GaugeRow
from tests.reports.ramps import ALL, BROKEN, HELD, Level, ramp_record
from tests.reports.records import manifest_of, player_gauges, record_of, row, shop_record

HOSTILE = '<script>alert(1)</script> & "quoted" 双十一 $x$ \x08'


def empty(directory: Path) -> RunRecord:
    return record_of(directory, [])


def killed(directory: Path) -> RunRecord:
    return record_of(directory, [row(k, intended_s=float(k)) for k in range(5)], ending=None)


def interrupted(directory: Path) -> RunRecord:
    return record_of(directory, [row(0)], ending=Ending(reason="interrupted", at_s=0.5))


def behind(directory: Path) -> RunRecord:
    return record_of(directory, [row(k, lag_s=2.0, response_time_s=2.1) for k in range(2000)])


def overrun(directory: Path) -> RunRecord:
    """A player whose event loop was saturated while it found the in-flight limit full."""
    rows = [row(k, intended_s=10.5) for k in range(500)]
    rows += [row(500 + k, intended_s=10.6, outcome=Outcome.NOT_SENT) for k in range(900)]
    gauges = player_gauges(
        [11.0], event_loop_busy_ratio=[0.98], event_loop_cpu_ratio=[0.6], player_cpu_ratio=[0.99],
        event_loop_longest_turn_s=[0.2], gc_longest_pause_s=[0.07], in_flight=[50.0],
        other_processes_cpu_ratio=[1.4],
    )  # fmt: skip
    manifest = manifest_of(
        arrivals_per_second=[0] * 10 + [1400] + [0] * 9, options={"in_flight_limit": 50}
    )
    return record_of(directory, rows, gauges=gauges, manifest=manifest)


def slow_platform(directory: Path) -> RunRecord:
    """The in-flight limit was full, and the player had time left."""
    rows = [row(k, intended_s=10.5, response_time_s=3.0) for k in range(500)]
    rows += [row(500 + k, intended_s=10.6, outcome=Outcome.NOT_SENT) for k in range(9)]
    gauges = player_gauges([11.0], event_loop_busy_ratio=[0.2], in_flight=[500.0])
    manifest = manifest_of(
        arrivals_per_second=[0] * 10 + [509] + [0] * 9, options={"in_flight_limit": 500}
    )
    return record_of(directory, rows, gauges=gauges, manifest=manifest)


def worker(number: int, **changes: object) -> WorkerFacts:
    facts = WorkerFacts(
        number=number, name=f"w{number}", host="buyer", pid=4710 + number, cores=2,
        offset_s=5e-5, round_trip_s=9e-4, last_offset_s=1.25, last_round_trip_s=0.004,
        started_visits=2500, actions=2500, standing="ended",
    )  # fmt: skip
    return dataclasses.replace(facts, **changes)


def lost_worker(directory: Path) -> RunRecord:
    lost = LostVisits(worker=2, from_s=12.0, until_s=14.0, visits=3, why="killed by signal 9")
    manifest = manifest_of(
        planned_visits=5003, lost_visits=(lost,), workers=(worker(1), worker(2, standing="lost"))
    )
    return record_of(directory, [row(k) for k in range(5000)], manifest=manifest)


def nothing_sent(directory: Path) -> RunRecord:
    return record_of(directory, [row(k, outcome=Outcome.NOT_SENT) for k in range(9)])


def one_action(directory: Path) -> RunRecord:
    return record_of(directory, [row(0, response_time_s=0.0)])


def hostile(directory: Path) -> RunRecord:
    """Every text that comes from outside tries to break the page."""
    manifest = manifest_of(
        planned_visits=2, run_id=HOSTILE, notes=(HOSTILE,), objectives_text="",
        target={"url": HOSTILE}, host={HOSTILE: HOSTILE},
        workers=(worker(1, name=HOSTILE, host=HOSTILE, standing=HOSTILE),),
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


def limit_found(directory: Path) -> RunRecord:
    ending = Ending(reason="limit_found", at_s=42.0, detail="broke at 80/s")
    return ramp_record(directory, [*HELD, BROKEN], ending=ending)


def generator_limited(directory: Path) -> RunRecord:
    ending = Ending(reason="generator_limited", at_s=42.0, detail="late at 80/s")
    return ramp_record(directory, [*HELD, Level(rate_per_s=80, late=ALL)], ending=ending)


def limit_not_reached(directory: Path) -> RunRecord:
    return ramp_record(directory, HELD)


def nothing_held(directory: Path) -> RunRecord:
    return ramp_record(directory, [BROKEN])


def search_interrupted_at_once(directory: Path) -> RunRecord:
    return ramp_record(directory, HELD, ending=Ending(reason="interrupted", at_s=3.0))


SAMPLES: tuple[Callable[[Path], RunRecord], ...] = (
    shop_record, simulated, bare, empty, killed, interrupted, behind, nothing_sent, one_action,
    overrun, slow_platform, lost_worker, hostile, unchecked_stock, many_phases_and_hours,
    limit_found, generator_limited, limit_not_reached, nothing_held, search_interrupted_at_once,
)  # fmt: skip
