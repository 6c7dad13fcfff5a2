"""The tables of a run as arrays that grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.kernel_engine.calendar import CROWDS, LEVELS, PAGE
from sim.kernel_engine.layout import CACHE_LINE_BYTES, NOBODY, SLOT_BYTES, TASK, TYPES, VISIT, Table

FIRST_SLOTS, FIRST_ACTIONS, FIRST_SKUS, FIRST_TRACES = 4_096, 4_096, 64, 4_096
SPARE_ROWS = 16


def records(kind: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """The rows as records; what a row does not have is 0."""
    made = np.zeros(max(1, len(rows)), TYPES[kind])
    for name in {name for row in rows for name in row}:
        column = [row.get(name, 0) for row in rows]
        made[name][: len(rows)] = np.array(column, made.dtype[name])
    return made


class Tables:
    """The arrays by name. `world` is what the compiled engine gets: an array of one record, with
    the addresses of the arrays; `run` is that record."""

    def __init__(self, rows_a_block: int, world: Table, **tables: Table) -> None:
        self.world = world
        self.run = world[0]
        self._tables: dict[str, Table] = {}
        self._memory = _memory(FIRST_SLOTS)
        self.replace(**tables)
        self.replace(
            wheel=np.full(LEVELS * PAGE, NOBODY, np.int32),
            crowds=np.zeros(CROWDS, np.int8),
            rows=np.empty(rows_a_block + SPARE_ROWS, TYPES["rows"]),
            traces=np.empty(FIRST_TRACES, TYPES["traces"]),
            near=np.empty(0, TYPES["near"]),
            taken=np.empty(0, TYPES["taken"]),
            dues=np.empty(0, TYPES["dues"]),
            later=np.empty(0, TYPES["later"]),
        )
        self.run["row_limit"] = rows_a_block
        self.run["trace_limit"] = FIRST_TRACES
        self._spread_slots(0)
        self.more_actions(FIRST_ACTIONS)

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def replace(self, **tables: Table) -> None:
        """Puts arrays in their place."""
        for name, table in tables.items():
            assert table.flags.c_contiguous
            assert table.itemsize == TYPES[name].itemsize
            self._tables[name] = table
            self.run[name] = table.ctypes.data

    def more_slots(self) -> None:
        """Twice as many slots."""
        slots = len(self._memory)
        grown = _memory(2 * slots)
        grown[:slots] = self._memory
        self._memory = grown
        self._spread_slots(slots)

    def more_near(self) -> None:
        near = self._tables["near"]
        self.replace(near=grown(near, 2 * len(near)))
        self.run["near_limit"] = 2 * len(near)

    def more_actions(self, more: int) -> None:
        """At least so many more actions that visits may have before them."""
        later = self._tables["later"]
        before = len(later)
        later = grown(later, before + max(more, before))
        later["next"][before:] = np.arange(before + 1, len(later) + 1)
        # The last of the new ones goes on to those that were free before.
        later["next"][-1] = self.run["free_action"] if before else NOBODY
        self.run["free_action"] = before
        self.run["free_actions"] += len(later) - before
        self.replace(later=later)

    def _spread_slots(self, before: int) -> None:
        """The slots have become more than they were."""
        slots = len(self._memory)
        self.run["free_slots"] += slots - before
        # All may come into `near` at once, beside as many that do not count any more.
        near = max(len(self._tables["near"]), 2 * slots + SPARE_ROWS)
        self.replace(
            tasks=self._memory.view(TASK).reshape(-1),
            visits=self._memory.view(VISIT).reshape(-1),
            taken=grown(self._tables["taken"], slots),
            dues=_dues(self._tables["dues"], slots),
            near=grown(self._tables["near"], near),
        )
        self.run["near_limit"] = near


def grown(table: Table, rows: int) -> Table:
    """The table with more rows, which are zeros."""
    made = np.zeros((rows, *table.shape[1:]), table.dtype)
    made[: len(table)] = table
    return made


def _dues(table: Table, rows: int) -> Table:
    """The same for the table of what is due, with one record more before the first: nobody's."""
    made = np.zeros(rows + 1, table.dtype)
    made[1 : len(table) + 1] = table
    return made[1:]


def _memory(slots: int) -> Table:
    """Slots that do not straddle lines of the processor's cache."""
    raw = np.zeros(slots * SLOT_BYTES + CACHE_LINE_BYTES, np.uint8)
    first = -raw.ctypes.data % CACHE_LINE_BYTES
    return raw[first : first + slots * SLOT_BYTES].reshape(slots, SLOT_BYTES)
