"""Operations that never wait, but for those of the stock."""

from __future__ import annotations

import math

from reports.record.outcome import Outcome
from sim.engine.log_bins import BINS
from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.drawing import bin_of, uniform
from sim.kernel_engine.layout import World
from sim.kernel_engine.memory import (
    admission_at,
    ahead_at,
    bin_at,
    end_at,
    mark_at,
    number_at,
    operation_at,
    task_at,
)
from sim.kernel_engine.tasks import fail, go_on
from sim.kernel_engine.tracing import MARK, REFUSE, note
from sim.model.distribution import DAY_S

_REJECTED = int(Outcome.REJECTED)


@inlined
def admit(w: World, slot: int) -> None:
    """See `Admission`."""
    task, now_s = task_at(w, slot), w.now
    operation = operation_at(w, task.pc)
    bucket = admission_at(w, operation.part)
    bucket.tokens = min(bucket.burst, bucket.tokens + (now_s - bucket.seen) * bucket.rate)
    bucket.seen = now_s
    if bucket.tokens < 1.0:
        bucket.refused += 1
        note(w, slot, REFUSE, operation.name)
        fail(w, slot, operation.end)
    else:
        bucket.tokens -= 1.0
        bucket.admitted += 1
        go_on(w, slot, operation.next)


@inlined
def may_fail(w: World, slot: int) -> None:
    """See `Fail`."""
    task = task_at(w, slot)
    operation = operation_at(w, task.pc)
    if uniform(w, task.key, operation.word) < operation.probability:
        fail(w, slot, operation.end)
    else:
        go_on(w, slot, operation.next)


@inlined
def mark(w: World, slot: int) -> None:
    """See `Mark`."""
    task, now_s = task_at(w, slot), w.now
    operation = operation_at(w, task.pc)
    marks = mark_at(w, operation.part)
    note(w, slot, MARK, operation.name)
    elapsed_s = now_s - task.begun
    marks.count += 1
    if elapsed_s <= operation.within and _is_day_kept(w, task.begun, operation.by_day):
        marks.in_time += 1
    marks.sum += elapsed_s
    marks.longest = max(marks.longest, elapsed_s)
    bin_at(w, operation.part * BINS + bin_of(elapsed_s)).value += 1
    go_on(w, slot, operation.next)


@inlined
def miss(w: World, slot: int, end: int) -> None:
    """The task ends so, and does not come to the marks that lay ahead of it."""
    ahead = ahead_at(w, task_at(w, slot).ended_at)
    if end_at(w, end).outcome == _REJECTED and not ahead.is_behind_reply:
        return
    for each in range(ahead.first, ahead.first + ahead.count):
        mark_at(w, int(number_at(w, each).value)).missed += 1


@inlined
def _is_day_kept(w: World, begun: float, by_day: float) -> bool:
    return bool(math.isinf(by_day) or _day(w, w.now) <= _day(w, begun) + by_day)


@inlined
def _day(w: World, at_s: float) -> float:
    """Days since the first midnight, rounded down."""
    return float(math.floor((at_s - w.midnight) / DAY_S))
