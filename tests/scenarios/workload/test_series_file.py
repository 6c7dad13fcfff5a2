"""A recorded series is read to the arrival, or every wrong cell is told with its place."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from reports.documents.mistake import DocumentError
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.series_file import SeriesError, read_series
from scenarios.workload.shape_keys import Series

GOOD = """\
time,orders,views
2025-11-11 20:00:00,3,30
2025-11-11 20:01:00,0,0
2025-11-11 20:02:00,5,51.5
2025-11-11 20:04:00,7,70
"""
REAL = Path(__file__).resolve().parents[4] / "shared" / "data"


def read(tmp_path: Path, text: str, **written: object) -> Buckets:
    (tmp_path / "rate.csv").write_text(text, encoding="utf-8")
    keys = {"file": "rate.csv", "column": "orders", "time_column": "time"} | written
    return read_series(Series(**keys), tmp_path)


def mistakes(tmp_path: Path, text: str, **written: object) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        read(tmp_path, text, **written)
    return [str(each).removeprefix(str(tmp_path) + "/") for each in refused.value.mistakes]


def test_a_row_lasts_as_long_as_rows_mostly_do_and_a_missing_one_is_a_pause(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, GOOD)
    assert found.edges_s.tolist() == [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]
    assert found.counts.tolist() == [3.0, 0.0, 5.0, 0.0, 7.0]


def test_rows_follow_each_other_without_a_time_column(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD, time_column=None, every_s=10.0, column="views")
    assert found.edges_s.tolist() == [0.0, 10.0, 20.0, 30.0, 40.0]
    assert found.counts.tolist() == [30.0, 0.0, 51.5, 70.0]


def test_a_row_ends_where_the_next_one_starts(tmp_path: Path) -> None:
    text = "time,orders\n0,4\n60,4\n90,2\n150,1\n"
    found = read(tmp_path, text)
    assert found.edges_s.tolist() == [0.0, 60.0, 90.0, 150.0, 210.0]
    assert found.counts.tolist() == [4.0, 4.0, 2.0, 1.0]


def test_a_cell_may_be_a_rate(tmp_path: Path) -> None:
    """3 a second for a minute, scaled to a tenth."""
    found = read(tmp_path, GOOD, per_s=1.0, scale=0.1)
    assert found.counts[0] == pytest.approx(3 * 60 * 0.1)


@pytest.mark.parametrize("start", ["2m", "120s", "2025-11-11 20:02:00", "2025-11-11T20:02:00Z"])
def test_a_series_begins_where_it_is_asked_to(tmp_path: Path, start: str) -> None:
    assert read(tmp_path, GOOD, start=start).counts.tolist() == [5.0, 0.0, 7.0]


@pytest.mark.parametrize("start", ["5m", "2025-11-11 19:59", "2026-01-01"])
def test_a_start_outside_of_the_file_is_a_mistake(tmp_path: Path, start: str) -> None:
    with pytest.raises(SeriesError, match=r"within rate.csv, which holds 5 min") as refused:
        read(tmp_path, GOOD, start=start)
    assert refused.value.key == "from"


def test_gzip_semicolons_quotes_and_spaces_in_names_are_read(tmp_path: Path) -> None:
    text = '\ufeff"time" ; "orders";note\r\n0;"4";"a;b"\r\n60; 5 ;c\r\n\r\n'
    (tmp_path / "rate.csv.gz").write_bytes(gzip.compress(text.encode("utf-8")))
    found = read(tmp_path, GOOD, file="rate.csv.gz")
    assert found.counts.tolist() == [4.0, 5.0]


def test_every_wrong_cell_is_told_with_its_place(tmp_path: Path) -> None:
    text = 'time,note,orders\n0,"a, b",-5\n60,c,nan\n120,d,many\n180,e,\n240,f\n300,g,inf\n'
    assert mistakes(tmp_path, text) == [
        'rate.csv:2:10 orders: must not be negative, got "-5"',
        'rate.csv:3:6 orders: must be a finite number, got "nan"',
        'rate.csv:4:7 orders: must be a number, got "many"',
        'rate.csv:5:7 orders: must be a number, got ""',
        "rate.csv:6:6 orders: is missing: this row has 2 cells",
        'rate.csv:7:7 orders: must be a finite number, got "inf"',
    ]


def test_of_many_wrong_cells_some_are_shown_and_all_counted(tmp_path: Path) -> None:
    text = "time,orders\n" + "".join(f"{index},x\n" for index in range(1_234))
    found = mistakes(tmp_path, text)
    assert len(found) == 21
    assert any("1,234 cells are wrong in all" in each for each in found)


def test_times_that_do_not_ascend_are_told(tmp_path: Path) -> None:
    text = "time,orders\n2025-11-11 20:00,1\n2025-11-11 20:00,1\nnoon,1\n"
    assert mistakes(tmp_path, text)[0].startswith("rate.csv:4:1 time: must be an instant such as")
    text = text.replace("noon", "2025-11-11 19:00")
    what = "must be later than the row before"
    assert mistakes(tmp_path, text) == [f"rate.csv:{line}:1 time: {what}" for line in (3, 4)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rate.csv:1:1: is empty: expected a header and rows of a CSV file"),
        ("time,orders\n", "rate.csv:1:1: has a header but no rows"),
    ],
)
def test_a_file_without_rows_is_refused(tmp_path: Path, text: str, told: str) -> None:
    assert mistakes(tmp_path, text) == [told]


@pytest.mark.parametrize(
    ("written", "key", "told"),
    [
        ({"column": "order"}, "column", 'is no column of rate.csv, did you mean "orders"'),
        ({"column": "x"}, "column", r"\(columns: time, orders, views\)"),
        ({"time_column": "when"}, "time_column", "is no column"),
        ({"file": "no.csv"}, "file", '"no.csv" cannot be read: No such file'),
        ({"file": "."}, "file", "cannot be read: Is a directory"),
    ],
)
def test_what_the_campaign_says_wrongly_is_told_at_its_key(
    tmp_path: Path, written: dict[str, object], key: str, told: str
) -> None:
    with pytest.raises(SeriesError, match=told) as refused:
        read(tmp_path, GOOD, **written)
    assert refused.value.key == key


def test_binary_and_broken_files_are_refused(tmp_path: Path) -> None:
    keys = Series(file="x.csv", column="a", every_s=1.0)
    for data, told in (
        (b"a\n\xff\xfe\n", "x.csv:2:1: is not UTF-8 text"),
        (gzip.compress(b"a\n1\n" * 999, mtime=0)[:40], "gzip data is damaged"),
    ):
        (tmp_path / "x.csv").write_bytes(data)
        with pytest.raises(DocumentError, match=told):
            read_series(keys, tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the recorded series lie beside the project only")
@pytest.mark.parametrize(
    ("written", "total", "largest"),
    [
        # The published total of the 1998 World Cup logs, and their busiest minute.
        (
            {"file": "worldcup98_per_minute.csv.gz", "column": "requests",
             "time_column": "minute_utc"},
            1_352_804_107, 229_426,
        ),
        ({"file": "callcentre_bank_5min_2003.csv.gz", "column": "calls", "every_s": 300.0},
         5_323_661, 465),
        ({"file": "nab_elb_request_count_8c0756.csv.gz", "column": "value",
          "time_column": "timestamp"}, 249_327, 656),
        ({"file": "nab_Twitter_volume_AMZN.csv.gz", "column": "value",
          "time_column": "timestamp"}, 843_768, 1_673),
    ],
)  # fmt: skip
def test_real_series_keep_every_arrival(
    written: dict[str, object], total: int, largest: int
) -> None:
    found = read_series(Series(**written), REAL)
    assert found.counts.sum() == total
    assert found.counts.max() == largest
    assert np.all(np.diff(found.edges_s) > 0)
