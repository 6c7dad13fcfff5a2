"""What an engine tells, into a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from reports.record.row import NOT_YET, GaugeRow
from reports.record.writer import RecordWriter
from sim.engine.contract import ActionBlock, TraceEvent

ROWS_A_SEGMENT = 50_000


def untold(_: TraceEvent) -> None:
    """Traces have no place in a record."""


class RecordSink:
    """A `Sink` that writes what it gets, a segment at a time. A simulation has no schedule lag:
    what was sent was started when it was intended. Of the rows it keeps those of every
    `of_visits`-th visit; of 0 the gauges alone. `trace` is told what is traced."""

    def __init__(
        self,
        writer: RecordWriter,
        *,
        of_visits: int = 1,
        trace: Callable[[TraceEvent], None] = untold,
    ) -> None:
        self._writer = writer
        self._of_visits = of_visits
        self._unflushed = 0
        self.trace = trace

    def actions(self, block: ActionBlock) -> None:
        if not self._of_visits:
            return
        kept = block.visit % self._of_visits == 0
        if not kept.any():
            return
        started_s = np.where(np.isnan(block.finished_s), NOT_YET, block.intended_s)
        columns: dict[str, npt.NDArray[Any]] = {
            "visit": block.visit, "action": block.action, "phase": block.phase,
            "persona": block.persona, "channel": block.channel, "tier": block.tier,
            "step": block.step, "sku": block.sku, "quantity": block.quantity,
            "intended_s": block.intended_s, "started_s": started_s,
            "finished_s": block.finished_s, "outcome": block.outcome,
            "requests": block.requests, "status": block.status,
        }  # fmt: skip
        columns = {name: values[kept] for name, values in columns.items()}
        self._writer.actions(columns, block.reason[kept], block.reasons)
        self._unflushed += int(kept.sum())
        if self._unflushed >= ROWS_A_SEGMENT:
            self._writer.flush()
            self._unflushed = 0

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.gauge(GaugeRow(at_s, name, value))
