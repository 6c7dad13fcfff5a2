"""The stock: units by SKU, in buckets, taken and given back."""

from __future__ import annotations

import math

import numpy as np

from reports.record.outcome import Outcome
from sim.kernel_engine.calendar import schedule
from sim.kernel_engine.compiled import entry, inlined
from sim.kernel_engine.drawing import root_key, seldom_drawn, uniform
from sim.kernel_engine.layout import NOBODY, Table, World
from sim.kernel_engine.memory import end_at, operation_at, sku_at, taken_at, task_at, units_at
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
    """See `ReadStock`."""
    task = task_at(w, slot)
    stock = sku_at(w, task.sku)
    if stock.is_on_sale:
        seen = taken_at(w, slot)
        seen.version = stock.version
        seen.left = stock.left
        task.has_read = 1
    go_on(w, slot, operation_at(w, task.pc).next)


@inlined
def take(w: World, slot: int) -> None:
    """See `TakeStock`."""
    task = task_at(w, slot)
    operation, stock = operation_at(w, task.pc), sku_at(w, task.sku)
    if not stock.is_on_sale:
        note_sku(w, slot, SOLD_OUT, stock.sku)
        fail(w, slot, NOT_ON_SALE_END)
        return
    if operation.strategy == OPTIMISTIC and not (
        task.has_read and taken_at(w, slot).version == stock.version
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
    taken_at(w, slot).bucket = bucket
    taken_at(w, slot).taking = task.pc
    note_sku(w, slot, TAKE, stock.sku)
    _order(w, task.sku)
    go_on(w, slot, operation.next)


@inlined
def _bucket(w: World, slot: int) -> int:
    """The bucket that has the units, or nobody's."""
    task = task_at(w, slot)
    operation, quantity = operation_at(w, task.pc), task.quantity
    if operation.strategy == UNCHECKED:
        left = taken_at(w, slot).left if task.has_read else 0
        return 0 if left >= quantity else NOBODY
    if operation.strategy < BUCKETED:
        return 0 if units_at(w, task.sku * w.stock_buckets + 0).value >= quantity else NOBODY
    buckets = w.stock_buckets
    first = int(uniform(w, task.key, operation.word) * buckets)
    tried = buckets if operation.strategy == BUCKETED_ON else 1
    for each in range(first, first + tried):
        if units_at(w, task.sku * w.stock_buckets + each % buckets).value >= quantity:
            return int(each % buckets)
    return NOBODY


@inlined
def settle(w: World, slot: int, end: int) -> None:
    """What becomes of the units of a task that has ended."""
    task, taken = task_at(w, slot), taken_at(w, slot)
    stock, role = sku_at(w, task.sku), task.role
    if end_at(w, end).outcome != _IS_OK:
        add(w, task.sku, taken.bucket, task.units)
    elif role in (SENT, BACKGROUND):
        stock.accepted += task.units
    elif not is_awaited(w, slot):
        stock.stranded += task.units
        _release_later(w, slot)
    elif role == ROOT:
        stock.accepted += task.units
    else:
        parent = taken_at(w, task.parent)
        task_at(w, task.parent).units += task.units
        parent.bucket = taken.bucket
        parent.taking = taken.taking


@inlined
def _release_later(w: World, slot: int) -> None:
    task, taken = task_at(w, slot), taken_at(w, slot)
    after_s = operation_at(w, taken.taking).timeout
    if math.isinf(after_s):
        return
    w.open += 1
    released = take_slot(w, RELEASE)
    task_at(w, released).sku = task.sku
    task_at(w, released).units = task.units
    taken_at(w, released).bucket = taken.bucket
    schedule(w, released, w.now + after_s)


@inlined
def release(w: World, slot: int) -> None:
    """Stranded units come back."""
    released = task_at(w, slot)
    sku_at(w, released.sku).stranded -= released.units
    add(w, released.sku, taken_at(w, slot).bucket, released.units)
    w.open -= 1


@inlined
def add(w: World, sku: int, bucket: int, units: int) -> None:
    """Adds units to a bucket, or takes them when they are below 0."""
    units_at(w, sku * w.stock_buckets + bucket).value += units
    change(w, sku, units)


@inlined
def change(w: World, sku: int, units: int) -> None:
    """Counts units that came or went, and how long there are none."""
    stock, now_s = sku_at(w, sku), w.now
    stock.left += units
    if stock.left <= 0:
        if math.isnan(stock.out_since):
            stock.out_since = now_s
    elif not math.isnan(stock.out_since):
        stock.out += now_s - stock.out_since
        stock.out_since = math.nan


@inlined
def _order(w: World, sku: int) -> None:
    """Leaves word of the units to order: Python does it before the next step."""
    stock = sku_at(w, sku)
    if w.lead_time < 0:
        return
    on_hand = stock.left + stock.on_order
    units = w.order_up_to - on_hand
    if on_hand > w.reorder_point or units <= 0:
        return
    key = root_key(w.seed, np.uint64(stock.sku), np.uint64(stock.orders))
    stock.orders += 1
    stock.on_order += units
    w.ordered_sku = sku
    w.units_ordered = units
    w.ordered_for = w.now + seldom_drawn(w, w.lead_time, key, w.lead_word)


@entry
def replenish(world: Table, sku: int, units: int) -> None:
    """Units that were ordered come, evenly to the buckets, the first ones take the remainder."""
    w = world[0]
    stock, buckets = sku_at(w, sku), w.stock_buckets
    stock.on_order -= units
    stock.replenished += units
    for bucket in range(buckets):
        units_at(w, sku * w.stock_buckets + bucket).value += units // buckets + (
            bucket < units % buckets
        )
    change(w, sku, units)
