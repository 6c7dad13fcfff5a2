"""Visits: they arrive, do one action after the other, and leave."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reports.record.outcome import Outcome
from sim.kernel_engine.calendar import schedule, unschedule
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import root_key
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import (
    action_at,
    arrival_at,
    begin_at,
    end_at,
    later_at,
    row_at,
    seldom,
    sku_at,
    task_at,
    visit_at,
)
from sim.kernel_engine.tasks import PAUSE, ROOT, WATCH, begin_task, give_back, take_slot
from sim.kernel_engine.tracing import END, START, trace

NOT_SENT, ABANDONED, TIMED_OUT = 1, 2, 3
"""Ends that every run has, after OK."""
_IS_OK = int(Outcome.OK)


@inlined
def arrive(w: World) -> None:
    """The next visit of the chunk arrives."""
    planned = arrival_at(w, w.arrival)
    w.now = planned.at
    w.visits_played += 1
    w.arrival += 1
    if w.in_flight >= w.in_flight_limit:
        _write_not_sent(w, w.arrival - 1)
        return
    look(w)
    w.in_flight += 1
    w.open += 1
    slot = take_slot(w, WATCH)
    visit = visit_at(w, slot)
    visit.number = planned.number
    visit.phase = planned.phase
    visit.persona = planned.persona
    visit.channel = planned.channel
    visit.tier = planned.tier
    visit.action = 0
    visit.limit = min(planned.patience, w.timeout)
    visit.is_impatient = planned.patience <= w.timeout
    visit.is_traced = w.traced_from <= planned.number < w.traced_to
    visit.intended = planned.at
    visit.deadline = planned.at + visit.limit
    visit.rest = _copied_actions(w, planned.first + 1, planned.last)
    schedule(w, slot, visit.deadline)
    if planned.first == planned.last:
        leave(w, slot)
    else:
        _choose(w, slot, action_at(w, planned.first))
        _begin_action(w, slot, take_slot(w, PAUSE))


@inlined
def hear(w: World, slot: int, end: int) -> None:
    """The reply to the action of a visit has come."""
    visit = visit_at(w, slot)
    _write(w, slot, end, w.now)
    if visit.rest < 0 or (end_at(w, end).outcome != _IS_OK and not visit.is_replayed):
        leave(w, slot)
        return
    think_s = later_at(w, visit.rest).think
    _next_action(w, slot)
    visit.action += 1
    visit.intended = w.now + think_s
    visit.deadline = visit.intended + visit.limit
    w.sojourns += visit.intended - w.now
    root = take_slot(w, PAUSE)
    if think_s > 0:
        pause = task_at(w, root)
        pause.parent = slot
        pause.parent_generation = visit.generation
        schedule(w, root, visit.intended)
        w.current = NOBODY
    else:
        _begin_action(w, slot, root)


@inlined
def end_pause(w: World, slot: int) -> None:
    """The pause is over, in the slot of the task that is to begin."""
    pause = task_at(w, slot)
    visit = pause.parent
    if visit_at(w, visit).generation == pause.parent_generation:
        _begin_action(w, visit, slot)
    else:
        give_back(w, slot)


@inlined
def watch(w: World, slot: int) -> None:
    """Looks whether the reply is overdue."""
    visit = visit_at(w, slot)
    if w.now < visit.deadline:
        schedule(w, slot, visit.deadline)
        return
    _write(w, slot, ABANDONED if visit.is_impatient else TIMED_OUT, visit.deadline)
    leave(w, slot)


@inlined
def leave(w: World, slot: int) -> None:
    """The visit is over; the platform may go on with its call."""
    visit = visit_at(w, slot)
    look(w)
    w.in_flight -= 1
    w.left += 1
    w.open -= 1
    w.current = NOBODY
    unschedule(w, slot)
    while visit.rest >= 0:
        _drop_action(w, slot)
    give_back(w, slot)


@inlined
def look(w: World) -> None:
    """Brings the area of the visits in play up to date: before each change of their number."""
    w.in_play_area += (w.now - w.in_play_seen) * w.in_flight
    w.in_play_seen = w.now


@inlined
def _begin_action(w: World, slot: int, root: int) -> None:
    visit = visit_at(w, slot)
    task = task_at(w, root)
    visit.requests = 1
    key = root_key(w.seed, np.uint64(visit.number), np.uint64(visit.action))
    begin_task(w, root, begin_at(w, visit.step).value, ROOT, key)
    task.is_first = 0
    task.parent = slot
    task.parent_generation = visit.generation
    task.visit = visit.number
    task.action = visit.action
    task.sku = visit.sku
    task.quantity = visit.quantity
    task.tier = visit.tier
    task.begun = w.now
    task.is_traced = visit.is_traced
    if seldom(visit.is_traced != 0):
        trace(w, visit.number, visit.action, START, visit.step, 0)


@inlined
def _copied_actions(w: World, first: int, last: int) -> int:
    """Actions of a visit in a chain of their own: the visit may outlive its chunk."""
    chain = NOBODY
    for row in range(last - 1, first - 1, -1):
        planned, index = action_at(w, row), w.free_action
        copied = later_at(w, index)
        w.free_action = copied.next
        w.free_actions -= 1
        copied.think = planned.think
        copied.sku = planned.sku
        copied.step = planned.step
        copied.quantity = planned.quantity
        copied.is_replayed = planned.is_replayed
        copied.next = chain
        chain = index
    return chain


@inlined
def _next_action(w: World, slot: int) -> None:
    _choose(w, slot, later_at(w, visit_at(w, slot).rest))
    _drop_action(w, slot)


@inlined
def _choose(w: World, slot: int, planned: Any) -> None:
    """What the visit does next."""
    visit = visit_at(w, slot)
    visit.sku = planned.sku
    visit.step = planned.step
    visit.quantity = planned.quantity
    visit.is_replayed = planned.is_replayed


@inlined
def _drop_action(w: World, slot: int) -> None:
    visit = visit_at(w, slot)
    index = visit.rest
    visit.rest = later_at(w, index).next
    later_at(w, index).next = w.free_action
    w.free_action = index
    w.free_actions += 1


@inlined
def _write(w: World, slot: int, end: int, finished_s: float) -> None:
    visit = visit_at(w, slot)
    w.sojourns += finished_s - visit.intended
    row = row_at(w, w.written_rows)
    w.written_rows += 1
    row.visit = visit.number
    row.action = visit.action
    row.phase = visit.phase
    row.persona = visit.persona
    row.channel = visit.channel
    row.tier = visit.tier
    row.step = visit.step
    row.sku = sku_at(w, visit.sku).sku
    row.quantity = visit.quantity
    row.intended_s = visit.intended
    row.finished_s = finished_s
    row.outcome = end_at(w, end).outcome
    row.requests = visit.requests
    row.status = end_at(w, end).status
    row.reason = end_at(w, end).reason
    if seldom(visit.is_traced != 0):
        trace(w, visit.number, visit.action, END, visit.step, 0)


@inlined
def _write_not_sent(w: World, arrival: int) -> None:
    w.not_sent += 1
    planned = arrival_at(w, arrival)
    first = action_at(w, planned.first)
    row = row_at(w, w.written_rows)
    w.written_rows += 1
    row.visit = planned.number
    row.action = 0
    row.phase = planned.phase
    row.persona = planned.persona
    row.channel = planned.channel
    row.tier = planned.tier
    row.step = first.step
    row.sku = sku_at(w, first.sku).sku
    row.quantity = first.quantity
    row.intended_s = planned.at
    row.finished_s = math.nan
    row.outcome = end_at(w, NOT_SENT).outcome
    row.requests = 0
    row.status = 0
    row.reason = end_at(w, NOT_SENT).reason
