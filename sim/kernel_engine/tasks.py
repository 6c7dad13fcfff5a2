"""The life of a task, but for its end: slots are taken, children begin, tasks wait and go on.

A task that begins a child waits for nothing yet: the child is *first* played until it waits or
ends, then its parent goes on, with the child's end or WAITS as `result`. So the chain of those who
have just begun somebody needs no stack. A child that ends later lets its parent go on likewise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.kernel_engine.calendar import TASK, schedule
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import child_key
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import due_at, operation_at, task_at

WATCH, PAUSE, RELEASE, DEPARTURE, KEPT = range(1, 6)
"""Kinds of slots beside TASK: PAUSE is the pause before an action, KEPT what is known of
a server held beside a later one."""
ROOT, TRY, BRANCH, ASKED, SENT, BACKGROUND = range(6)
"""Roles of tasks."""
OK, WAITS = 0, -1


@inlined
def take_slot(w: World, kind: int) -> int:
    """A slot of one's own. Whoever plays sees to it that there are some."""
    slot = w.free
    if slot >= 0:
        w.free = due_at(w, slot).next
    else:
        slot = w.next_free_slot
        w.next_free_slot += 1
    w.free_slots -= 1
    task_at(w, slot).kind = kind
    return int(slot)


@inlined
def give_back(w: World, slot: int) -> None:
    """Nobody means this slot any more; it must not be due."""
    task_at(w, slot).generation += 1
    due_at(w, slot).next = w.free
    w.free = slot
    w.free_slots += 1


@inlined
def is_awaited(w: World, slot: int) -> bool:
    """Whether the one for whom the task was begun is still there and waits for it."""
    task = task_at(w, slot)
    return bool(task.parent >= 0 and task_at(w, task.parent).generation == task.parent_generation)


@inlined
def leave_children(w: World, slot: int) -> None:
    """Whatever this task has begun, it waits for no longer."""
    task_at(w, slot).generation += 1


@inlined
def begin_task(w: World, slot: int, pc: int, role: int, key: Any) -> None:
    """Makes the slot a task that goes on next; whose action it works for is not filled in."""
    task = task_at(w, slot)
    task.kind = TASK
    task.pc = pc
    task.role = role
    task.key = key
    task.result = OK
    task.units = 0
    task.held = NOBODY
    task.held_copy = NOBODY
    task.is_done = 0
    task.has_read = 0
    task.is_queued = 0
    w.open += 1
    w.begun += 1
    w.current = slot


@inlined
def begin_child(w: World, slot: int, pc: int, role: int, word: Any, number: int) -> int:
    """Begins child `number` of an operation of the task, which goes on when the child waits."""
    parent = task_at(w, slot)
    child_slot = take_slot(w, TASK)
    child = task_at(w, child_slot)
    begin_task(w, child_slot, pc, role, child_key(parent.key, word, np.uint64(number)))
    child.is_first = 1
    child.parent = slot
    child.parent_generation = parent.generation
    child.visit = parent.visit
    child.action = parent.action
    child.sku = parent.sku
    child.quantity = parent.quantity
    child.tier = parent.tier
    child.begun = parent.begun
    child.is_traced = parent.is_traced
    return child_slot


@inlined
def wait(w: World, slot: int) -> None:
    """The task waits; who has just begun it goes on."""
    task = task_at(w, slot)
    if task.is_first:
        task.is_first = 0
        task_at(w, task.parent).result = WAITS
        w.current = task.parent
    else:
        w.current = NOBODY


@inlined
def wait_until(w: World, slot: int, at_s: float) -> None:
    """The task waits for an instant."""
    schedule(w, slot, at_s)
    wait(w, slot)


@inlined
def go_on(w: World, slot: int, pc: int) -> None:
    """The task goes on with the operation at `pc`."""
    task_at(w, slot).pc = pc
    w.current = slot


@inlined
def fail(w: World, slot: int, end: int) -> None:
    """The task's operation ends as `end`: what the task holds is given back, then it ends so."""
    task = task_at(w, slot)
    task.result = end
    task.ended_at = task.pc
    task.pc = operation_at(w, task.pc).on_fail
    w.current = slot
