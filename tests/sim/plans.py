"""Small plans made by hand, for tests of the simulated player."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk
from scenarios.workload.visit import Action

FUNNEL = (
    "open_home", "browse_category", "search", "view_product", "log_in", "add_to_cart",
    "check_out", "place_order", "pay", "track_order",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HandMadePlan:
    """Visits at `intended_s`, all with the same actions and patience, `chunk` at a time."""

    intended_s: Sequence[float]
    actions: Sequence[Action]
    patience_s: float = 60.0
    stock: dict[int, int] = field(default_factory=dict)
    chunk: int = 1000
    name: str = "hand_made"
    text: str = ""
    seed: int = 1

    @property
    def duration_s(self) -> float:
        return float(self.intended_s[-1]) if len(self.intended_s) else 0.0

    @property
    def expected_visits(self) -> float:
        return float(len(self.intended_s))

    @property
    def phases(self) -> tuple[PlannedPhase, ...]:
        return (PlannedPhase(name="all", start_s=0.0, duration_s=self.duration_s),)

    @property
    def tables(self) -> PlanTables:
        steps = tuple(dict.fromkeys(each.step for each in self.actions))
        return PlanTables(
            phases=("all",), personas=("any",), channels=("web",), tiers=("regular",), steps=steps
        )

    def expected_actions(self) -> dict[str, float]:
        return dict.fromkeys(self.tables.steps, self.expected_visits)

    @property
    def peak_rate_per_s(self) -> float:
        return len(self.intended_s) / (self.duration_s or 1.0)

    def rate_at(self, t_s):
        return np.full(len(t_s), self.peak_rate_per_s)

    def chunks(self) -> Iterator[VisitChunk]:
        for first in range(0, len(self.intended_s), self.chunk):
            yield self._chunk(first, np.asarray(self.intended_s[first : first + self.chunk], float))

    def _chunk(self, first: int, intended_s) -> VisitChunk:
        n, each = len(intended_s), len(self.actions)
        code = {name: k for k, name in enumerate(self.tables.steps)}

        def column(values, dtype):
            return np.tile(np.array(values, dtype=dtype), n)

        zero = np.zeros(n, np.int16)
        return VisitChunk(
            first_index=first,
            intended_s=intended_s,
            phase=zero,
            persona=zero,
            channel=zero,
            tier=zero,
            patience_s=np.full(n, self.patience_s),
            first_action=np.arange(n + 1, dtype=np.int64) * each,
            step=column([code[action.step] for action in self.actions], np.int16),
            think_s=column([action.think_s for action in self.actions], np.float64),
            sku=column([action.sku for action in self.actions], np.int32),
            quantity=column([action.quantity for action in self.actions], np.int16),
            path=column([-1] * each, np.int32),
        )


def action(step: str, think_s: float = 0.0, sku: int = 0, quantity: int = 1) -> Action:
    return Action(step=step, think_s=think_s, sku=sku, quantity=quantity)


def funnel(think_s: float = 1.0, sku: int = 1) -> tuple[Action, ...]:
    """All ten steps of the reference funnel, with `think_s` between them."""
    return tuple(action(step, think_s if k else 0.0, sku) for k, step in enumerate(FUNNEL))


def poisson(rate_per_s: float, visits: int, seed: int) -> list[float]:
    """The instants of `visits` Poisson arrivals."""
    gaps = np.random.default_rng(seed).exponential(1 / rate_per_s, visits)
    return np.cumsum(gaps).tolist()
