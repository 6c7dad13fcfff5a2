"""The rows of a record: one for each action that was due, one for each gauge reading."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

NOT_YET = float("nan")


class ActionRow(NamedTuple):
    """One action. Instants in seconds since the start of the run; NaN where it never happened.

    `visit` is the index in the plan and `action` the position in the visit, from 0. The codes
    `phase`, `persona`, `channel`, `tier` and `step` refer to the manifest's tables. `requests`
    counts the HTTP requests or simulated calls made, `status` is the last HTTP status (0 for
    none) and `reason` a short word for what went wrong, empty when nothing did. `resends` counts
    the requests that were sent a second time because the first found its connection closed;
    `worker` is which worker played the visit, 0 when there is only one.
    """

    visit: int
    action: int
    phase: int
    persona: int
    channel: int
    tier: int
    step: int
    sku: int
    quantity: int
    intended_s: float
    started_s: float
    finished_s: float
    outcome: int
    requests: int
    status: int
    reason: str
    resends: int = 0
    worker: int = 0


class GaugeRow(NamedTuple):
    """One reading of a level, such as `in_flight` or `stock_left:17`, at `t_s`."""

    t_s: float
    name: str
    value: float


ACTION_SCHEMA = pa.schema(
    [
        ("visit", pa.int64()),
        ("action", pa.int16()),
        ("phase", pa.int16()),
        ("persona", pa.int16()),
        ("channel", pa.int16()),
        ("tier", pa.int16()),
        ("step", pa.int16()),
        ("sku", pa.int32()),
        ("quantity", pa.int16()),
        ("intended_s", pa.float64()),
        ("started_s", pa.float64()),
        ("finished_s", pa.float64()),
        ("outcome", pa.int8()),
        ("requests", pa.int16()),
        ("status", pa.int16()),
        ("reason", pa.string()),
        ("resends", pa.int16()),
        ("worker", pa.int16()),
    ]
)
COLUMNS_SINCE_VERSION_2 = ("resends", "worker")
"""Records of version 1 lack these; the reader fills in zeros."""
GAUGE_SCHEMA = pa.schema([("t_s", pa.float64()), ("name", pa.string()), ("value", pa.float64())])
assert ACTION_SCHEMA.names == list(ActionRow._fields)
assert GAUGE_SCHEMA.names == list(GaugeRow._fields)
