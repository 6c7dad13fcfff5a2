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
from typing import Self

from reports.record.manifest import Ending, Invariant, Manifest, RecordError, write_manifest
from reports.record.segment import OpenSegment, Segment, get_ready


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

    `action` and `gauge` only keep a row, `actions` many as columns. Whoever plays the run calls
    `flush` every second, which is `write(cut())`: `cut` belongs to the thread that keeps the rows
    and takes no time, `write` may run in another thread, one call at a time. `close` writes the
    rest and the ending. Left without `close`, the record stays readable and counts as killed.
    Raises RecordError when the directory is in use or the disk is full.
    """

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self._open = OpenSegment()
        self.action = self._open.action
        self.actions = self._open.actions
        self.gauge = self._open.gauge
        require_free(directory)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"{directory}: cannot be made: {error.strerror}") from error
        write_manifest(directory, manifest)
        get_ready()

    def cut(self) -> Segment:
        """The rows since the last cut, to be written."""
        return self._open.cut()

    def write(self, segment: Segment) -> None:
        """Writes what is in `segment` under its number."""
        for kind, content in segment.files():
            self._write(f"{kind}-{segment.number:06d}.parquet", content)

    def flush(self) -> None:
        self.write(self.cut())

    def close(self, ending: Ending, invariants: Sequence[Invariant] = ()) -> None:
        """Flushes and writes how the run ended."""
        self.flush()
        self.manifest = dataclasses.replace(
            self.manifest, ending=ending, invariants=(*self.manifest.invariants, *invariants)
        )
        write_manifest(self.directory, self.manifest)

    def _write(self, name: str, content: bytes) -> None:
        final = self.directory / name
        part = final.with_suffix(".part")
        try:
            part.write_bytes(content)
            os.replace(part, final)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            what = error.strerror or str(error)
            raise RecordError(f"{final}: cannot be written: {what}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, RecordError):
            self.flush()
