"""What is to happen, in the order of (instant, sequence of scheduling).

Time is cut into buckets. What is due in the present bucket or before it is in `near`, a small heap
of exact order. What is due later is in a list of its bucket, without any order: of one bucket
within the present page of 2^15 buckets, of one page within the present book of 2^15 pages, else
of one book. When a page begins, its events are dealt out to its buckets. So to schedule, to take
out and to come to an event take the same time however many wait: a calendar queue (Brown 1988) of
three levels (Varghese and Lauck 1987). The width of a bucket changes no result, only the speed.

Lists are linked through the slots, both ways; what would be written to nobody after the last
goes to a record before the first, so that nothing need be asked. `crowds` has for each 256
buckets of a level whether somebody may be there. An entry of `near` counts as long as its slot
has its sequence.
"""

from __future__ import annotations

import math

from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import (
    crowd_at,
    due_at,
    fetch_due,
    fetch_slot,
    fetch_visit,
    near_at,
    place_at,
    task_at,
)

BITS = 15
PAGE = 1 << BITS
LEVELS = 3
_LAST_IN_PAGE = PAGE - 1
_CROWD_BITS = 8
CROWDS = (LEVELS * PAGE) >> _CROWD_BITS
LAST_BUCKET = (1 << (LEVELS * BITS)) - 1
TASK = 0
"""The kind of those slots that are tasks, see `tasks`."""
NOWHERE, NEAR, FAR = 0, 1, 2
"""Places of a slot in the calendar."""


@inlined
def schedule(w: World, slot: int, at_s: float) -> None:
    """`slot` is due at `at_s`, after all that was scheduled for that instant before. It must not
    be scheduled already; what is never due is nowhere."""
    event = due_at(w, slot)
    event.at = at_s
    event.seq = w.seq
    w.seq += 1
    if math.isfinite(at_s):
        _put(w, slot, at_s)


@inlined
def unschedule(w: World, slot: int) -> None:
    """`slot` is no longer due, if it was."""
    event = due_at(w, slot)
    event.seq = NOBODY
    if event.place == FAR:
        before, after = event.prev, event.next
        if before >= 0:
            due_at(w, before).next = after
        else:
            place_at(w, -2 - before).value = after
        due_at(w, after).prev = before
    event.place = NOWHERE


@inlined
def is_due_before(w: World, until_s: float) -> bool:
    """Whether something is due before `until_s` or then; if so, it is first in `near`."""
    while True:
        while w.due_near > 0:
            first = near_at(w, 0)
            if due_at(w, first.slot).seq == first.seq:
                return bool(first.at <= until_s)
            _drop_first(w)
        if not _turn_to(w, bucket_of(w, until_s)):
            return False


@inlined
def take_first(w: World) -> int:
    """The slot that is first in `near`, which is not due any more."""
    slot = int(near_at(w, 0).slot)
    event = due_at(w, slot)
    event.seq = NOBODY
    event.place = NOWHERE
    _drop_first(w)
    _look_ahead(w)
    return slot


@inlined
def _look_ahead(w: World) -> None:
    """Brings near what is needed soon, and changes nothing: else each step would wait for memory.
    Who comes next was fetched while the bucket before was played, and his parent when this one was
    dealt out. He will let the parent go on, who may end, and let his visit go on. A scout walks
    along the next bucket's list, one step an event."""
    task = task_at(w, near_at(w, 0).slot)
    if task.kind == TASK and task.parent >= 0:
        parent = task_at(w, task.parent)
        fetch_due(w, task.parent)
        fetch_visit(w, parent.parent)
        fetch_due(w, parent.parent)
    scout = w.scout
    if scout >= 0:
        fetch_slot(w, scout)
        w.scout = due_at(w, scout).next
        fetch_due(w, w.scout)


@inlined
def bucket_of(w: World, at_s: float) -> int:
    """The bucket of an instant; all that is too far off shares the last."""
    buckets = at_s * w.buckets_per_s
    return int(buckets) if buckets < LAST_BUCKET else LAST_BUCKET


@inlined
def _put(w: World, slot: int, at_s: float) -> None:
    bucket, present = bucket_of(w, at_s), w.bucket
    if bucket <= present:
        _put_near(w, slot)
    else:
        _put_far(w, slot, _place_of(bucket, present))


@inlined
def _place_of(bucket: int, present: int) -> int:
    """The list of a bucket that comes after the present one."""
    if bucket >> BITS == present >> BITS:
        return bucket & _LAST_IN_PAGE
    if bucket >> (2 * BITS) == present >> (2 * BITS):
        return PAGE + ((bucket >> BITS) & _LAST_IN_PAGE)
    return 2 * PAGE + (bucket >> (2 * BITS))


@inlined
def _put_far(w: World, slot: int, place: int) -> None:
    event, after = due_at(w, slot), place_at(w, place).value
    event.place = FAR
    event.next = after
    event.prev = -2 - place
    due_at(w, after).prev = slot
    place_at(w, place).value = slot
    crowd_at(w, place >> _CROWD_BITS).value = 1


@inlined
def _turn_to(w: World, until: int) -> bool:
    """Goes on to the next bucket where something is due, or to the page or book where it is, but
    not beyond the bucket `until`."""
    present = w.bucket
    place = _next_place(w, 0, present & _LAST_IN_PAGE)
    bucket = (present >> BITS << BITS) + place
    if place < 0:
        place = _next_place(w, PAGE, (present >> BITS) & _LAST_IN_PAGE)
        bucket = ((present >> (2 * BITS) << BITS) + place) << BITS
        if place < 0:
            place = _next_place(w, 2 * PAGE, present >> (2 * BITS))
            bucket = place << (2 * BITS)
            place += PAGE
        place += PAGE
    if place < 0 or bucket < present or bucket > until:
        return False
    w.bucket = bucket
    _deal_out(w, place)
    w.scout = place_at(w, (bucket + 1) & _LAST_IN_PAGE).value
    return True


@inlined
def _next_place(w: World, first: int, after: int) -> int:
    """The next place after `after` of the level that begins at `first` where somebody is, or
    nobody."""
    place = after + 1
    while place < PAGE:
        crowd = (first + place) >> _CROWD_BITS
        end = ((place >> _CROWD_BITS) + 1) << _CROWD_BITS
        if crowd_at(w, crowd).value:
            while place < end:
                if place_at(w, first + place).value >= 0:
                    return place
                place += 1
            crowd_at(w, crowd).value = 0
        place = end
    return NOBODY


@inlined
def _deal_out(w: World, place: int) -> None:
    slot = place_at(w, place).value
    place_at(w, place).value = NOBODY
    while slot >= 0:
        event = due_at(w, slot)
        after = event.next
        _put(w, slot, event.at)
        slot = after


@inlined
def _put_near(w: World, slot: int) -> None:
    event = due_at(w, slot)
    event.place = NEAR
    fetch_slot(w, task_at(w, slot).parent)
    hole = w.due_near
    w.due_near += 1
    _rise(w, hole, event.at, event.seq, slot)


@inlined
def _drop_first(w: World) -> None:
    """The hole goes down to the bottom, always where the lesser one comes from; the last entry
    goes into it, and hardly ever rises (Wegener 1993)."""
    w.due_near -= 1
    size = w.due_near
    last = near_at(w, size)
    hole, below = 0, 2
    while below < size:
        below -= _is_before(w, below - 1, below)
        other = near_at(w, below)
        _set_entry(w, hole, other.at, other.seq, other.slot)
        hole, below = below, 2 * below + 2
    if below == size and _is_before(w, size - 1, size):
        only = near_at(w, size - 1)
        _set_entry(w, hole, only.at, only.seq, only.slot)
        hole = size - 1
    _rise(w, hole, last.at, last.seq, last.slot)


@inlined
def _rise(w: World, hole: int, at_s: float, seq: int, slot: int) -> None:
    """Puts an entry into the hole or above it."""
    while hole > 0:
        above = (hole - 1) >> 1
        other = near_at(w, above)
        if other.at < at_s or (other.at == at_s and other.seq < seq):
            break
        _set_entry(w, hole, other.at, other.seq, other.slot)
        hole = above
    _set_entry(w, hole, at_s, seq, slot)


@inlined
def _is_before(w: World, one: int, other: int) -> int:
    """1 or 0, without a branch: which it is cannot be foreseen."""
    a, b = near_at(w, one), near_at(w, other)
    return int((a.at < b.at) | ((a.at == b.at) & (a.seq < b.seq)))


@inlined
def _set_entry(w: World, index: int, at_s: float, seq: int, slot: int) -> None:
    entry = near_at(w, index)
    entry.at = at_s
    entry.seq = seq
    entry.slot = slot
