"""A recorded series in a CSV file, plain or gzip: a column of counts and the time of each row."""

from __future__ import annotations

import csv
import difflib
import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reports.documents.mistake import DocumentError, Mistake, mistake_in_file
from scenarios.workload.columns import Floats
from scenarios.workload.recorded_instant import epoch_s, start_s
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.shape_in_words import duration_in_words
from scenarios.workload.shape_keys import Series

LARGEST_FILE_BYTES = 256_000_000
MOST_SHOWN = 20
_GZIP = b"\x1f\x8b"
_CELL = r'\s*(?:"(?:[^"]|"")*"[^{0}]*|[^{0}]*)'


class SeriesError(Exception):
    """What a campaign says wrongly about a file: at `key` of its series."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The rows below the header, without blank lines, and the line of each."""

    file: Path
    lines: Sequence[str]
    delimiter: str
    header: tuple[str, ...]
    rows: list[list[str]]
    line_numbers: list[int]

    def mistake(self, row: int, column: int, message: str) -> Mistake:
        """A mistake in a cell, at the place where it begins."""
        line = self.line_numbers[row]
        text = self.lines[line - 1]
        cells = re.compile(_CELL.format(re.escape(self.delimiter)))
        at = 0
        for _ in range(column):
            found = cells.match(text, at)
            at = min(found.end() + 1, len(text)) if found else at
        name = self.header[column]
        return Mistake(file=str(self.file), line=line, column=at + 1, path=name, message=message)


def read_series(written: Series, directory: Path) -> Buckets:
    """The arrivals that `written` asks for, from its start on, its file being in `directory`.

    Raises SeriesError for what is wrong in `written`, DocumentError for what is in the file.
    """
    table = _table(directory / written.file, written)
    values = _numbers(table, _column(table, "column", written.column), _count)
    starts_s, every_s = _times(table, written)
    # A row lasts until the next one at most; after a row that is missing there is a pause.
    lasts_s = np.full(len(values), every_s)
    lasts_s[:-1] = np.minimum(every_s, np.diff(starts_s))
    per_row = 1.0 if written.per_s is None else lasts_s / written.per_s
    whole = _buckets(starts_s - starts_s[0], lasts_s, values * per_row * written.scale)
    begin_s = start_s(written.start, float(starts_s[0]))
    if not 0 <= begin_s < whole.duration_s:
        held = duration_in_words(whole.duration_s)
        raise SeriesError("from", f"must be within {written.file}, which holds {held}")
    return whole.between(begin_s, whole.duration_s)


def _buckets(starts_s: Floats, lasts_s: Floats, counts: Floats) -> Buckets:
    """A bucket for each row, and an empty one for each gap between two."""
    edges_s = np.stack([starts_s, starts_s + lasts_s], axis=1).ravel()
    edges_s[2::2] = np.maximum(edges_s[2::2], edges_s[1:-1:2])
    filled = np.zeros(2 * len(counts) - 1)
    filled[::2] = counts
    wide = np.diff(edges_s) > 1e-9 * lasts_s.max()
    return Buckets(edges_s=np.append(edges_s[:-1][wide], edges_s[-1]), counts=filled[wide])


def _times(table: _Table, written: Series) -> tuple[Floats, float]:
    """When each row starts, in seconds, and how long one lasts."""
    if written.time_column is None:
        assert written.every_s is not None
        return np.arange(len(table.rows), dtype=np.float64) * written.every_s, written.every_s
    column = _column(table, "time_column", written.time_column)
    starts_s = _numbers(table, column, _instant)
    if late := np.flatnonzero(np.diff(starts_s) <= 0)[:MOST_SHOWN].tolist():
        what = "must be later than the row before"
        raise DocumentError([table.mistake(row + 1, column, what) for row in late])
    if written.every_s is not None:
        return starts_s, written.every_s
    if len(starts_s) < 2:
        raise SeriesError("time_column", "tells no length of a single row: give every")
    gaps_s, often = np.unique(np.diff(starts_s), return_counts=True)
    return starts_s, float(gaps_s[often.argmax()])


def _numbers(table: _Table, column: int, of: Callable[[str], float]) -> Floats:
    """The cells of `column` as numbers. Raises DocumentError with the cells that are none."""
    numbers, wrong, count = np.empty(len(table.rows)), [], 0
    for row, cells in enumerate(table.rows):
        try:
            numbers[row] = of(cells[column].strip())
        except (ValueError, OverflowError, IndexError) as error:
            count += 1
            if count <= MOST_SHOWN:
                is_short = isinstance(error, IndexError)
                wrong.append(_wrong_cell(table, row, column, "" if is_short else str(error)))
    if count > MOST_SHOWN:
        wrong.append(mistake_in_file(table.file, f"{count:,} cells are wrong in all").mistakes[0])
    if wrong:
        raise DocumentError(wrong)
    return numbers


def _wrong_cell(table: _Table, row: int, column: int, what: str) -> Mistake:
    cells = table.rows[row]
    if not what:
        return table.mistake(row, column, f"is missing: this row has {len(cells)} cells")
    return table.mistake(row, column, f'{what}, got "{cells[column].strip()[:40]}"')


def _count(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        raise ValueError("must be a number") from None
    if not 0 <= value < float("inf"):
        raise ValueError("must not be negative" if value < 0 else "must be a finite number")
    return value


def _instant(cell: str) -> float:
    try:
        value = epoch_s(cell)
    except (ValueError, OverflowError):
        value = float("nan")
    if not -1e15 < value < 1e15:
        raise ValueError('must be an instant such as "2025-11-11 20:00:00" or a number of seconds')
    return value


def _column(table: _Table, key: str, name: str) -> int:
    found = [index for index, each in enumerate(table.header) if each == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise SeriesError(key, f'"{name}" stands {len(found)} times in {table.file.name}')
    close = difflib.get_close_matches(name, table.header, n=1)
    hint = f'did you mean "{close[0]}"?' if close else f"(columns: {', '.join(table.header)})"
    sign = ", " if close else " "
    raise SeriesError(key, f'"{name}" is no column of {table.file.name}{sign}{hint}')


def _table(file: Path, written: Series) -> _Table:
    lines = _text(file, written).splitlines()
    if not lines or not lines[0].strip():
        raise mistake_in_file(file, "is empty: expected a header and rows of a CSV file")
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    rows, numbers = [], []
    try:
        header = tuple(each.strip() for each in next(reader))
        for row in reader:
            if row:
                rows.append(row)
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise mistake_in_file(file, f"is no CSV: {error}", line=reader.line_num) from None
    if not rows:
        raise mistake_in_file(file, "has a header but no rows")
    return _Table(
        file=file, lines=lines, delimiter=delimiter, header=header, rows=rows,
        line_numbers=numbers,
    )  # fmt: skip


def _text(file: Path, written: Series) -> str:
    try:
        with file.open("rb") as raw:
            is_packed = raw.read(2) == _GZIP
        with gzip.open(file) if is_packed else file.open("rb") as stream:
            data = stream.read(LARGEST_FILE_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise mistake_in_file(file, f"its gzip data is damaged: {error}") from None
    except OSError as error:
        raise SeriesError("file", f'"{written.file}" cannot be read: {error.strerror}') from None
    if len(data) > LARGEST_FILE_BYTES:
        raise mistake_in_file(file, f"is larger than {LARGEST_FILE_BYTES // 10**6} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise mistake_in_file(file, "is not UTF-8 text: expected CSV", line=line) from None
