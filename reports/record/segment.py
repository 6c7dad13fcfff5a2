"""Rows between being made and being written: packed bytes first, Parquet when there is time.

A row object for each action would keep the garbage collector busy and cost a conversion of many
milliseconds while the run is paced. Packed, a row is 63 bytes, and a second of rows becomes
columns by slicing one array.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from reports.record.row import ACTION_SCHEMA, GAUGE_SCHEMA, ActionRow, GaugeRow

REASON = ActionRow._fields.index("reason")
_CODED_REASON = pa.int32()
"""A reason is packed as its number among the segment's reasons: they are few."""


def _packed_types() -> dict[str, np.dtype[np.generic]]:
    types = {each.name: each.type for each in ACTION_SCHEMA}
    types["reason"] = _CODED_REASON
    return {name: np.dtype(each.to_pandas_dtype()) for name, each in types.items()}


_TYPES = _packed_types()
_ROW = np.dtype(list(_TYPES.items()))
_STRUCT_CODES = {"i1": "b", "i2": "h", "i4": "i", "i8": "q", "f8": "d"}
_PACK = struct.Struct("=" + "".join(_STRUCT_CODES[each.str[1:]] for each in _TYPES.values())).pack


_OF_FEW_VALUES = frozenset(ACTION_SCHEMA.names) - {
    "visit", "intended_s", "started_s", "finished_s", "sku",
} | {"name"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Rows that were made between two cuts. `number` counts the segments that are not empty from
    1; `packed` has the actions one after the other, `reasons` what the numbers of their reasons
    stand for."""

    number: int
    packed: bytearray
    reasons: tuple[str, ...]
    gauges: tuple[GaugeRow, ...]

    @property
    def is_empty(self) -> bool:
        return not self.packed and not self.gauges

    def files(self) -> Iterator[tuple[str, bytes]]:
        """What is to be written, if anything: `actions` and `gauges`, each as a Parquet file."""
        if self.packed:
            yield "actions", _parquet(_action_table(self))
        if self.gauges:
            yield "gauges", _parquet(_gauge_table(self.gauges))


class OpenSegment:
    """Takes rows until it is cut."""

    def __init__(self) -> None:
        self._number = 1
        self._begin()

    def _begin(self) -> None:
        self._packed = bytearray()
        self._reasons: dict[str, int] = {}
        self._gauges: list[GaugeRow] = []

    def action(self, row: ActionRow) -> None:
        """Raises struct.error when a number does not fit into its column."""
        reason = row.reason
        code = self._reasons.get(reason)
        if code is None:
            code = self._reasons[reason] = len(self._reasons)
        self._packed += _PACK(*row[:REASON], code, *row[REASON + 1 :])

    def actions(
        self,
        columns: Mapping[str, npt.NDArray[Any]],
        reason: npt.NDArray[Any],
        words: Sequence[str],
    ) -> None:
        """Many rows at once, in some 5 % of the time: `columns` of `ActionRow` by name, those that
        are missing are 0, and for each row the code of its reason among `words`."""
        rows = np.zeros(len(reason), _ROW)
        for name, values in columns.items():
            rows[name] = values
        codes = [self._reasons.setdefault(each, len(self._reasons)) for each in words]
        rows["reason"] = np.array(codes, np.int32)[reason]
        self._packed += rows.tobytes()

    def gauge(self, row: GaugeRow) -> None:
        self._gauges.append(row)

    def cut(self) -> Segment:
        """The rows since the last cut, which leave."""
        segment = Segment(
            number=self._number,
            packed=self._packed,
            reasons=tuple(self._reasons),
            gauges=tuple(self._gauges),
        )
        self._number += not segment.is_empty
        self._begin()
        return segment


def _action_table(segment: Segment) -> pa.Table:
    rows = np.frombuffer(segment.packed, dtype=_ROW)
    columns = [pa.array(np.ascontiguousarray(rows[name])) for name in ACTION_SCHEMA.names]
    reasons = pa.array(segment.reasons, type=pa.string())
    columns[REASON] = reasons.take(columns[REASON])
    return pa.Table.from_arrays(columns, schema=ACTION_SCHEMA)


def _gauge_table(gauges: Sequence[GaugeRow]) -> pa.Table:
    columns = zip(*gauges, strict=True) if gauges else ((),) * len(GAUGE_SCHEMA)
    arrays = [
        pa.array(values, type=of.type) for values, of in zip(columns, GAUGE_SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=GAUGE_SCHEMA)


def _parquet(table: pa.Table) -> bytes:
    written = pa.BufferOutputStream()
    of_few_values = [name for name in table.column_names if name in _OF_FEW_VALUES]
    pq.write_table(table, written, compression="zstd", use_dictionary=of_few_values)
    encoded: bytes = written.getvalue().to_pybytes()
    return encoded


def get_ready() -> None:
    """Encodes no rows once: what the libraries load and look up at the first use takes a third
    of a second, which is better spent before a run than in it."""
    nothing = OpenSegment().cut()
    _parquet(_action_table(nothing))
    _parquet(_gauge_table(()))
