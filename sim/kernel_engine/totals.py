"""What is known at the end of a run, from its tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.engine.contract import (
    AttemptTotals,
    CrowdTotals,
    MarkTotals,
    Played,
    StationTotals,
    StockTotals,
)
from sim.engine.marks_to_come import marks_to_come
from sim.kernel_engine.attempts import CLOSED
from sim.kernel_engine.program import Program
from sim.kernel_engine.remaining import Remaining
from sim.kernel_engine.surroundings import StationLevels
from sim.kernel_engine.tables import Tables


def played_of(tables: Tables, program: Program, skus: Sequence[int], rows: int) -> Played:
    """All totals at the instant of the last event."""
    run, remaining = tables.run, Remaining(tables)
    at_s = float(run["now"])

    def by_name(names: Sequence[str], table: str) -> list[tuple[str, Any]]:
        return list(zip(names, tables[table], strict=False))

    return Played(
        at_s=at_s,
        visits=int(run["visits_played"]),
        actions=rows,
        events=int(run["events"]),
        tasks_begun=int(run["begun"]),
        tasks_ended=int(run["ended"]),
        unfinished=remaining.tasks,
        crowd=_crowd(run, remaining),
        stations={
            name: _station(each, at_s).with_remaining(*remaining.times_s(number))
            for number, (name, each) in enumerate(by_name(program.stations, "stations"))
        },
        caches={
            name: (int(each["hits"]), int(each["misses"]))
            for name, each in by_name(program.caches, "caches")
        },
        admissions={
            name: (int(each["admitted"]), int(each["refused"]))
            for name, each in by_name(program.buckets, "admissions")
        },
        attempts={
            name: _attempt(each, at_s)
            for name, each in by_name(tuple(program.attempts), "attempts")
        },
        stock={
            sku: _stock(each, at_s, remaining.units(code))
            for code, (sku, each) in enumerate(zip(skus, tables["skus"], strict=False))
        },
        marks=_marks(tables, program, remaining),
    )


def station_totals(tables: Tables, program: Program, at_s: float) -> dict[str, StationTotals]:
    """What each station has seen until `at_s`, which is now, but for who is still there."""
    records = zip(program.stations, tables["stations"], strict=False)
    return {name: _station(each, at_s) for name, each in records}


def _crowd(run: Any, remaining: Remaining) -> CrowdTotals:
    since_s = float(run["now"]) - float(run["in_play_seen"])
    return CrowdTotals(
        not_sent=int(run["not_sent"]),
        left=int(run["left"]),
        in_play=remaining.visits,
        in_play_area=float(run["in_play_area"]) + since_s * int(run["in_flight"]),
        sojourns_s=float(run["sojourns"]),
        remaining_s=remaining.visits_s,
    )


def _station(of: Any, at_s: float) -> StationTotals:
    StationLevels(of).look(at_s)
    return StationTotals(
        at_s=at_s,
        arrivals=int(of["arrivals"]),
        served=int(of["served"]),
        refused=int(of["refused"]),
        abandoned=int(of["abandoned"]),
        errors=int(of["failed"]),
        busy_area=float(of["busy_area"]),
        queue_area=float(of["queue_area"]),
        server_area=float(of["server_area"]),
        waits_s=float(of["waits"]),
        stays_s=float(of["stays"]),
        abandoned_waits_s=float(of["abandoned_waits"]),
        longest_queue=int(of["longest_queue"]),
        last_busy_s=float(of["last_busy"]),
    )


def _attempt(of: Any, at_s: float) -> AttemptTotals:
    open_s = float(of["not_closed"])
    if of["state"] != CLOSED:
        open_s += at_s - float(of["left_closed"])
    return AttemptTotals(
        first_tries=int(of["first_tries"]),
        retries=int(of["retries"]),
        timeouts=int(of["timeouts"]),
        refused_by_breaker=int(of["refused_by_breaker"]),
        refused_by_budget=int(of["refused_by_budget"]),
        openings=int(of["openings"]),
        open_s=open_s,
    )


def _stock(of: Any, at_s: float, in_tasks: int) -> StockTotals:
    out_s, since_s = float(of["out"]), float(of["out_since"])
    if not math.isnan(since_s):
        out_s += at_s - since_s
    return StockTotals(
        initial=int(of["initial"]),
        replenished=int(of["replenished"]),
        accepted=int(of["accepted"]),
        stranded=int(of["stranded"]),
        left=int(of["left"]),
        in_tasks=in_tasks,
        sold_out=int(of["sold_out"]),
        conflicts=int(of["conflicts"]),
        out_of_stock_s=out_s,
    )


def _marks(tables: Tables, program: Program, remaining: Remaining) -> dict[str, MarkTotals]:
    to_come = ((program.ahead[pc], begun_s) for pc, begun_s in remaining.begun)
    late, underway = marks_to_come(to_come, float(tables.run["now"]), program.midnight_s)
    records = zip(program.marks.things, tables["marks"], tables["histograms"], strict=False)
    return {
        name: _mark(of, histogram, late[name], underway[name]) for name, of, histogram in records
    }


def _mark(of: Any, histogram: Any, late: int, underway: int) -> MarkTotals:
    return MarkTotals(
        count=int(of["count"]),
        in_time=int(of["in_time"]),
        missed=int(of["missed"]) + late,
        underway=underway,
        sum_s=float(of["sum"]),
        longest_s=float(of["longest"]),
        histogram=histogram.copy(),
    )
