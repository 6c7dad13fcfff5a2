"""Stations that serve one customer after the other, and pools whose servers are held."""

from __future__ import annotations

from typing import Any

from sim.kernel_engine.calendar import schedule, unschedule
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import seldom_drawn, uniform
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import (
    class_at,
    copy_at,
    operation_at,
    queue_at,
    seldom,
    sku_at,
    station_at,
    task_at,
    zone_at,
)
from sim.kernel_engine.tracing import ABANDON, ARRIVE, DONE, REFUSE, SERVE, note

REFUSED, BEGUN, QUEUED = range(3)
BY_SKU, BY_VISIT, BY_CHANCE = range(3)


@inlined
def look(w: World, which: int) -> None:
    """Brings the areas of a station up to date: before each change of its levels."""
    station, now_s = station_at(w, which), w.now
    passed_s = now_s - station.seen
    if passed_s > 0:
        station.busy_area += passed_s * station.busy
        station.queue_area += passed_s * station.queue
        station.server_area += passed_s * station.level_servers
        station.seen = now_s
    if station.busy or station.queue:
        station.last_busy = now_s


@inlined
def copy_for(w: World, slot: int) -> int:
    """The copy of the operation's station that the task goes to."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    station = station_at(w, operation.part)
    if station.copies == 1:
        return int(station.first_copy)
    if station.chosen_by == BY_CHANCE:
        return int(
            station.first_copy + int(uniform(w, task.key, operation.copy_word) * station.copies)
        )
    chosen = sku_at(w, task.sku).sku if station.chosen_by == BY_SKU else task.visit
    return int(station.first_copy + chosen % station.copies)


@inlined
def arrive(w: World, slot: int, limit: float) -> int:
    """The task comes to the station of its operation, with its service time if it wants a
    service: it is REFUSED, it has BEGUN or it is QUEUED."""
    task = task_at(w, slot)
    which = operation_at(w, task.pc).part
    station, copy = station_at(w, which), copy_for(w, slot)
    task.copy = copy
    task.arrived = w.now
    station.arrivals += 1
    note(w, slot, ARRIVE, station.name)
    desk = copy_at(w, copy)
    if desk.busy < station.servers:
        look(w, which)
        _begin(w, slot)
        return BEGUN
    if desk.waiting >= min(limit, station.queue_limit):
        station.refused += 1
        note(w, slot, REFUSE, station.name)
        return REFUSED
    look(w, which)
    _join(w, slot)
    return QUEUED


@inlined
def end_stay(w: World, slot: int, copy: int, arrived: float, started: float) -> None:
    """The task's server is free again."""
    which = copy_at(w, copy).station
    station, now_s = station_at(w, which), w.now
    look(w, which)
    station.served += 1
    station.waits += started - arrived
    station.stays += now_s - arrived
    station.busy -= 1
    desk = copy_at(w, copy)
    desk.busy -= 1
    desk.area += now_s
    note(w, slot, DONE, station.name)
    fill(w, copy)


@inlined
def lose_patience(w: World, slot: int) -> None:
    """The task leaves the queue."""
    task = task_at(w, slot)
    which = operation_at(w, task.pc).part
    station = station_at(w, which)
    look(w, which)
    _leave_queue(w, slot)
    station.abandoned += 1
    station.abandoned_waits += w.now - task.arrived
    note(w, slot, ABANDON, station.name)


@inlined
def fill(w: World, copy: int) -> None:
    """Free servers take the next from the queue."""
    desk = copy_at(w, copy)
    servers = station_at(w, desk.station).servers
    while desk.waiting and desk.busy < servers:
        slot = _first_waiting(w, copy)
        _leave_queue(w, slot)
        unschedule(w, slot)
        _begin(w, slot)
        if operation_at(w, task_at(w, slot).pc).duration < 0:
            _free(w, slot)


@inlined
def slowdown_at(station: Any, n: int) -> float:
    """How many times as long services take with `n` customers in service."""
    if station.contention == 0.0 and station.coherency == 0.0:
        return 1.0
    return float(1.0 + station.contention * (n - 1) + station.coherency * n * (n - 1))


@inlined
def is_failing(w: World, slot: int) -> bool:
    """Whether the service that begins now will end as an error."""
    task, now_s = task_at(w, slot), w.now
    operation = operation_at(w, task.pc)
    station = station_at(w, operation.part)
    if not seldom(station.can_fail != 0):
        return False
    ratio = station.errors
    if station.zones:
        undetected = 0
        for zone in range(station.first_zone, station.first_zone + station.zones):
            undetected += now_s < zone_at(w, zone).value
        ratio += undetected / station.zones
    ratio += copy_at(w, task.copy).errors
    return bool(ratio > 0 and uniform(w, task.key, operation.error_word) < ratio)


@inlined
def _begin(w: World, slot: int) -> None:
    """A server begins with the task."""
    task = task_at(w, slot)
    operation, desk = operation_at(w, task.pc), copy_at(w, task.copy)
    station = station_at(w, operation.part)
    desk.busy += 1
    desk.area -= w.now
    station.busy += 1
    task.started = w.now
    note(w, slot, SERVE, station.name)
    if operation.duration < 0:
        return
    task.fails = is_failing(w, slot)
    if operation.is_by_clock:
        service_s = seldom_drawn(w, operation.duration, task.key, operation.word)
    else:
        service_s = task.service * slowdown_at(station, desk.busy) * station.slower * desk.slower
    schedule(w, slot, w.now + service_s)


@inlined
def _free(w: World, slot: int) -> None:
    """The task has got a server to hold: it goes on after those who go on now."""
    task_at(w, slot).queue_next = NOBODY
    if w.freed < 0:
        w.freed = slot
    else:
        task_at(w, w.last_freed).queue_next = slot
    w.last_freed = slot


@inlined
def _join(w: World, slot: int) -> None:
    task = task_at(w, slot)
    operation, desk = operation_at(w, task.pc), copy_at(w, task.copy)
    station = station_at(w, operation.part)
    desk.waiting += 1
    station.queue += 1
    station.longest_queue = max(station.longest_queue, station.queue)
    queue = queue_at(w, desk.first_queue + class_at(w, station.first_class + task.tier).value)
    task.is_queued = 1
    task.queue_next = NOBODY
    task.queue_prev = queue.tail
    if queue.tail >= 0:
        task_at(w, queue.tail).queue_next = slot
    else:
        queue.head = slot
    queue.tail = slot
    if station.patience >= 0:
        patience_s = seldom_drawn(w, station.patience, task.key, operation.patience_word)
        schedule(w, slot, w.now + patience_s)


@inlined
def _first_waiting(w: World, copy: int) -> int:
    desk = copy_at(w, copy)
    for queue in range(desk.first_queue, desk.first_queue + desk.queues):
        if queue_at(w, queue).head >= 0:
            return int(queue_at(w, queue).head)
    return NOBODY


@inlined
def _leave_queue(w: World, slot: int) -> None:
    task = task_at(w, slot)
    desk = copy_at(w, task.copy)
    station = station_at(w, desk.station)
    desk.waiting -= 1
    station.queue -= 1
    queue = queue_at(w, desk.first_queue + class_at(w, station.first_class + task.tier).value)
    task.is_queued = 0
    before, after = task.queue_prev, task.queue_next
    if before >= 0:
        task_at(w, before).queue_next = after
    else:
        queue.head = after
    if after >= 0:
        task_at(w, after).queue_prev = before
    else:
        queue.tail = before
