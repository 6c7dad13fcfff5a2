"""Records in the tables of a run, by their number.

The world of a run is one record: its numbers, and where each table lies in memory. So it goes from
function to function as one pointer. Nothing is counted or checked here: Python keeps the tables
alive, and the operations of a program refer to what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.layout import TYPES

Record = Any
RecordAt = Callable[[Any, int], Record]


def _pointed(table: str) -> Callable[..., Any]:
    """A compiled function from an address and a number to a record there."""
    record = numba.from_dtype(TYPES[table])
    size_bytes = TYPES[table].itemsize

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, number = arguments
        offset = builder.mul(number, ir.Constant(number.type, size_bytes))
        pointer = context.get_value_type(signature.return_type)
        return builder.inttoptr(builder.add(address, offset), pointer)

    def pointed(_typing: Any, _address: Any, _number: Any) -> Any:
        return record(types.int64, types.int64), codegen

    made: Callable[..., Any] = intrinsic(pointed)
    return made


_task_at = _pointed("tasks")
_visit_at = _pointed("visits")
_taken_at = _pointed("taken")
_near_at = _pointed("near")
_place_at = _pointed("wheel")
_crowd_at = _pointed("crowds")
_operation_at = _pointed("operations")
_begin_at = _pointed("begins")
_duration_at = _pointed("durations")
_number_at = _pointed("numbers")
_end_at = _pointed("ends")
_station_at = _pointed("stations")
_copy_at = _pointed("copies")
_queue_at = _pointed("queues")
_class_at = _pointed("classes")
_zone_at = _pointed("zones")
_attempt_at = _pointed("attempts")
_try_at = _pointed("windows")
_cache_at = _pointed("caches")
_fresh_at = _pointed("fresh")
_admission_at = _pointed("admissions")
_sku_at = _pointed("skus")
_units_at = _pointed("units")
_mark_at = _pointed("marks")
_bin_at = _pointed("histograms")
_arrival_at = _pointed("arrivals")
_action_at = _pointed("actions")
_later_at = _pointed("later")
_row_at = _pointed("rows")
_trace_at = _pointed("traces")


@inlined
def task_at(w: Any, number: int) -> Record:
    return _task_at(w.tasks, number)


@inlined
def visit_at(w: Any, number: int) -> Record:
    return _visit_at(w.visits, number)


@inlined
def taken_at(w: Any, number: int) -> Record:
    return _taken_at(w.taken, number)


@inlined
def near_at(w: Any, number: int) -> Record:
    return _near_at(w.near, number)


@inlined
def place_at(w: Any, number: int) -> Record:
    return _place_at(w.wheel, number)


@inlined
def crowd_at(w: Any, number: int) -> Record:
    return _crowd_at(w.crowds, number)


@inlined
def operation_at(w: Any, number: int) -> Record:
    return _operation_at(w.operations, number)


@inlined
def begin_at(w: Any, number: int) -> Record:
    return _begin_at(w.begins, number)


@inlined
def duration_at(w: Any, number: int) -> Record:
    return _duration_at(w.durations, number)


@inlined
def number_at(w: Any, number: int) -> Record:
    return _number_at(w.numbers, number)


@inlined
def end_at(w: Any, number: int) -> Record:
    return _end_at(w.ends, number)


@inlined
def station_at(w: Any, number: int) -> Record:
    return _station_at(w.stations, number)


@inlined
def copy_at(w: Any, number: int) -> Record:
    return _copy_at(w.copies, number)


@inlined
def queue_at(w: Any, number: int) -> Record:
    return _queue_at(w.queues, number)


@inlined
def class_at(w: Any, number: int) -> Record:
    return _class_at(w.classes, number)


@inlined
def zone_at(w: Any, number: int) -> Record:
    return _zone_at(w.zones, number)


@inlined
def attempt_at(w: Any, number: int) -> Record:
    return _attempt_at(w.attempts, number)


@inlined
def try_at(w: Any, number: int) -> Record:
    return _try_at(w.windows, number)


@inlined
def cache_at(w: Any, number: int) -> Record:
    return _cache_at(w.caches, number)


@inlined
def fresh_at(w: Any, number: int) -> Record:
    return _fresh_at(w.fresh, number)


@inlined
def admission_at(w: Any, number: int) -> Record:
    return _admission_at(w.admissions, number)


@inlined
def sku_at(w: Any, number: int) -> Record:
    return _sku_at(w.skus, number)


@inlined
def units_at(w: Any, number: int) -> Record:
    return _units_at(w.units, number)


@inlined
def mark_at(w: Any, number: int) -> Record:
    return _mark_at(w.marks, number)


@inlined
def bin_at(w: Any, number: int) -> Record:
    return _bin_at(w.histograms, number)


@inlined
def arrival_at(w: Any, number: int) -> Record:
    return _arrival_at(w.arrivals, number)


@inlined
def action_at(w: Any, number: int) -> Record:
    return _action_at(w.actions, number)


@inlined
def later_at(w: Any, number: int) -> Record:
    return _later_at(w.later, number)


@inlined
def row_at(w: Any, number: int) -> Record:
    return _row_at(w.rows, number)


@inlined
def trace_at(w: Any, number: int) -> Record:
    return _trace_at(w.traces, number)
