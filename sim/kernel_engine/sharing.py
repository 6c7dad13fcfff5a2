"""Stations whose servers are shared by all their customers at once (processor sharing).

The virtual time of a copy runs at the rate at which each customer is served, so who arrives at
virtual time V with the service time S is done at V + S, whoever else comes. Who is done first is
on top of a skew heap (Sleator and Tarjan 1986), linked through the slots.
"""

from __future__ import annotations

import math

from sim.kernel_engine.calendar import schedule, unschedule
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import copy_at, operation_at, station_at, task_at
from sim.kernel_engine.stations import copy_for, is_failing, look, slowdown_at
from sim.kernel_engine.tracing import ARRIVE, DONE, REFUSE, SERVE, note


@inlined
def join(w: World, slot: int, limit: float) -> bool:
    """The task comes to the shared station of its operation; false when it is refused."""
    task = task_at(w, slot)
    which = operation_at(w, task.pc).part
    station, copy = station_at(w, which), copy_for(w, slot)
    shared = copy_at(w, copy)
    station.arrivals += 1
    note(w, slot, ARRIVE, station.name)
    n = shared.busy
    if n >= station.servers + min(limit, station.queue_limit):
        station.refused += 1
        note(w, slot, REFUSE, station.name)
        return False
    look(w, which)
    advance(w, copy)
    task.copy = copy
    task.arrived = w.now
    task.fails = is_failing(w, slot)
    note(w, slot, SERVE, station.name)
    task.service = shared.virtual + task.service
    task.order = w.shared_arrivals
    w.shared_arrivals += 1
    task.queue_next = task.queue_prev = NOBODY
    shared.heap = _merged(w, shared.heap, slot)
    shared.busy += 1
    count(w, copy, n, n + 1, station.servers, station.servers)
    reschedule(w, copy)
    return True


@inlined
def depart(w: World, copy: int) -> int:
    """The task that is done first leaves; it is to go on."""
    shared = copy_at(w, copy)
    which = shared.station
    station = station_at(w, which)
    look(w, which)
    slot = shared.heap
    task = task_at(w, slot)
    shared.heap = _merged(w, task.queue_next, task.queue_prev)
    shared.virtual = task.service
    shared.seen = w.now
    n = shared.busy
    shared.busy -= 1
    station.served += 1
    station.failed += task.fails
    station.stays += w.now - task.arrived
    count(w, copy, n, n - 1, station.servers, station.servers)
    note(w, slot, DONE, station.name)
    reschedule(w, copy)
    return int(slot)


@inlined
def advance(w: World, copy: int) -> None:
    """Brings the virtual time of a copy up to now, before its rate changes."""
    shared, now_s = copy_at(w, copy), w.now
    if shared.busy:
        shared.virtual += (now_s - shared.seen) * shared.rate
    shared.seen = now_s


@inlined
def count(w: World, copy: int, n: int, n_now: int, servers: float, servers_now: float) -> None:
    """Changes the levels of a copy from n at so many servers to what holds now."""
    shared = copy_at(w, copy)
    station = station_at(w, shared.station)
    busy, busy_now = int(min(n, servers)), int(min(n_now, servers_now))
    station.busy += busy_now - busy
    shared.area -= (busy_now - busy) * w.now
    station.queue += (n_now - busy_now) - (n - busy)
    station.longest_queue = max(station.longest_queue, station.queue)


@inlined
def reschedule(w: World, copy: int) -> None:
    """Schedules the next departure anew, since the rate has changed."""
    shared, now_s = copy_at(w, copy), w.now
    station = station_at(w, shared.station)
    unschedule(w, shared.departure)
    n = shared.busy
    if n == 0:
        return
    slower = slowdown_at(station, n) * station.slower * shared.slower
    shared.rate = min(1.0, station.servers / n) / slower
    if shared.rate == 0.0:
        return
    at_s = now_s + (task_at(w, shared.heap).service - shared.virtual) / shared.rate
    if math.isfinite(at_s):
        schedule(w, shared.departure, max(now_s, at_s))


@inlined
def _is_done_first(w: World, one: int, other: int) -> bool:
    a, b = task_at(w, one), task_at(w, other)
    return bool(a.service < b.service or (a.service == b.service and a.order < b.order))


@inlined
def _merged(w: World, one: int, other: int) -> int:
    """The top of both heaps together: their right spines are merged, and swapped to the left."""
    if one < 0:
        return other
    if other < 0:
        return one
    if not _is_done_first(w, one, other):
        one, other = other, one
    top = end = one
    one = task_at(w, end).queue_next
    while one >= 0 and other >= 0:
        if not _is_done_first(w, one, other):
            one, other = other, one
        task_at(w, end).queue_next = task_at(w, end).queue_prev
        task_at(w, end).queue_prev = one
        end = one
        one = task_at(w, end).queue_next
    rest = one if one >= 0 else other
    task_at(w, end).queue_next = task_at(w, end).queue_prev
    task_at(w, end).queue_prev = rest
    return top
