"""The parts of a model as tables: stations with their copies, stock, caches, attempts, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reports.record.outcome import Outcome
from scenarios.workload.plan import VisitPlan
from sim.engine.contract import EngineOptions
from sim.engine.log_bins import BINS
from sim.engine.streams import seed_key, word_of
from sim.kernel_engine import stations
from sim.kernel_engine.layout import NOBODY, TYPES, WORLD, Table
from sim.kernel_engine.program import Program
from sim.kernel_engine.tables import FIRST_SKUS, Tables, records
from sim.kernel_engine.tasks import DEPARTURE
from sim.model.call import Attempt, CallEnd, TakeStock
from sim.model.service_model import ServiceModel, operations_of
from sim.model.station import CacheModel, StationModel

ROWS_A_BLOCK = 65_536
VISITS_A_BUCKET = 2
"""At the peak, for the width of the calendar's buckets: so that most services end in the present
page of the calendar, and what is due next is fetched long before it is needed. Measured."""
_WHEN_FULL = {"rejected": (Outcome.REJECTED, 429), "failed": (Outcome.FAILED, 503)}
_CHOSEN_BY = {
    "sku": stations.BY_SKU,
    "visit": stations.BY_VISIT,
    "random": stations.BY_CHANCE,
}


def tables_of(
    program: Program, model: ServiceModel, plan: VisitPlan, options: EngineOptions
) -> Tables:
    """Everything at 0, with nobody there."""
    lead_time = NOBODY
    if model.replenishment:
        lead_time = program.add_duration(model.replenishment.lead_time)
    of_stations = _stations(program, model, plan.tables.tiers)
    ahead = _ahead(program)
    tables = Tables(
        ROWS_A_BLOCK,
        world=_world(model, plan, options, lead_time),
        **of_stations,
        **_attempts(program.attempts),
        operations=records("operations", program.operations),
        begins=np.array([*program.begins, 0], np.int32),
        durations=records("durations", program.durations),
        numbers=np.array([*program.numbers, 0.0]),
        ends=_ends(program),
        zones=np.full(_zones(model), -np.inf),
        caches=records("caches", [_cache(each) for each in model.caches.values()]),
        admissions=records(
            "admissions",
            [
                {"rate": each.rate_per_s, "burst": each.burst, "tokens": each.burst}
                for each in model.buckets.values()
            ],
        ),
        skus=np.zeros(FIRST_SKUS, TYPES["skus"]),
        units=np.zeros((FIRST_SKUS, stock_buckets(model)), np.int64),
        fresh=np.full((FIRST_SKUS, max(1, len(model.caches))), -np.inf),
        ahead=ahead,
        marks=records("marks", [{} for _ in program.marks.things]),
        histograms=np.zeros((max(1, len(program.marks.things)), BINS), np.int64),
    )
    _place_departures(tables)
    return tables


def stock_buckets(model: ServiceModel) -> int:
    """Into how many buckets the stock of a SKU is divided: the same for all takings."""
    return max(
        (
            each.buckets
            for step in model.steps.values()
            for each in operations_of(step)
            if isinstance(each, TakeStock)
        ),
        default=1,
    )


def _world(model: ServiceModel, plan: VisitPlan, options: EngineOptions, lead_time: int) -> Table:
    """The record of a run before its start."""
    rule, world = model.replenishment, np.zeros(1, WORLD)
    values: dict[str, Any] = {
        "arrival_s": np.inf,
        "agenda_s": np.inf,
        "timeout": options.timeout_s,
        "midnight": model.midnight_s,
        "buckets_per_s": buckets_per_s(plan.peak_rate_per_s),
        "in_flight_limit": options.in_flight_limit,
        "free": NOBODY,
        "scout": NOBODY,
        "current": NOBODY,
        "freed": NOBODY,
        "traced_from": options.traced[0],
        "traced_to": options.traced[1],
        "seed": np.uint64(seed_key(options.seed, options.replication)),
        "antithetic": options.antithetic,
        "lead_time": lead_time,
        "lead_word": np.uint64(word_of("replenishment/lead")),
        "reorder_point": rule.reorder_point if rule else 0,
        "order_up_to": rule.order_up_to if rule else 0,
        "stock_buckets": stock_buckets(model),
        "cache_count": max(1, len(model.caches)),
    }
    for name, value in values.items():
        world[name] = value
    return world


def buckets_per_s(peak_rate_per_s: float) -> float:
    """A power of two, for the calendar."""
    rate = peak_rate_per_s / VISITS_A_BUCKET
    if not 1.0 <= rate < 2.0**30:
        return 1.0
    return float(2.0 ** round(np.log2(rate)))


def _ends(program: Program) -> Table:
    """How a call can end; reasons are numbered in `program.reasons`."""
    ends: Sequence[CallEnd] = program.ends.things
    return records(
        "ends",
        [
            {
                "outcome": int(each.outcome),
                "status": each.status,
                "reason": program.reasons.of(each.reason),
            }
            for each in ends
        ],
    )


def _ahead(program: Program) -> Table:
    """Which marks are missed at each operation; their numbers are in `numbers`."""
    return records(
        "ahead",
        [
            {
                "first": program.add_numbers(
                    *(float(program.marks.of(mark.name)) for mark in each.marks)
                ),
                "count": len(each.marks),
                "is_behind_reply": each.is_behind_reply,
            }
            for each in program.ahead
        ],
    )


def _stations(program: Program, model: ServiceModel, tiers: Sequence[str]) -> dict[str, Table]:
    made: dict[str, list[dict[str, Any]]] = {"stations": [], "copies": [], "queues": []}
    classes: list[int] = []
    zones = 0
    for number, (name, each) in enumerate(model.stations.items()):
        of_tiers = class_of(each, tiers)
        queues = max(of_tiers, default=0) + 1
        made["stations"].append(
            _station(program, name, each)
            | {
                "first_copy": len(made["copies"]),
                "first_class": len(classes),
                "first_zone": zones,
                "zones": each.zones.count if each.zones else 0,
            }
        )
        classes += of_tiers
        zones += each.zones.count if each.zones else 0
        for _ in range(each.copies):
            first = len(made["queues"])
            copy = {"station": number, "first_queue": first, "queues": queues, "heap": NOBODY}
            made["copies"].append(copy | {"slower": 1.0})
            made["queues"] += [{"head": NOBODY, "tail": NOBODY}] * queues
    tables = {kind: records(kind, rows) for kind, rows in made.items()}
    return tables | {"classes": np.array([*classes, 0], np.int32)}


def _station(program: Program, name: str, model: StationModel) -> dict[str, Any]:
    ends, slowdown = program.ends, model.slowdown
    return {
        "name": program.names.of(name),
        "servers": model.servers,
        "level_servers": model.servers * model.copies,
        "slower": 1.0,
        "queue_limit": model.queue_limit,
        "contention": slowdown.contention if slowdown else 0.0,
        "coherency": slowdown.coherency if slowdown else 0.0,
        "is_sharing": model.sharing,
        "copies": model.copies,
        "chosen_by": _CHOSEN_BY[model.chosen_by],
        "patience": program.add_duration(model.patience) if model.patience else NOBODY,
        "full": ends.of(CallEnd(*_WHEN_FULL[model.when_full], f"{name}_full")),
        "error": ends.of(CallEnd(Outcome.FAILED, 500, f"{name}_error")),
        "left": ends.of(CallEnd(Outcome.FAILED, 503, f"{name}_abandoned")),
    }


def class_of(model: StationModel, tiers: Sequence[str]) -> list[int]:
    """The class of each tier; tiers that are not named come after all others."""
    named = dict(model.priority)
    last = max(named.values(), default=-1) + 1
    return [named.get(tier, last) for tier in tiers]


def _zones(model: ServiceModel) -> int:
    return 1 + sum(each.zones.count for each in model.stations.values() if each.zones)


def _attempts(attempts: Mapping[str, Attempt]) -> dict[str, Table]:
    rows, places = [], 0
    for each in attempts.values():
        row: dict[str, Any] = {
            "has_budget": each.budget_ratio is not None,
            "earned": each.budget_ratio or 0.0,
            "burst": each.budget_burst,
            "tokens": each.budget_burst,
            "has_breaker": each.breaker is not None,
        }
        if breaker := each.breaker:
            row |= {
                "failure_ratio": breaker.failure_ratio,
                "open_for": breaker.open_s,
                "probes": breaker.probes,
                "window": breaker.window,
                "least": breaker.least,
                "first": places,
            }
            places += breaker.window
        rows.append(row)
    return {"attempts": records("attempts", rows), "windows": np.zeros(places + 1, np.int8)}


def _cache(model: CacheModel) -> dict[str, Any]:
    return {
        "ttl": model.ttl_s,
        "by_ratio": model.hit_ratio is not None,
        "hit_ratio": model.hit_ratio or 0.0,
        "refill": model.refill_s,
        "flushed": -np.inf,
    }


def _place_departures(tables: Tables) -> None:
    """Each copy of a shared station has a slot for its next departure."""
    run, tasks = tables.run, tables["tasks"]
    for number, copy in enumerate(tables["copies"]):
        if tables["stations"][copy["station"]]["is_sharing"]:
            if run["free_slots"] == 1:
                tables.more_slots()
                tasks = tables["tasks"]
            slot = int(run["next_free_slot"])
            run["next_free_slot"] += 1
            run["free_slots"] -= 1
            tasks[slot]["kind"] = DEPARTURE
            tasks[slot]["copy"] = number
            copy["departure"] = slot
