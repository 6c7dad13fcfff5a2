"""The stock: units by SKU, in buckets, taken and given back."""

from __future__ import annotations

import math

import numpy as np

from reports.record.outcome import Outcome
from sim.kernel_engine.calendar import schedule
from sim.kernel_engine.compiled import entry, inlined
from sim.kernel_engine.drawing import duration, root_key, uniform
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.tasks import (
    BACKGROUND,
    RELEASE,
    ROOT,
    SENT,
    fail,
    go_on,
    is_awaited,
    take_slot,
)
from sim.kernel_engine.tracing import CONFLICT, SOLD_OUT, TAKE, note_sku

ATOMIC, OPTIMISTIC, UNCHECKED, BUCKETED, BUCKETED_ON = range(5)
"""Strategies; the last goes on to the following buckets."""
SOLD_OUT_END, NOT_ON_SALE_END, CONFLICT_END = 4, 5, 6
_IS_OK = int(Outcome.OK)


@inlined
def read(w: World, slot: int) -> None:
    task = w.tasks[slot]
    stock = w.skus[task.sku]
    if stock.is_on_sale:
        seen = w.taken[slot]
        seen.version = stock.version
        seen.left = stock.left
        task.has_read = 1
    go_on(w, slot, w.operations[task.pc].next)


@inlined
def take(w: World, slot: int) -> None:
    task = w.tasks[slot]
    operation, stock = w.operations[task.pc], w.skus[task.sku]
    if not stock.is_on_sale:
        note_sku(w, slot, SOLD_OUT, stock.sku)
        fail(w, slot, NOT_ON_SALE_END)
        return
    if operation.strategy == OPTIMISTIC and not (
        task.has_read and w.taken[slot].version == stock.version
    ):
        stock.conflicts += 1
        note_sku(w, slot, CONFLICT, stock.sku)
        fail(w, slot, CONFLICT_END)
        return
    bucket = _bucket(w, slot)
    if bucket < 0:
        stock.sold_out += 1
        note_sku(w, slot, SOLD_OUT, stock.sku)
        fail(w, slot, SOLD_OUT_END)
        return
    stock.version += 1
    add(w, task.sku, bucket, -task.quantity)
    task.units += task.quantity
    w.taken[slot].bucket = bucket
    w.taken[slot].taking = task.pc
    note_sku(w, slot, TAKE, stock.sku)
    _order(w, task.sku)
    go_on(w, slot, operation.next)


@inlined
def _bucket(w: World, slot: int) -> int:
    """The bucket that has the units, or nobody's."""
    task = w.tasks[slot]
    operation, quantity = w.operations[task.pc], task.quantity
    if operation.strategy == UNCHECKED:
        left = w.taken[slot].left if task.has_read else 0
        return 0 if left >= quantity else NOBODY
    if operation.strategy < BUCKETED:
        return 0 if w.units[task.sku, 0] >= quantity else NOBODY
    buckets = w.units.shape[1]
    first = int(uniform(w, task.key, operation.word) * buckets)
    tried = buckets if operation.strategy == BUCKETED_ON else 1
    for each in range(first, first + tried):
        if w.units[task.sku, each % buckets] >= quantity:
            return each % buckets
    return NOBODY


@inlined
def settle(w: World, slot: int, end: int) -> None:
    """What becomes of the units of a task that has ended."""
    task, taken = w.tasks[slot], w.taken[slot]
    stock, role = w.skus[task.sku], task.role
    if w.ends[end].outcome != _IS_OK:
        add(w, task.sku, taken.bucket, task.units)
    elif role == SENT or role == BACKGROUND:  # noqa: PLR1714 - numba compiles it so
        stock.accepted += task.units
    elif not is_awaited(w, slot):
        stock.stranded += task.units
        _release_later(w, slot)
    elif role == ROOT:
        stock.accepted += task.units
    else:
        parent = w.taken[task.parent]
        w.tasks[task.parent].units += task.units
        parent.bucket = taken.bucket
        parent.taking = taken.taking


@inlined
def _release_later(w: World, slot: int) -> None:
    task, taken, run = w.tasks[slot], w.taken[slot], w.run[0]
    after_s = w.operations[taken.taking].timeout
    if math.isinf(after_s):
        return
    run.open += 1
    released = take_slot(w, RELEASE)
    w.tasks[released].sku = task.sku
    w.tasks[released].units = task.units
    w.taken[released].bucket = taken.bucket
    schedule(w, released, run.now + after_s)


@inlined
def release(w: World, slot: int) -> None:
    """Stranded units come back."""
    released = w.tasks[slot]
    w.skus[released.sku].stranded -= released.units
    add(w, released.sku, w.taken[slot].bucket, released.units)
    w.run[0].open -= 1


@inlined
def add(w: World, sku: int, bucket: int, units: int) -> None:
    """Adds units to a bucket, or takes them when they are below 0."""
    w.units[sku, bucket] += units
    change(w, sku, units)


@inlined
def change(w: World, sku: int, units: int) -> None:
    stock, now_s = w.skus[sku], w.run[0].now
    stock.left += units
    if stock.left <= 0:
        if math.isnan(stock.out_since):
            stock.out_since = now_s
    elif not math.isnan(stock.out_since):
        stock.out += now_s - stock.out_since
        stock.out_since = math.nan


@inlined
def _order(w: World, sku: int) -> None:
    """Leaves word of the units to order: Python does it before the next event."""
    run, stock = w.run[0], w.skus[sku]
    if run.lead_time < 0:
        return
    on_hand = stock.left + stock.on_order
    units = run.order_up_to - on_hand
    if on_hand > run.reorder_point or units <= 0:
        return
    key = root_key(run.seed, np.uint64(stock.sku), np.uint64(stock.orders))
    stock.orders += 1
    stock.on_order += units
    run.ordered_sku = sku
    run.units_ordered = units
    run.ordered_for = run.now + duration(w, run.lead_time, key, run.lead_word)


@entry
def replenish(w: World, sku: int, units: int) -> None:
    """Units that were ordered come, evenly to the buckets, the first ones take the remainder."""
    stock, buckets = w.skus[sku], w.units.shape[1]
    stock.on_order -= units
    stock.replenished += units
    for bucket in range(buckets):
        w.units[sku, bucket] += units // buckets + (bucket < units % buckets)
    change(w, sku, units)
