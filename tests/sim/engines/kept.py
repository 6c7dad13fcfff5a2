"""Plays a plan through a model on either engine and keeps all that the engine tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from scenarios.workload.plan import VisitPlan
from sim.engine.contract import ActionBlock, Engine, EngineOptions, Played, TraceEvent
from sim.event_engine import engine as event_engine
from sim.model.service_model import ServiceModel


class KeptRow(NamedTuple):
    """A row of an `ActionBlock`, its reason as a word."""

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
    finished_s: float
    outcome: int
    requests: int
    status: int
    reason: str


@dataclass
class Kept:
    """A sink that keeps what it is given."""

    rows: list[KeptRow] = field(default_factory=list)
    readings: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    traces: list[TraceEvent] = field(default_factory=list)

    def actions(self, block: ActionBlock) -> None:
        columns = [getattr(block, name).tolist() for name in KeptRow._fields[:-1]]
        reasons = [block.reasons[code] for code in block.reason.tolist()]
        self.rows += map(KeptRow._make, zip(*columns, reasons, strict=True))

    def gauges(self, at_s: float, values: dict[str, float]) -> None:
        self.readings.append((at_s, dict(values)))

    def trace(self, event: TraceEvent) -> None:
        self.traces.append(event)


def play_kept(
    plan: VisitPlan,
    model: ServiceModel,
    *,
    engine: Engine = event_engine.play,
    seed: int = 1,
    **given,
) -> tuple[Kept, Played]:
    """Without limits unless they are given."""
    kept = Kept()
    limits = {"in_flight_limit": 1_000_000, "timeout_s": 1e9}
    options = EngineOptions(seed=seed, **{**limits, **given})
    return kept, engine(plan, model, kept, options)
