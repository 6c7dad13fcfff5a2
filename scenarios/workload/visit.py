"""A visit: one shopper's stay, decided in full before anybody plays it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scenarios.workload.swift_value import swift_value

ORDER_STEP: Final = "place_order"
"""The step that orders: when it ends ok, the platform has confirmed an order to the shopper."""
FETCH_STEP: Final = "fetch"
"""The one step of a log replay."""


@swift_value
@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One step of a visit.

    `think_s` is the pause before it, counted from the finish of the action before; the first
    action of a visit has none. `sku` is 0 where the step concerns no product. `path` is set
    only in a log replay, where it is the path and query to fetch; `logged_status` is then the
    status of 400 or more that the log has for it, else 0.
    """

    step: str
    think_s: float
    sku: int
    quantity: int
    path: str | None = None
    logged_status: int = 0


@swift_value
@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`index` counts from 0 over the whole plan; `intended_s` from the start of the run.

    `patience_s` is the longest response time that this shopper waits out.
    """

    index: int
    intended_s: float
    phase: str
    persona: str
    channel: str
    tier: str
    patience_s: float
    actions: tuple[Action, ...]
