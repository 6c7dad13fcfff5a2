"""Rows between being made and being written."""

from __future__ import annotations

import io
import struct

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.record.row import ACTION_SCHEMA, ActionRow, GaugeRow
from reports.record.segment import OpenSegment, Segment
from tests.reports.records import row

SMALL = st.integers(-(2**15), 2**15 - 1)
INSTANT = st.floats(allow_nan=False)
ROWS = st.builds(
    ActionRow,
    *(st.integers(-(2**63), 2**63 - 1), SMALL, SMALL, SMALL, SMALL, SMALL, SMALL),
    *(st.integers(-(2**31), 2**31 - 1), SMALL, INSTANT, INSTANT, INSTANT),
    *(st.integers(-128, 127), SMALL, SMALL, st.text(max_size=5), SMALL, SMALL),
)


def read(segment: Segment, kind: str) -> list[tuple]:
    table = pq.read_table(io.BytesIO(dict(segment.files())[kind]))
    return [tuple(each.values()) for each in table.to_pylist()]


@given(st.lists(ROWS, min_size=1, max_size=20))
def test_every_row_is_read_back_as_it_was_made(rows: list[ActionRow]) -> None:
    opened = OpenSegment()
    for each in rows:
        opened.action(each)
    assert read(opened.cut(), "actions") == rows


def test_a_cut_takes_the_rows_along_and_counts_segments_that_have_some() -> None:
    opened = OpenSegment()
    assert opened.cut().is_empty
    opened.action(row(1, reason="sold_out"))
    first = opened.cut()
    opened.gauge(GaugeRow(1.0, "in_flight", 2.0))
    second = opened.cut()
    assert (first.number, second.number) == (1, 2)
    assert [kind for kind, _ in first.files()] == ["actions"]
    assert read(second, "gauges") == [(1.0, "in_flight", 2.0)]
    assert opened.cut().is_empty


@pytest.mark.parametrize(("column", "most"), [("quantity", 2**15 - 1), ("sku", 2**31 - 1)])
def test_a_number_that_does_not_fit_its_column_is_refused_and_not_cut_off(
    column: str, most: int
) -> None:
    opened = OpenSegment()
    opened.action(row(0)._replace(**{column: most}))
    with pytest.raises(struct.error):
        opened.action(row(0)._replace(**{column: most + 1}))
    assert len(read(opened.cut(), "actions")) == 1


def test_a_segment_has_the_columns_of_the_record() -> None:
    opened = OpenSegment()
    opened.action(row(0))
    [(_, content)] = opened.cut().files()
    assert pq.read_schema(io.BytesIO(content)).remove_metadata() == ACTION_SCHEMA
