"""Operations that stay at a station: to be served, or to hold a server."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernel_engine import sharing, stations
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import duration, uniform
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import number_at, operation_at, seldom, sku_at, station_at, task_at
from sim.kernel_engine.stations import BEGUN, REFUSED
from sim.kernel_engine.tasks import KEPT, OK, fail, give_back, go_on, take_slot, wait
from sim.kernel_engine.tracing import ERROR, note


@inlined
def demand(w: World, slot: int) -> None:
    """See `Demand`."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    probability = operation.probability
    if probability < 1.0 and uniform(w, task.key, operation.chance_word) >= probability:
        go_on(w, slot, operation.next)
        return
    station = station_at(w, operation.part)
    task.service = _service_s(w, slot)
    if station.is_sharing:
        is_in = sharing.join(w, slot, operation.limit)
    else:
        is_in = stations.arrive(w, slot, operation.limit) != REFUSED
    if is_in:
        wait(w, slot)
    else:
        fail(w, slot, station.full)


@inlined
def end_service(w: World, slot: int) -> None:
    """The service of a task has ended."""
    task = task_at(w, slot)
    station_at(w, operation_at(w, task.pc).part).failed += task.fails
    stations.end_stay(w, slot, task.copy, task.arrived, task.started)
    leave_service(w, slot)


@inlined
def leave_service(w: World, slot: int) -> None:
    """The task goes on after its service."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    if task.fails:
        station = station_at(w, operation.part)
        note(w, slot, ERROR, station.name)
        fail(w, slot, station.error)
    else:
        go_on(w, slot, operation.next)


@inlined
def abandon(w: World, slot: int) -> None:
    """The task's patience has ended, in the queue."""
    stations.lose_patience(w, slot)
    fail(w, slot, station_at(w, operation_at(w, task_at(w, slot).pc).part).left)


@inlined
def hold(w: World, slot: int) -> None:
    """See `Hold`."""
    came = stations.arrive(w, slot, np.inf)
    if came == BEGUN:
        keep(w, slot)
    elif came == REFUSED:
        fail(w, slot, station_at(w, operation_at(w, task_at(w, slot).pc).part).full)
    else:
        wait(w, slot)


@inlined
def keep(w: World, slot: int) -> None:
    """The task has got its server; what is known of the stay is kept apart, since the task may stay
    at other stations meanwhile."""
    task = task_at(w, slot)
    if seldom(task.held_copy >= 0):
        _put_away(w, slot)
    task.held_copy = task.copy
    task.held_arrived = task.arrived
    task.held_started = task.started
    go_on(w, slot, operation_at(w, task.pc).next)


@inlined
def _put_away(w: World, slot: int) -> None:
    """The stay at the server that the task got before goes into a slot of its own."""
    outer = take_slot(w, KEPT)
    task, kept = task_at(w, slot), task_at(w, outer)
    _copy_stay(task, kept)
    task.held = outer


@inlined
def _copy_stay(of: Any, to: Any) -> None:
    to.held = of.held
    to.held_copy = of.held_copy
    to.held_arrived = of.held_arrived
    to.held_started = of.held_started


@inlined
def give_up_server(w: World, slot: int) -> None:
    """The task gives back the server that it got last, and goes on or goes on ending."""
    task = task_at(w, slot)
    stations.end_stay(w, slot, task.held_copy, task.held_arrived, task.held_started)
    outer = task.held
    task.held_copy = NOBODY
    if seldom(outer >= 0):
        _copy_stay(task_at(w, outer), task)
        give_back(w, outer)
    operation = operation_at(w, task.pc)
    go_on(w, slot, operation.next if task.result == OK else operation.on_fail)


@inlined
def _service_s(w: World, slot: int) -> float:
    """The service time that the task draws on arrival."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    service_s = duration(w, operation.duration, task.key, operation.word)
    if operation.is_per_unit:
        service_s = service_s * task.quantity
    if operation.count:
        service_s = service_s * _sku_factor(w, slot)
    return service_s


@inlined
def _sku_factor(w: World, slot: int) -> float:
    """SKUs with a factor of their own are in `numbers`, then the factors."""
    task = task_at(w, slot)
    operation, sku = operation_at(w, task.pc), sku_at(w, task.sku).sku
    for each in range(operation.first, operation.first + operation.count):
        if number_at(w, each).value == sku:
            return float(number_at(w, each + operation.count).value)
    return 1.0
