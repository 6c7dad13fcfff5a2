"""Which visits one worker of a fleet has left rows of, and how far each had come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from reports.record.manifest import RecordError

Integers = npt.NDArray[np.int64]
COLUMNS = ["visit", "action", "outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRows:
    """The last row of each visit: its index ascending, the position of its action, and the code of
    its outcome, all of shape (n,)."""

    visit: Integers
    action: Integers
    outcome: Integers


def worker_segment(kind: str, worker: int, number: int) -> str:
    """The name of segment `number` of `worker`, `kind` being `actions` or `gauges`."""
    return f"{kind}-w{worker:02d}-{number:06d}.parquet"


def last_rows(directory: Path, worker: int) -> LastRows:
    """The last row of `worker` of each visit of which the record in `directory` has any. Raises
    RecordError when a segment is damaged."""
    parts = [np.empty((0, len(COLUMNS)), dtype=np.int64)]
    for file in sorted(directory.glob(f"actions-w{worker:02d}-*.parquet")):
        try:
            table = pq.read_table(file, columns=COLUMNS)
        except (OSError, pa.ArrowException) as error:
            raise RecordError(f"{file}: cannot be read: {error}") from error
        parts.append(np.stack([table[each].to_numpy().astype(np.int64) for each in COLUMNS], 1))
    rows = np.concatenate(parts)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    visit, action, outcome = rows[np.append(rows[1:, 0] != rows[:-1, 0], True)[: len(rows)]].T
    return LastRows(visit=visit, action=action, outcome=outcome)
