"""Records in the tables of a run, by their number.

The world of a run is one record: its numbers, and where each table lies in memory. So it goes from
function to function as one pointer. Nothing is counted or checked here: Python keeps the tables
alive, and the operations of a program refer to what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from sim.kernel_engine.layout import CACHE_LINE_BYTES, SLOT_BYTES, TYPES, WORLD, World

Record = Any
_BIT, _BYTE, _FLAG, _WORD = (ir.IntType(bits) for bits in (1, 8, 32, 64))


def _address(builder: Any, world: Any, table: str, number: Any) -> Any:
    """Where record `number` of a table lies, as a whole number. The tables stay where they are
    while compiled code plays, so it need not ask again after it has written something."""
    fields = WORLD.fields
    assert fields
    world_bytes = builder.bitcast(world, _BYTE.as_pointer())
    field = builder.gep(world_bytes, [ir.Constant(_FLAG, fields[table][1])])
    first = builder.load(builder.bitcast(field, _WORD.as_pointer()))
    first.set_metadata("invariant.load", builder.module.add_metadata([]))
    size_bytes = ir.Constant(_WORD, TYPES[table].itemsize)
    return builder.add(first, builder.mul(number, size_bytes))


def _records(table: str) -> Callable[[World, int], Record]:
    """What gives record `number` of a table: `records(w, number)`, for compiled code."""
    record = numba.from_dtype(TYPES[table])

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = context.get_value_type(signature.return_type)
        return builder.inttoptr(_address(builder, arguments[0], table, arguments[1]), pointer)

    def typed(_: Any, world: Any, number: Any) -> Any:
        assert number is not None
        return record(world, types.int64), codegen

    made: Any = intrinsic(typed)
    return cast(Callable[[World, int], Record], made)


def _fetching(table: str, size_bytes: int) -> Callable[[World, int], None]:
    """What has the processor bring so much of a record near before it is needed; the record need
    not exist."""

    def codegen(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        byte = _BYTE.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _FLAG, _FLAG, _FLAG])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        first = _address(builder, arguments[0], table, arguments[1])
        for line in range(0, size_bytes, CACHE_LINE_BYTES):
            place = builder.inttoptr(builder.add(first, ir.Constant(_WORD, line)), byte)
            builder.call(prefetch, [place, _FLAG(0), _FLAG(3), _FLAG(1)])
        return context.get_dummy_value()

    def typed(_: Any, world: Any, number: Any) -> Any:
        assert number is not None
        return types.none(world, types.int64), codegen

    made: Any = intrinsic(typed)
    return cast(Callable[[World, int], None], made)


def _expecting(*, expected: bool) -> Callable[[bool], bool]:
    """What hands on a condition that is hardly ever otherwise: the machine code of the rest is laid
    aside."""

    def codegen(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_BIT, [_BIT, _BIT])
        expect = builder.module.declare_intrinsic("llvm.expect", (_BIT,), kind)
        return builder.call(expect, [arguments[0], _BIT(expected)])

    def typed(_: Any, condition: Any) -> Any:
        assert condition is not None
        return types.boolean(types.boolean), codegen

    made: Any = intrinsic(typed)
    return cast(Callable[[bool], bool], made)


seldom = _expecting(expected=False)
fetch_slot = _fetching("tasks", SLOT_BYTES)
fetch_visit = _fetching("visits", CACHE_LINE_BYTES)
fetch_due = _fetching("dues", CACHE_LINE_BYTES)

task_at = _records("tasks")
visit_at = _records("visits")
due_at = _records("dues")
taken_at = _records("taken")
near_at = _records("near")
place_at = _records("wheel")
crowd_at = _records("crowds")
operation_at = _records("operations")
begin_at = _records("begins")
duration_at = _records("durations")
number_at = _records("numbers")
end_at = _records("ends")
station_at = _records("stations")
copy_at = _records("copies")
queue_at = _records("queues")
class_at = _records("classes")
zone_at = _records("zones")
attempt_at = _records("attempts")
try_at = _records("windows")
cache_at = _records("caches")
fresh_at = _records("fresh")
admission_at = _records("admissions")
sku_at = _records("skus")
units_at = _records("units")
mark_at = _records("marks")
ahead_at = _records("ahead")
bin_at = _records("histograms")
arrival_at = _records("arrivals")
action_at = _records("actions")
later_at = _records("later")
row_at = _records("rows")
trace_at = _records("traces")
