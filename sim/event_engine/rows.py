"""Rows on their way to the sink, a block at a time."""

from __future__ import annotations

import numpy as np

from sim.engine.contract import ActionBlock, Sink

ROWS_A_BLOCK = 65_536
_TYPES = {
    "visit": np.int64, "action": np.int16, "phase": np.int16, "persona": np.int16,
    "channel": np.int16, "tier": np.int16, "step": np.int16, "sku": np.int32,
    "quantity": np.int16, "intended_s": np.float64, "finished_s": np.float64, "outcome": np.int8,
    "requests": np.int16, "status": np.int16, "reason": np.int16,
}  # fmt: skip

Row = tuple[
    int, int, int, int, int, int, int, int, int, float, float, int, int, int, str
]  # fmt: skip
"""The columns of an `ActionBlock` in their order, with the reason as a word."""


class Rows:
    """Keeps rows until there is a block of them or `hand_over` is called."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._rows: list[Row] = []
        self._reasons: dict[str, int] = {}
        self.written = 0

    def add(self, row: Row) -> None:
        self.written += 1
        self._rows.append(row)
        if len(self._rows) >= ROWS_A_BLOCK:
            self.hand_over()

    def hand_over(self) -> None:
        """Gives the sink what there is."""
        if self._rows:
            self._sink.actions(self._block())
            self._rows = []

    def _block(self) -> ActionBlock:
        reasons = self._reasons
        columns = list(zip(*self._rows, strict=True))
        columns[-1] = tuple(reasons.setdefault(each, len(reasons)) for each in columns[-1])
        arrays = {
            name: np.array(column, dtype)
            for (name, dtype), column in zip(_TYPES.items(), columns, strict=True)
        }
        return ActionBlock(**arrays, reasons=tuple(reasons))
