"""Writes a run's record as it happens, in segments that survive `kill -9`.

A segment is a complete Parquet file that appears under its final name in one step, so whatever
moment the process dies, every segment of the directory opens.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from reports.record.manifest import Ending, Invariant, Manifest, RecordError, write_manifest
from reports.record.row import ACTION_SCHEMA, GAUGE_SCHEMA, ActionRow, GaugeRow


def require_free(directory: Path) -> None:
    """Raises RecordError unless `directory` is empty or does not exist yet."""
    try:
        taken = directory.exists() and any(directory.iterdir())
    except OSError as error:
        raise RecordError(f"{directory}: cannot be used: {error.strerror}") from error
    if taken:
        raise RecordError(f"{directory}: is not empty; a record needs a directory of its own")


class RecordWriter:
    """A record under construction in `directory`, which must be new or empty.

    `action` and `gauge` only append to a list. `flush` writes a segment; it may run in another
    thread than they do, one call at a time; whoever plays the run calls it every second. `close`
    writes the rest and the ending. Left without `close`, the record stays readable and counts as
    killed. Raises RecordError when the directory is in use or the disk is full.
    """

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self._actions: list[ActionRow] = []
        self._gauges: list[GaugeRow] = []
        self._segment = 0
        require_free(directory)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"{directory}: cannot be made: {error.strerror}") from error
        write_manifest(directory, manifest)

    def action(self, row: ActionRow) -> None:
        self._actions.append(row)

    def gauge(self, row: GaugeRow) -> None:
        self._gauges.append(row)

    def flush(self) -> None:
        """Writes what has been appended since the last flush as a new segment."""
        actions, self._actions = self._actions, []
        gauges, self._gauges = self._gauges, []
        if actions or gauges:
            self._segment += 1
        if actions:
            self._write("actions", actions, ACTION_SCHEMA)
        if gauges:
            self._write("gauges", gauges, GAUGE_SCHEMA)

    def close(self, ending: Ending, invariants: Sequence[Invariant] = ()) -> None:
        """Flushes and writes how the run ended."""
        self.flush()
        self.manifest = dataclasses.replace(
            self.manifest, ending=ending, invariants=(*self.manifest.invariants, *invariants)
        )
        write_manifest(self.directory, self.manifest)

    def _write(self, kind: str, rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> None:
        columns = [
            pa.array(column, type=each.type)
            for column, each in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        table = pa.Table.from_arrays(columns, schema=schema)
        final = self.directory / f"{kind}-{self._segment:06d}.parquet"
        part = final.with_suffix(".part")
        try:
            pq.write_table(table, part, compression="zstd")
            os.replace(part, final)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            what = error.strerror or str(error)
            raise RecordError(f"{final}: cannot be written: {what}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, RecordError):
            self.flush()
