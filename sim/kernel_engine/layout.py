"""The tables of a run: arrays of records, which the compiled engine works on.

A *slot* is whatever waits for an instant: a task, a visit that watches its deadline, a departure
from a shared station, units that will come back. All begin alike, so that the calendar knows no
difference; `TASK` and `VISIT` are two views of the same memory. A number below 0 is nobody.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

NOBODY = -1
SLOT_BYTES = 128
CACHE_LINE_BYTES = 64


def _record(itemsize: int, **fields: tuple[str, int]) -> np.dtype[np.void]:
    """A record of fields at fixed places; some share a place when never needed at once."""
    formats, offsets = zip(*fields.values(), strict=True)
    return np.dtype(
        {"names": list(fields), "formats": formats, "offsets": offsets, "itemsize": itemsize}
    )


TASK = _record(
    SLOT_BYTES,
    generation=("i4", 8), kind=("i1", 35),
    key=("u8", 0), parent=("i4", 12), parent_generation=("i4", 16), pc=("i4", 20),
    queue_next=("i4", 24), queue_prev=("i4", 28), result=("i2", 32), role=("i1", 34),
    tier=("i1", 36), is_first=("i1", 37), is_traced=("i1", 38), fails=("i1", 39),
    visit=("i8", 40), begun=("f8", 48), copy=("i4", 56), sku=("i4", 60),
    units=("i4", 96), held=("i4", 100), quantity=("i2", 104), action=("i2", 106),
    is_done=("i1", 108), has_read=("i1", 109), is_queued=("i1", 110),
    # a stay at a station
    arrived=("f8", 64), service=("f8", 72), started=("f8", 80), order=("i8", 80),
    # the stay at the server held that it got last
    held_copy=("i4", 88), ended_at=("i4", 92), held_arrived=("f8", 112), held_started=("f8", 120),
    # tries, polls and branches
    tries=("i4", 64), epoch=("i4", 68), decided=("i4", 68), needs=("i4", 72), spare=("i4", 76),
)  # fmt: skip
"""`result` is how the task ends, or what it has heard from its child, `ended_at` the operation that
has not ended ok. `is_first`: it plays for the
first time, and who began it goes on when it waits. `held_copy` is nobody's when no server is held,
`held` the slot with the stay at the server that was got before that one. In the heap of a shared
station `service` is the virtual time at which it is done, `order` tells equals apart, and
`queue_next` and `queue_prev` are its two branches. What has just been written apart and is read
next does not lie side by side: the processor would wait for both to read them at once."""

VISIT = _record(
    SLOT_BYTES,
    generation=("i4", 8), kind=("i1", 35),
    number=("i8", 0), requests=("i2", 12), action=("i2", 14), step=("i2", 16),
    quantity=("i2", 18), phase=("i2", 20), persona=("i2", 22), channel=("i2", 24),
    tier=("i2", 26), rest=("i4", 28), is_replayed=("i1", 32), is_impatient=("i1", 33),
    is_traced=("i1", 34), sku=("i4", 36), intended=("f8", 40), deadline=("f8", 48),
    limit=("f8", 56),
)  # fmt: skip
"""`sku` is a code here and everywhere; `rest` the first of the actions that follow. It fits into
one line of the processor's cache."""

_DUE = np.dtype([("at", "f8"), ("seq", "i8"), ("next", "i4"), ("prev", "i4"), ("place", "i8")])
"""When a slot is due, and its place in the calendar: apart from the slots, so that the calendar
turns over little memory. `next` also links the slots that are free."""
_TAKEN = np.dtype([("version", "i8"), ("left", "i8"), ("bucket", "i4"), ("taking", "i4")])
"""What a task has read of the stock and where it has taken units: beside the slots, seldom
touched. `taking` is the operation."""
_ENTRY = np.dtype([("at", "f8"), ("seq", "i8"), ("slot", "i8")])
_OPERATION = np.dtype(
    [(name, "i4") for name in
     ("code", "next", "on_fail", "other", "part", "duration", "first", "count", "most", "name",
      "end", "refused", "strategy", "is_per_unit", "is_by_clock", "is_at_once", "is_background")]
    + [(name, "u8") for name in
       ("word", "chance_word", "copy_word", "error_word", "patience_word", "child_word")]
    + [(name, "f8") for name in
       ("probability", "limit", "timeout", "backoff", "factor", "jitter", "within", "by_day")]
)  # fmt: skip
_DURATION = np.dtype(
    [(name, "i4") for name in ("kind", "first", "count")]
    + [(name, "f8") for name in
       ("mean_s", "every_s", "offset_s", "middle", "sigma", "power", "scale", "d", "c")]
)  # fmt: skip
"""After `offset_s` the terms of a lognormal and of a gamma duration, see `sim.engine.streams`."""
_STATION = np.dtype(
    [(name, "f8") for name in
     ("servers", "slower", "queue_limit", "contention", "coherency", "errors", "level_servers",
      "busy_area", "queue_area", "server_area", "seen", "last_busy", "waits", "stays",
      "abandoned_waits")]
    + [(name, "i8") for name in
       ("busy", "queue", "arrivals", "served", "refused", "abandoned", "failed",
        "longest_queue")]
    + [(name, "i4") for name in
       ("is_sharing", "can_fail", "first_copy", "copies", "chosen_by", "patience", "first_zone",
        "zones", "first_class", "name", "full", "error", "left")]
)  # fmt: skip
_COPY = np.dtype(
    [(name, "f8") for name in ("virtual", "seen", "rate", "slower", "errors", "area")]
    + [(name, "i8") for name in ("busy", "waiting")]
    + [(name, "i4") for name in ("station", "first_queue", "queues", "heap", "departure")]
)
_QUEUE = np.dtype([("head", "i4"), ("tail", "i4")])
_ATTEMPT = np.dtype(
    [(name, "f8") for name in
     ("tokens", "earned", "burst", "failure_ratio", "open_for", "opened", "left_closed",
      "not_closed")]
    + [(name, "i8") for name in
       ("first_tries", "retries", "timeouts", "refused_by_breaker", "refused_by_budget",
        "openings", "failed", "seen", "oldest")]
    + [(name, "i4") for name in
       ("has_budget", "has_breaker", "state", "epoch", "probing", "passed", "probes", "window",
        "least", "first")]
)  # fmt: skip
_CACHE = np.dtype(
    [(name, "f8") for name in ("ttl", "hit_ratio", "refill", "flushed")]
    + [(name, "i8") for name in ("hits", "misses", "by_ratio")]
)
_ADMISSION = np.dtype(
    [(name, "f8") for name in ("rate", "burst", "tokens", "seen")]
    + [(name, "i8") for name in ("admitted", "refused")]
)
_SKU = np.dtype(
    [(name, "i8") for name in
     ("sku", "is_on_sale", "initial", "left", "version", "on_order", "orders", "replenished",
      "accepted", "stranded", "sold_out", "conflicts")]
    + [("out", "f8"), ("out_since", "f8")]
)  # fmt: skip
"""`out_since` is NaN while there are units."""
_MARK = np.dtype(
    [("count", "i8"), ("in_time", "i8"), ("missed", "i8"), ("sum", "f8"), ("longest", "f8")]
)
_AHEAD = np.dtype([("first", "i4"), ("count", "i4"), ("is_behind_reply", "i4")])
"""What is missed by who ends at an operation: apart from the operations, seldom touched."""
ARRIVAL = np.dtype(
    [("number", "i8"), ("at", "f8"), ("patience", "f8"), ("first", "i8"), ("last", "i8"),
     ("phase", "i2"), ("persona", "i2"), ("channel", "i2"), ("tier", "i2")]
)  # fmt: skip
ACTION = np.dtype(
    [("think", "f8"), ("sku", "i4"), ("next", "i4"), ("step", "i2"), ("quantity", "i2"),
     ("is_replayed", "i2")]
)  # fmt: skip
ROW = np.dtype(
    [("visit", "i8"), ("intended_s", "f8"), ("finished_s", "f8"), ("sku", "i4"),
     ("action", "i2"), ("phase", "i2"), ("persona", "i2"), ("channel", "i2"), ("tier", "i2"),
     ("step", "i2"), ("quantity", "i2"), ("requests", "i2"), ("status", "i2"), ("reason", "i2"),
     ("outcome", "i1")]
)  # fmt: skip
TRACE = np.dtype(
    [("at", "f8"), ("visit", "i8"), ("action", "i4"), ("what", "i4"), ("where", "i4"),
     ("sku", "i4")]
)  # fmt: skip
_END = np.dtype([("outcome", "i2"), ("status", "i2"), ("reason", "i2")])
_VALUES = {
    "wheel": "i4", "crowds": "i1", "begins": "i4", "numbers": "f8", "classes": "i4",
    "zones": "f8", "windows": "i1", "fresh": "f8", "units": "i8", "histograms": "i8",
}  # fmt: skip
"""Tables of one value a record."""

TYPES: dict[str, np.dtype[np.void]] = {
    "tasks": TASK, "visits": VISIT, "dues": _DUE, "taken": _TAKEN, "near": _ENTRY,
    "operations": _OPERATION,
    "durations": _DURATION, "ends": _END, "stations": _STATION, "copies": _COPY,
    "queues": _QUEUE, "attempts": _ATTEMPT, "caches": _CACHE, "admissions": _ADMISSION,
    "skus": _SKU, "marks": _MARK, "ahead": _AHEAD, "arrivals": ARRIVAL, "actions": ACTION,
    "later": ACTION, "rows": ROW, "traces": TRACE,
} | {name: np.dtype([("value", kind)]) for name, kind in _VALUES.items()}  # fmt: skip

WORLD = np.dtype(
    [(name, "f8") for name in
     ("now", "agenda_s", "arrival_s", "timeout", "midnight", "buckets_per_s", "ordered_for",
      "in_play_area", "in_play_seen", "sojourns")]
    + [(name, "i8") for name in
       ("seq", "arrival_seq", "arrival", "arrivals_in_chunk", "open", "begun", "ended",
        "in_flight", "in_flight_limit", "visits_played", "not_sent", "left", "events",
        "shared_arrivals", "bucket", "scout", "due_near",
        "near_limit", "free", "free_slots", "next_free_slot", "free_action", "free_actions",
        "most_actions", "current", "freed", "last_freed", "written_rows", "row_limit",
        "written_traces", "trace_limit", "traced_from", "traced_to", "is_playing_arrival",
        "ordered_sku", "units_ordered", "reorder_point", "order_up_to", "lead_time",
        "stock_buckets", "cache_count", "antithetic")]
    + [("seed", "u8"), ("lead_word", "u8")]
    + [(name, "i8") for name in TYPES]
)  # fmt: skip
"""The numbers of a run, and the addresses of its tables. `open` counts what keeps the run from
being over: arrivals to come (one), visits in flight, tasks and releases. `current` is the task
that goes on now, `freed` the first of those who go on after it, having got a server to hold."""

Table = npt.NDArray[Any]
World: TypeAlias = Any
"""A record of WORLD: as numba sees it, its fields are attributes."""
