"""Visits that broke because the player's own machine had nothing left to connect with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from reports.record.reader import RunRecord

SHORTAGES: Final[Mapping[str, str]] = {"no_ports": "local port", "no_files": "open file"}
"""What a machine runs out of, by the failure class (`scenarios/transport/failure.py`) that is the
reason of an action for which it had none. The platform never heard of that action."""


def short_visits(record: RunRecord) -> dict[str, npt.NDArray[np.int64]]:
    """The visits in which an action failed so, ascending, by failure class; only what happened."""
    failed = record.actions[record.actions["outcome"] == "failed"]
    reasons = failed["reason"].to_numpy()
    visits = {each: np.unique(failed["visit"].to_numpy()[reasons == each]) for each in SHORTAGES}
    return {each: found for each, found in visits.items() if len(found)}
