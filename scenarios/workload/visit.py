"""A visit: one shopper's stay, decided in full before anybody plays it.

Visits and actions are named tuples, as many thousands a second are made: in a fifth of the time
of a frozen dataclass. Names are relied upon, and positions by nobody but the plan.
"""

from __future__ import annotations

from typing import Final, NamedTuple

ORDER_STEP: Final = "place_order"
"""The step that orders: when it ends ok, the platform has confirmed an order to the shopper."""
FETCH_STEP: Final = "fetch"
"""The one step of a log replay."""


class Action(NamedTuple):
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


class Visit(NamedTuple):
    """`index` counts from 0 over the whole plan; `intended_s` from the start of the run.

    `patience_s` is the longest response time that this shopper waits out.
    """

    index: int  # type: ignore[assignment]  # of a tuple nobody asks for a position
    intended_s: float
    phase: str
    persona: str
    channel: str
    tier: str
    patience_s: float
    actions: tuple[Action, ...]
