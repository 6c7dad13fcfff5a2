"""Reads a record, measured or simulated, whole or killed half-way: one reader for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reports.record.manifest import MANIFEST_FILE, Manifest, RecordError, read_manifest
from reports.record.outcome import Outcome
from reports.record.row import ACTION_SCHEMA, COLUMNS_SINCE_VERSION_2, GAUGE_SCHEMA

MEASURED, SIMULATED = "measured", "simulated"
"""What a rehearsal calls its two records in its directory."""

VERSION_1_COLUMNS = [each for each in ACTION_SCHEMA.names if each not in COLUMNS_SINCE_VERSION_2]
CODED = ("phase", "persona", "channel", "tier", "step")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """`actions` has the columns of ActionRow, with codes turned into categories of words and
    `outcome` into a category too; `gauges` those of GaugeRow. Rows are in the order of
    `intended_s`, gauges in that of `t_s`."""

    directory: Path
    manifest: Manifest
    actions: pd.DataFrame
    gauges: pd.DataFrame

    def first_actions(self) -> pd.DataFrame:
        """One row a visit: its first action, or the row that says it was not sent."""
        return self.actions[self.actions["action"] == 0]


def read_record(directory: Path) -> RunRecord:
    """The record in `directory`. Raises RecordError when there is none or it is damaged."""
    manifest = read_manifest(directory)
    return read_segments(directory, manifest, segments_in(directory))


def read_rows(directory: Path) -> RunRecord:
    """As `read_record`. Raises RecordError, too, when the run counted its actions and kept none."""
    record = read_record(directory)
    if not record.manifest.plan.of_visits:
        raise RecordError(
            f"{directory}: its actions were counted but not kept, so there is nothing to judge "
            "(doorbuster simulate --rows all keeps them)"
        )
    return record


def segments_in(directory: Path) -> list[Path]:
    """The segments that the record in `directory` has so far."""
    return sorted(directory.glob("*.parquet"))


def read_segments(directory: Path, manifest: Manifest, segments: Sequence[Path]) -> RunRecord:
    """The part of the record in `directory` that is in `segments`, which may be all of it. Raises
    RecordError when one is damaged."""
    actions = _table(segments, "actions", ACTION_SCHEMA).to_pandas()
    for column in CODED:
        words = pd.Index(manifest.plan.tables[column], dtype=object)
        actions[column] = pd.Categorical.from_codes(actions[column].to_numpy(), words)
    outcomes = pd.Index([each.word for each in Outcome], dtype=object)
    actions["outcome"] = pd.Categorical.from_codes(actions["outcome"].to_numpy(), outcomes)
    gauges = _table(segments, "gauges", GAUGE_SCHEMA).to_pandas()
    return RunRecord(
        directory=directory,
        manifest=manifest,
        actions=actions.iloc[np.argsort(actions["intended_s"].to_numpy(), kind="stable")],
        gauges=gauges.sort_values("t_s", kind="stable"),
    )


def records_in(directory: Path) -> tuple[Path, Path | None]:
    """Where the record of `directory` is, and the one to compare it with.

    A rehearsal's directory holds the measured record, and the simulated one if the simulation was
    completed. Any other directory is a record itself.
    """
    if (directory / MANIFEST_FILE).exists() or not (directory / MEASURED / MANIFEST_FILE).exists():
        return directory, None
    simulated = directory / SIMULATED
    if not (simulated / MANIFEST_FILE).exists():
        return directory / MEASURED, None
    ending = read_manifest(simulated).ending
    is_whole = ending is not None and ending.reason in ("completed", "limit_found")
    return directory / MEASURED, simulated if is_whole else None


def _table(segments: Sequence[Path], kind: str, schema: pa.Schema) -> pa.Table:
    tables = [schema.empty_table()]
    for file in (each for each in segments if each.name.startswith(f"{kind}-")):
        try:
            # Half the time of `read_table`, which opens a data set for each file of some rows.
            with pq.ParquetFile(file) as content:
                table = content.read(use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise RecordError(f"{file}: cannot be read: {error}") from error
        table = _of_this_version(table)
        if table.schema != schema:
            raise RecordError(f"{file}: has other columns than this version of the record")
        tables.append(table)
    return pa.concat_tables(tables)


def _of_this_version(table: pa.Table) -> pa.Table:
    """`table` with zeros in the columns that records of version 1 do not have."""
    if table.column_names != VERSION_1_COLUMNS:
        return table
    for name in COLUMNS_SINCE_VERSION_2:
        zeros = np.zeros(len(table), dtype=np.int16)
        table = table.append_column(ACTION_SCHEMA.field(name), pa.array(zeros))
    return table
