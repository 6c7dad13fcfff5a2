"""How long something takes, as people write it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from pydantic import ConfigDict

from reports.documents.definition import STRICT_KEYS
from reports.documents.located_yaml import KeyPath
from reports.documents.quantity import Duration
from sim.model.distribution import Distribution, empirical, until
from sim.model.written_values import Pause, Positive

Shape = Literal["exponential", "deterministic", "gamma", "lognormal"]
_CV_OF: Mapping[str, float] = {"exponential": 1.0, "deterministic": 0.0}
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
LARGEST_FILE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDefinition:
    """A column of durations in a CSV file with a header, whose path counts from the model's."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    file: str
    column: str
    unit: Literal["ms", "s", "min", "h"] = "ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilDefinition:
    """Until the clock next shows a multiple of `every` after midnight, plus `offset`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    every: Duration
    offset: Pause = 0.0


class WrittenDuration(Protocol):
    """The keys that say how long something takes. Exactly one of `mean`, `values`, `values_from`
    and `until` is written; `cv` is given for gamma and lognormal only."""

    @property
    def mean(self) -> float | None: ...
    @property
    def distribution(self) -> Shape | None: ...
    @property
    def cv(self) -> float | None: ...
    @property
    def values(self) -> tuple[float, ...] | None: ...
    @property
    def values_from(self) -> ColumnDefinition | None: ...
    @property
    def until(self) -> UntilDefinition | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationDefinition:
    """See `WrittenDuration`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    mean: Duration | None = None
    distribution: Shape | None = None
    cv: Positive | None = None
    values: tuple[Pause, ...] | None = None
    values_from: ColumnDefinition | None = None
    until: UntilDefinition | None = None


def distribution_of(written: WrittenDuration, directory: Path) -> Distribution:
    """What `written`, which has no mistakes, stands for. `directory` holds the model's file."""
    if written.values is not None:
        return empirical(*written.values)
    if written.values_from is not None:
        return empirical(*column_s(written.values_from, directory))
    if written.until is not None:
        return until(written.until.every, written.until.offset)
    assert written.mean is not None
    kind = written.distribution or "exponential"
    cv = _CV_OF.get(kind, written.cv)
    assert cv is not None
    return Distribution(kind=kind, mean_s=written.mean, cv=cv)


def duration_mistakes(
    written: WrittenDuration, path: KeyPath, directory: Path
) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong in the keys at `path` that say how long something takes."""
    ways = {key: getattr(written, key) for key in ("mean", "values", "values_from", "until")}
    given = [key for key, value in ways.items() if value is not None]
    if len(given) != 1:
        yield path, f"must have one of {', '.join(ways)}; has {' and '.join(given) or 'none'}"
        return
    if written.values == ():
        yield (*path, "values"), "must name at least one duration"
    if written.values_from is not None:
        try:
            column_s(written.values_from, directory)
        except ValueError as error:
            yield (*path, "values_from"), str(error)
    if written.mean is None:
        for key in ("distribution", "cv"):
            if getattr(written, key) is not None:
                yield (*path, key), f"belongs to a mean; {given[0]} says all"
        return
    kind = written.distribution or "exponential"
    if kind in _CV_OF and written.cv is not None:
        yield (*path, "cv"), f"of {kind} durations is {_CV_OF[kind]:g}; leave it out"
    if kind not in _CV_OF and written.cv is None:
        yield path, f"{kind} durations need a cv"


def column_s(written: ColumnDefinition, directory: Path) -> tuple[float, ...]:
    """The durations in a column of a CSV file, in seconds; empty cells are left out. Raises
    ValueError for a file that cannot be read, a column that is not there, and a cell that is no
    duration, with its line."""
    file = directory / written.file
    try:
        if file.stat().st_size > LARGEST_FILE_BYTES:
            raise ValueError(f"{file} is larger than {LARGEST_FILE_BYTES // 1_000_000} MB")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ValueError(f"{file} cannot be read: {what}") from None
    rows = csv.DictReader(text.splitlines())
    if written.column not in (header := rows.fieldnames or ()):
        known = ", ".join(header)
        raise ValueError(f'{file} has no column "{written.column}" (known: {known})')
    unit_s = _SECONDS[written.unit]
    cells = ((rows.line_num, row[written.column] or "") for row in rows)
    found = tuple(_cell(cell, file, line) * unit_s for line, cell in cells if cell.strip())
    if not found:
        raise ValueError(f'{file} has nothing in the column "{written.column}"')
    return found


def _cell(cell: str, file: Path, line: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError(f'{file}:{line} must be a number from 0, got "{cell}"')
    return value
