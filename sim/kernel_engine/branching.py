"""Operations that play other calls: one of several, several at once, one if need be, and work that
is sent away."""

from __future__ import annotations

import math

from reports.record.outcome import Outcome
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import uniform
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import cache_at, end_at, fresh_at, number_at, operation_at, task_at
from sim.kernel_engine.tasks import (
    BACKGROUND,
    BRANCH,
    OK,
    SENT,
    WAITS,
    begin_child,
    fail,
    go_on,
    leave_children,
    wait,
)
from sim.kernel_engine.tracing import HIT, MISS, SEND, note

_IS_OK = int(Outcome.OK)
UNDECIDED = -2


@inlined
def choose(w: World, slot: int) -> None:
    """The chances up to and with each branch are in `numbers`, then where each begins."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    u = uniform(w, task.key, operation.word)
    last = operation.first + operation.count - 1
    branch = operation.first
    while branch < last and u >= number_at(w, branch).value:
        branch += 1
    go_on(w, slot, int(number_at(w, branch + operation.count).value))


@inlined
def begin_fork(w: World, slot: int) -> None:
    """The first branch begins; the others follow as soon as the one before waits or has ended."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    task.needs = operation.most
    task.spare = operation.count - operation.most
    task.tries = 0
    task.decided = UNDECIDED
    task.pc = operation.next
    _begin_branch(w, slot)


@inlined
def hear_branch(w: World, slot: int) -> None:
    """A branch has been begun, or has ended."""
    task = task_at(w, slot)
    operation, end = operation_at(w, task.pc), task.result
    if end != WAITS and task.decided == UNDECIDED:
        _count(w, slot, end)
    if task.tries < operation.count:
        task.tries += 1
        if task.tries < operation.count:
            _begin_branch(w, slot)
            return
    if task.decided == UNDECIDED:
        wait(w, slot)
    elif task.decided == OK:
        task.result = OK
        go_on(w, slot, operation.next)
    else:
        fail(w, slot, task.decided)


@inlined
def _count(w: World, slot: int, end: int) -> None:
    task = task_at(w, slot)
    if end_at(w, end).outcome == _IS_OK:
        task.needs -= 1
    else:
        task.spare -= 1
    if task.needs > 0 and task.spare >= 0:
        return
    task.decided = end if task.spare < 0 else OK
    leave_children(w, slot)


@inlined
def _begin_branch(w: World, slot: int) -> None:
    """The calls of the branches begin where `numbers` says."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    begins = int(number_at(w, operation.first + task.tries).value)
    child = begin_child(w, slot, begins, BRANCH, operation.child_word, task.tries)
    if task.decided != UNDECIDED:
        task_at(w, child).parent_generation = NOBODY


@inlined
def look_up(w: World, slot: int) -> None:
    """Goes on with the next operation on a hit, with the call on a miss."""
    task, now_s = task_at(w, slot), w.now
    operation = operation_at(w, task.pc)
    cache = cache_at(w, operation.part)
    if cache.by_ratio:
        ratio = cache.hit_ratio * _refilled_ratio(w, operation.part)
        hit = uniform(w, task.key, operation.word) < ratio
    else:
        hit = fresh_at(w, task.sku * w.cache_count + operation.part).value + cache.ttl > now_s
    if hit:
        cache.hits += 1
        note(w, slot, HIT, operation.name)
        go_on(w, slot, operation.next)
        return
    cache.misses += 1
    note(w, slot, MISS, operation.name)
    if operation.is_at_once:
        fresh_at(w, task.sku * w.cache_count + operation.part).value = now_s
    go_on(w, slot, operation.first)


@inlined
def fill_cache(w: World, slot: int) -> None:
    """What was asked for is there now."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    fresh_at(w, task.sku * w.cache_count + operation.part).value = w.now
    go_on(w, slot, operation.next)


@inlined
def _refilled_ratio(w: World, which: int) -> float:
    cache = cache_at(w, which)
    if cache.refill == 0 or math.isinf(cache.flushed):
        return 1.0
    return 1.0 - math.exp(-(w.now - cache.flushed) / cache.refill)


@inlined
def send(w: World, slot: int) -> None:
    """Also of a background, which is to be polled for."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    note(w, slot, SEND, operation.name)
    task.pc = operation.next
    role = BACKGROUND if operation.is_background else SENT
    child = begin_child(w, slot, operation.first, role, operation.child_word, 0)
    if operation.is_at_once:
        task_at(w, child).begun = w.now


@inlined
def hear_sent(w: World, slot: int) -> None:
    """What was sent waits, or has ended at once."""
    task = task_at(w, slot)
    operation, end = operation_at(w, task.pc), task.result
    task.is_done = end != WAITS
    task.tries = 0
    if end in (WAITS, OK):
        task.result = OK
        go_on(w, slot, operation.next)
    else:
        fail(w, slot, end)
