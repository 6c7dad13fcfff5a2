"""Plans of many different visits: tiers, products, quantities, pauses and patience are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.workload.plan import PlanTables, VisitChunk
from scenarios.workload.visit import Action
from tests.sim.plans import HandMadePlan, poisson

TIERS = ("regular", "gold", "diamond")


@dataclass(frozen=True, kw_only=True)
class Crowd(HandMadePlan):
    """Each visit does `actions`, with a SKU of `skus`, 1 to 3 units, a tier, and pauses that are
    now and then none. Equal instants are no accident here: arrivals are rounded to `grid_s`."""

    skus: tuple[int, ...] = (1, 2, 3)
    replayed: bool = False
    drawn: int = 1

    @property
    def tables(self) -> PlanTables:
        given = super().tables
        return PlanTables(
            phases=given.phases,
            personas=given.personas,
            channels=given.channels,
            tiers=TIERS,
            steps=given.steps,
        )

    def _chunk(self, first: int, intended_s) -> VisitChunk:
        chunk = super()._chunk(first, intended_s)
        n, m = len(chunk), len(chunk.step)
        draw = np.random.default_rng([self.drawn, first])
        think_s = np.where(draw.random(m) < 0.2, 0.0, chunk.think_s * draw.integers(1, 4, m))
        return VisitChunk(
            first_index=chunk.first_index,
            intended_s=chunk.intended_s,
            phase=chunk.phase,
            persona=chunk.persona,
            channel=chunk.channel,
            tier=draw.integers(0, len(TIERS), n).astype(np.int16),
            patience_s=self.patience_s * draw.choice([0.5, 1.0, 2.0], n),
            first_action=chunk.first_action,
            step=chunk.step,
            think_s=think_s,
            sku=draw.choice(np.array(self.skus, np.int32), m),
            quantity=draw.integers(1, 4, m).astype(np.int16),
            path=np.full(m, 0 if self.replayed else -1, np.int32),
        )


def crowd(
    visits: int = 400,
    *,
    rate_per_s: float = 10.0,
    steps: tuple[str, ...] = ("look",),
    grid_s: float = 0.0,
    chunk: int = 157,
    seed: int = 1,
    **given,
) -> Crowd:
    """`visits` Poisson arrivals; with `grid_s` at multiples of it only, several at once."""
    at_s = np.array(poisson(rate_per_s, visits, seed))
    if grid_s:
        at_s = np.floor(at_s / grid_s) * grid_s
    actions = [Action(step=each, think_s=0.25, sku=0, quantity=1) for each in steps]
    actions[0] = Action(step=steps[0], think_s=0.0, sku=0, quantity=1)
    return Crowd(intended_s=at_s.tolist(), actions=actions, chunk=chunk, drawn=seed, **given)
