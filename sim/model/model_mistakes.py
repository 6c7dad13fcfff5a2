"""What is wrong in a service model that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reports.documents.located_yaml import KeyPath
from sim.model.call_definition import DemandDefinition, TakeStockDefinition
from sim.model.call_mistakes import call_mistakes
from sim.model.did_you_mean import unknown
from sim.model.duration_definition import duration_mistakes
from sim.model.model_definition import (
    ServiceModelDefinition,
    StepDefinition,
    written_calls,
    written_operations,
)
from sim.model.played_calls import endless_plays
from sim.model.station import UNLIMITED
from sim.model.station_definition import FaultDefinition
from sim.model.station_mistakes import cache_mistakes, station_mistakes
from sim.model.task_mistakes import task_mistakes
from sim.model.waiting_circles import waiting_circles

Wrong = Iterator[tuple[KeyPath, str]]


def mistakes_of(model: ServiceModelDefinition, *, directory: Path) -> Wrong:
    """Every mistake in `model`, whose file is in `directory`, with its path, each once."""
    parts = list(_part_mistakes(model, directory))
    calls = [
        each for call in written_calls(model) for each in call_mistakes(call, model, directory)
    ]
    endless = list(endless_plays(model))
    found = [*parts, *calls, *endless]
    if not endless:
        found += [*task_mistakes(model), *waiting_circles(model), *_bucket_mistakes(model)]
    yield from dict.fromkeys(found)


def _part_mistakes(model: ServiceModelDefinition, directory: Path) -> Wrong:
    for name, station in model.stations.items():
        yield from station_mistakes(station, ("stations", name), directory)
    for name, cache in model.caches.items():
        yield from cache_mistakes(cache, ("caches", name))
    for index, fault in enumerate(model.faults):
        yield from _fault_mistakes(fault, ("faults", index), model)
    if (again := model.replenishment) is not None:
        path: KeyPath = ("replenishment",)
        yield from duration_mistakes(again.lead_time, (*path, "lead_time"), directory)
        if again.order_up_to <= again.reorder_point:
            what = f"must be above the reorder_point, {again.reorder_point}"
            yield (*path, "order_up_to"), what
    for name, step in model.steps.items():
        yield from _step_mistakes(step, ("steps", name))


def _fault_mistakes(fault: FaultDefinition, path: KeyPath, model: ServiceModelDefinition) -> Wrong:
    named = [key for key in ("station", "flush") if getattr(fault, key) is not None]
    if len(named) != 1:
        yield path, f"must name a station or flush a cache; has {' and '.join(named) or 'neither'}"
    effects = [key for key in ("servers", "slower", "errors") if getattr(fault, key) is not None]
    if fault.flush is not None:
        if fault.flush not in model.caches and fault.flush not in _caching_stations(model):
            yield (*path, "flush"), unknown("cache", fault.flush, model.caches)
        for key in (*effects, *(("copy",) if fault.copy is not None else ())):
            yield (*path, key), "belongs to a station, not to a cache that is flushed"
        if fault.lasts is not None:
            yield (*path, "for"), "a cache is flushed once"
    elif fault.station is not None:
        if (station := model.stations.get(fault.station)) is None:
            yield (*path, "station"), unknown("station", fault.station, model.stations)
        elif station.servers == UNLIMITED and fault.servers is not None:
            yield (*path, "servers"), f'"{fault.station}" has unlimited servers, none to lose'
        elif fault.copy is not None:
            yield from _copy_mistakes(fault.copy, fault, path, station.copies)
        if not effects:
            yield path, "must have servers, slower or errors: what is wrong with the station"


def _copy_mistakes(copy: int, fault: FaultDefinition, path: KeyPath, copies: int) -> Wrong:
    if copy > copies:
        yield (*path, "copy"), f'"{fault.station}" has copies 1 to {copies}, got {copy}'
    if fault.servers is not None:
        yield (*path, "servers"), "is of all copies; one copy can be slower, or have errors"


def _caching_stations(model: ServiceModelDefinition) -> set[str]:
    return {
        each.at
        for path, call in written_calls(model)
        for _, each in written_operations(call, path)
        if isinstance(each, DemandDefinition) and each.cached_for is not None
    }


def _bucket_mistakes(model: ServiceModelDefinition) -> Wrong:
    """Units are divided once, so all takings find them in as many buckets."""
    first = 0
    for path, call in written_calls(model):
        for where, each in written_operations(call, path):
            if isinstance(each, DemandDefinition) and each.takes_stock:
                buckets, key = 1, "takes_stock"
            elif isinstance(each, TakeStockDefinition):
                buckets, key = each.buckets or 1, "take_stock"
            else:
                continue
            first = first or buckets
            if buckets != first:
                what = f"takes from {_in_buckets(buckets)}, another from {_in_buckets(first)}"
                yield (*where, key), f"{what}: units are divided once"


def _in_buckets(count: int) -> str:
    return "one stock" if count == 1 else f"{count} buckets"


def _step_mistakes(step: StepDefinition, path: KeyPath) -> Wrong:
    if step.poll is None:
        return
    if not step.background:
        yield (*path, "poll"), "there is no background to poll for"
    if not step.poll.pauses:
        yield (*path, "poll", "pauses"), "must name at least one pause"
