"""Tries with a time limit, retries within a budget, a breaker and a fallback.

ATTEMPT, TRY, TRIED and RETRY are four operations in a row: the attempt begins, a try begins, a
try has begun or ended or timed out, and the pause before a retry is over.
"""

from __future__ import annotations

import math

import numpy as np

from reports.record.outcome import Outcome
from sim.kernel_engine.calendar import schedule, unschedule
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import draw
from sim.kernel_engine.layout import World
from sim.kernel_engine.memory import attempt_at, end_at, operation_at, seldom, task_at, try_at
from sim.kernel_engine.tasks import (
    OK,
    TRY,
    WAITS,
    begin_child,
    fail,
    go_on,
    leave_children,
    wait,
    wait_until,
)
from sim.kernel_engine.tracing import OPEN, RETRY, TIMEOUT, note
from sim.kernel_engine.tracing import TRY as TRY_NOTE

CLOSED, OPENED, HALF_OPEN = range(3)
_FAILED = int(Outcome.FAILED)


@inlined
def begin_attempt(w: World, slot: int) -> None:
    """A token is earned for the budget; the first try follows."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    attempt = attempt_at(w, operation.part)
    attempt.first_tries += 1
    if attempt.has_budget:
        attempt.tokens = min(attempt.burst, attempt.tokens + attempt.earned)
    task.tries = 0
    go_on(w, slot, operation.next)


@inlined
def begin_try(w: World, slot: int) -> None:
    """A try begins as a child, unless the breaker is open."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    attempt = attempt_at(w, operation.part)
    if seldom(attempt.has_breaker != 0) and not _lets_through(w, operation.part):
        attempt.refused_by_breaker += 1
        note(w, slot, OPEN, operation.name)
        _give_up(w, slot, operation.refused)
        return
    task.epoch = attempt.epoch
    note(w, slot, TRY_NOTE, operation.name)
    task.pc = operation.next
    begin_child(w, slot, operation.first, TRY, operation.child_word, task.tries)


@inlined
def hear_try(w: World, slot: int) -> None:
    """A try has been begun, or has ended."""
    task = task_at(w, slot)
    operation, end = operation_at(w, task.pc), task.result
    if end == WAITS:
        if math.isfinite(operation.timeout):
            schedule(w, slot, w.now + operation.timeout)
        wait(w, slot)
        return
    unschedule(w, slot)
    failed = end_at(w, end).outcome == _FAILED
    if seldom(attempt_at(w, operation.part).has_breaker != 0):
        _count(w, operation.part, failed, task.epoch)
    if end == OK:
        go_on(w, slot, operation.next)
    elif failed:
        _retry(w, slot)
    else:
        fail(w, slot, end)


@inlined
def time_out(w: World, slot: int) -> None:
    """The reply to a try is overdue."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    leave_children(w, slot)
    attempt_at(w, operation.part).timeouts += 1
    note(w, slot, TIMEOUT, operation.name)
    task.result = operation.end
    w.current = slot


@inlined
def begin_retry(w: World, slot: int) -> None:
    """The pause is over."""
    operation = operation_at(w, task_at(w, slot).pc)
    attempt_at(w, operation.part).retries += 1
    go_on(w, slot, operation.next)


@inlined
def _retry(w: World, slot: int) -> None:
    """A try has failed: there is another one, or that was it."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    attempt = attempt_at(w, operation.part)
    if task.tries >= operation.most:
        _give_up(w, slot, task.result)
        return
    if attempt.has_budget:
        if attempt.tokens < 1.0:
            attempt.refused_by_budget += 1
            _give_up(w, slot, task.result)
            return
        attempt.tokens -= 1.0
    note(w, slot, RETRY, operation.name)
    pause_s = operation.backoff * math.pow(operation.factor, float(task.tries))
    if operation.jitter:
        number = np.uint64(task.tries)
        pause_s = pause_s * draw(task.key, operation.word, number, w.antithetic)
    task.tries += 1
    task.result = OK
    task.pc = operation.other
    if pause_s > 0:
        wait_until(w, slot, w.now + pause_s)


@inlined
def _give_up(w: World, slot: int, end: int) -> None:
    """The attempt has failed; its fallback, if there is one, goes on in the same task."""
    task = task_at(w, slot)
    fallback = operation_at(w, task.pc).count
    if fallback >= 0 and end_at(w, end).outcome == _FAILED:
        task.result = OK
        go_on(w, slot, fallback)
    else:
        fail(w, slot, end)


@inlined
def _lets_through(w: World, which: int) -> bool:
    """Whether the breaker lets a try begin now."""
    breaker, now_s = attempt_at(w, which), w.now
    if breaker.state == OPENED:
        if now_s < breaker.opened + breaker.open_for:
            return False
        breaker.state = HALF_OPEN
        breaker.epoch += 1
        breaker.probing = breaker.passed = 0
    if breaker.state == HALF_OPEN:
        if breaker.probing >= breaker.probes:
            return False
        breaker.probing += 1
    return True


@inlined
def _count(w: World, which: int, failed: bool, epoch: int) -> None:
    """A try that began in `epoch` has ended."""
    breaker, now_s = attempt_at(w, which), w.now
    if epoch != breaker.epoch:
        return
    if breaker.state == HALF_OPEN:
        _count_probe(w, which, failed)
        return
    place = breaker.first + breaker.oldest
    if breaker.seen == breaker.window:
        breaker.failed -= try_at(w, place).value
    else:
        breaker.seen += 1
    try_at(w, place).value = failed
    breaker.oldest = (breaker.oldest + 1) % breaker.window
    breaker.failed += failed
    share = breaker.failure_ratio * breaker.seen
    if breaker.seen >= breaker.least and breaker.failed >= share:
        breaker.left_closed = now_s
        _open(w, which)


@inlined
def _count_probe(w: World, which: int, failed: bool) -> None:
    breaker, now_s = attempt_at(w, which), w.now
    if failed:
        _open(w, which)
        return
    breaker.passed += 1
    if breaker.passed == breaker.probes:
        breaker.not_closed += now_s - breaker.left_closed
        breaker.failed = breaker.seen = breaker.oldest = 0
        breaker.state = CLOSED
        breaker.epoch += 1


@inlined
def _open(w: World, which: int) -> None:
    breaker = attempt_at(w, which)
    breaker.opened = w.now
    breaker.openings += 1
    breaker.state = OPENED
    breaker.epoch += 1
