"""What comes after a step's call: it may be declined; a shopper polls for the result."""

from __future__ import annotations

from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import uniform
from sim.kernel_engine.layout import World
from sim.kernel_engine.memory import number_at, operation_at, task_at, visit_at
from sim.kernel_engine.tasks import (
    ASKED,
    OK,
    WAITS,
    begin_child,
    fail,
    go_on,
    is_awaited,
    wait,
    wait_until,
)
from sim.kernel_engine.tracing import POLL, note

LAST = 0
"""Where every task ends."""


@inlined
def decline(w: World, slot: int) -> None:
    """Some calls that ended ok are declined."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    if uniform(w, task.key, operation.word) < operation.probability:
        fail(w, slot, operation.end)
    else:
        go_on(w, slot, operation.next)


@inlined
def pause_before_poll(w: World, slot: int) -> None:
    """A visit that has gone polls no more."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    if not is_awaited(w, slot):
        go_on(w, slot, LAST)
    elif task.tries >= operation.most:
        fail(w, slot, operation.end)
    else:
        pause = operation.first + min(task.tries, operation.count - 1)
        pause_s = number_at(w, pause).value
        task.pc = operation.next
        if pause_s > 0:
            wait_until(w, slot, w.now + pause_s)


@inlined
def ask(w: World, slot: int) -> None:
    """The pause is over: a poll begins as a child."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    if not is_awaited(w, slot):
        go_on(w, slot, LAST)
        return
    visit_at(w, task.parent).requests += 1
    note(w, slot, POLL, operation.name)
    task.pc = operation.next
    begin_child(w, slot, operation.first, ASKED, operation.child_word, task.tries)


@inlined
def hear_answer(w: World, slot: int) -> None:
    """The poll waits, or has its answer."""
    task = task_at(w, slot)
    operation, end = operation_at(w, task.pc), task.result
    if end == WAITS:
        wait(w, slot)
    elif end != OK:
        fail(w, slot, end)
    elif task.is_done:
        go_on(w, slot, LAST)
    else:
        task.tries += 1
        go_on(w, slot, operation.next)
