"""What is wrong in a station or a cache as it is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from reports.documents.located_yaml import KeyPath
from sim.model.duration_definition import duration_mistakes
from sim.model.station import UNLIMITED
from sim.model.station_definition import (
    CacheDefinition,
    ScalerDefinition,
    ScheduleDefinition,
    StationDefinition,
)

Wrong = Iterator[tuple[KeyPath, str]]
_NOT_UNLIMITED = {
    "queue_limit": "nobody queues for unlimited servers",
    "sharing": "unlimited servers have nothing to share",
    "priority": "nobody queues for unlimited servers",
    "patience": "nobody queues for unlimited servers",
    "chosen_by": "nobody queues for unlimited servers, so that copies make no difference",
    "copies": "nobody queues for unlimited servers, so that copies make no difference",
    "zones": "unlimited servers have none to lose",
}


def station_mistakes(station: StationDefinition, path: KeyPath, directory: Path) -> Wrong:
    """What is wrong in `station`, which stands at `path`."""
    yield from _server_mistakes(station, path)
    if station.servers == UNLIMITED:
        yield from ((path_of, what) for path_of, what in _unlimited_mistakes(station, path))
    if station.sharing:
        for key in ("priority", "patience"):
            if getattr(station, key):
                yield (*path, key), "nobody waits his turn where all share the servers"
    for index, tier in enumerate(station.priority):
        if tier in station.priority[:index]:
            yield (*path, "priority", index), f'"{tier}" has its place already'
    if station.patience is not None:
        yield from duration_mistakes(station.patience, (*path, "patience"), directory)
    if station.copies == 1 and station.chosen_by is not None:
        yield (*path, "chosen_by"), "there is one copy, nothing to choose"
    if station.schedule is not None:
        yield from _schedule_mistakes(station.schedule, (*path, "schedule"))
    if station.scaler is not None:
        yield from _scaler_mistakes(station.scaler, (*path, "scaler"))


def _server_mistakes(station: StationDefinition, path: KeyPath) -> Wrong:
    ways = ("servers", "schedule", "scaler")
    given = [key for key in ways if getattr(station, key) is not None]
    if not given:
        yield (*path, "servers"), "is missing"
    for key in given[1:]:
        yield (*path, key), f"says how many servers there are, as {given[0]} does: one is enough"


def _unlimited_mistakes(station: StationDefinition, path: KeyPath) -> Wrong:
    nothing = StationDefinition(servers=UNLIMITED)
    for key, what in _NOT_UNLIMITED.items():
        if getattr(station, key) != getattr(nothing, key):
            yield (*path, key), what


def _schedule_mistakes(schedule: ScheduleDefinition, path: KeyPath) -> Wrong:
    if not schedule.shifts:
        yield (*path, "shifts"), "must have at least one shift"
    elif all(each.servers == 0 for each in schedule.shifts):
        yield (*path, "shifts"), "must have servers in one shift at least"
    for index, (before, after) in enumerate(pairwise(schedule.shifts)):
        if after.at <= before.at:
            yield (*path, "shifts", index + 1, "at"), "must be later than the shift before"
    if schedule.repeats_every is not None:
        for index, each in enumerate(schedule.shifts):
            if each.at >= schedule.repeats_every:
                what = "must begin before the schedule repeats itself"
                yield (*path, "shifts", index, "at"), what


def _scaler_mistakes(scaler: ScalerDefinition, path: KeyPath) -> Wrong:
    if scaler.least > scaler.most:
        yield (*path, "least"), f"must be at most {scaler.most}, the most, got {scaler.least}"
    if scaler.target == 0:
        yield (*path, "target"), "must be > 0"


def cache_mistakes(cache: CacheDefinition, path: KeyPath) -> Wrong:
    """What is wrong in `cache`, which stands at `path`."""
    if cache.hit_ratio is not None:
        for key in ("ttl", "warm"):
            if getattr(cache, key) is not None:
                yield (*path, key), "is told by SKU; a cache with a hit_ratio does not look at SKUs"
    elif cache.refill is not None:
        yield (*path, "refill"), "belongs to a hit_ratio"
