"""Which visits one worker of a fleet has left rows of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from reports.record.manifest import RecordError


def worker_segment(kind: str, worker: int, number: int) -> str:
    """The name of segment `number` of `worker`, `kind` being `actions` or `gauges`."""
    return f"{kind}-w{worker:02d}-{number:06d}.parquet"


def recorded_visits(directory: Path, worker: int) -> npt.NDArray[np.int64]:
    """The indices of the visits of which the record in `directory` has rows of `worker`, each
    once. Raises RecordError when a segment is damaged."""
    parts = [np.empty(0, dtype=np.int64)]
    for file in sorted(directory.glob(f"actions-w{worker:02d}-*.parquet")):
        try:
            parts.append(pq.read_table(file, columns=["visit"])["visit"].to_numpy())
        except (OSError, pa.ArrowException) as error:
            raise RecordError(f"{file}: cannot be read: {error}") from error
    visits: npt.NDArray[np.int64] = np.unique(np.concatenate(parts))
    return visits
