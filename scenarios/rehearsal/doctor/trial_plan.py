"""A plan for measuring the generator: given arrivals, and visits that are all alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from scenarios.workload.columns import Floats
from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk

PATIENCE_S = 60.0
STEP = "open_home"
OPEN_SHARE = 0.6
"""Of the full speed: what is offered with open arrivals, and may be planned for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """Visits at `intended_s` (ascending, shape (n,)), each of which opens the home page
    `openings` times, with `think_s` between two. `duration_s` is the length of its one phase."""

    intended_s: Floats
    openings: int
    think_s: float
    duration_s: float
    name: ClassVar[str] = "sending_trial"
    text: ClassVar[str] = "what the generator can send"
    seed: ClassVar[int] = 1

    def __post_init__(self) -> None:
        assert self.openings >= 1
        assert self.think_s >= 0
        assert self.duration_s > 0

    @property
    def phases(self) -> tuple[PlannedPhase, ...]:
        return (PlannedPhase(name="trial", start_s=0.0, duration_s=self.duration_s),)

    @property
    def tables(self) -> PlanTables:
        return PlanTables(
            phases=("trial",),
            personas=("trial",),
            channels=("web",),
            tiers=("regular",),
            steps=(STEP,),
        )

    @property
    def stock(self) -> dict[int, int]:
        return {}

    @property
    def expected_visits(self) -> float:
        return float(len(self.intended_s))

    @property
    def peak_rate_per_s(self) -> float:
        return self.expected_visits / self.duration_s

    def expected_actions(self) -> dict[str, float]:
        return {STEP: self.expected_visits * self.openings}

    def rate_at(self, t_s: Floats) -> Floats:
        return np.full(len(t_s), self.peak_rate_per_s)

    def chunks(self) -> Iterator[VisitChunk]:
        visits, actions = len(self.intended_s), len(self.intended_s) * self.openings
        none = np.zeros(visits, dtype=np.int16)
        think_s = np.full(actions, self.think_s)
        think_s[:: self.openings] = 0.0
        yield VisitChunk(
            first_index=0,
            intended_s=self.intended_s,
            phase=none,
            persona=none,
            channel=none,
            tier=none,
            patience_s=np.full(visits, PATIENCE_S),
            first_action=np.arange(visits + 1, dtype=np.int64) * self.openings,
            step=np.zeros(actions, dtype=np.int16),
            think_s=think_s,
            sku=np.zeros(actions, dtype=np.int32),
            quantity=np.zeros(actions, dtype=np.int16),
            path=np.full(actions, -1, dtype=np.int32),
        )


def poisson_arrivals(rate_per_s: float, duration_s: float, *, seed: int) -> Floats:
    """The instants of a Poisson process of `rate_per_s` from 0 to `duration_s`."""
    random = np.random.default_rng(seed)
    count = random.poisson(rate_per_s * duration_s)
    return np.sort(random.random(count)) * duration_s
