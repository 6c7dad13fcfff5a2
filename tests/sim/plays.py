"""Plays a plan through a model and keeps all that the engine tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan

import numpy as np

from reports.record.row import ActionRow, GaugeRow
from scenarios.workload.plan import VisitPlan
from sim.engine.contract import ActionBlock, Engine, EngineOptions, Played, TraceEvent
from sim.event_engine import engine as event_engine
from sim.model.call import Demand
from sim.model.distribution import deterministic
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel


@dataclass
class KeptRows:
    """A sink that keeps what it is given."""

    actions_: list[ActionRow] = field(default_factory=list)
    gauges_: list[GaugeRow] = field(default_factory=list)
    traces: list[TraceEvent] = field(default_factory=list)
    copies_: list[GaugeRow] = field(default_factory=list)
    blocks: int = 0

    def actions(self, block: ActionBlock) -> None:
        self.blocks += 1
        self.actions_ += rows_of(block)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        self.gauges_ += [GaugeRow(at_s, name, value) for name, value in values.items()]

    def copies(self, at_s: float, ratios: Mapping[str, np.ndarray]) -> None:
        self.copies_ += [
            GaugeRow(at_s, f"{name}:{copy}", ratio)
            for name, each in ratios.items()
            for copy, ratio in enumerate(each.tolist())
        ]

    def trace(self, event: TraceEvent) -> None:
        self.traces.append(event)


@dataclass(frozen=True)
class Rows:
    """What was kept of a run."""

    actions: list[ActionRow]
    gauges: list[GaugeRow]
    traces: list[TraceEvent]
    copies: list[GaugeRow] = field(default_factory=list)


def rows_of(block: ActionBlock) -> list[ActionRow]:
    columns = {
        name: getattr(block, name).tolist() for name in ActionRow._fields if hasattr(block, name)
    }
    columns["reason"] = [block.reasons[code] for code in columns["reason"]]
    columns["started_s"] = [
        finished_s if isnan(finished_s) else intended_s
        for intended_s, finished_s in zip(columns["intended_s"], columns["finished_s"], strict=True)
    ]
    return [
        ActionRow(**dict(zip(columns, row, strict=True)))
        for row in zip(*columns.values(), strict=True)
    ]


def play(
    plan: VisitPlan,
    model: ServiceModel,
    *,
    engine: Engine = event_engine.play,
    seed: int = 1,
    in_flight_limit: int = 100_000,
    timeout_s: float = 1_000.0,
    **options,
) -> tuple[Rows, Played]:
    kept = KeptRows()
    given = EngineOptions(
        seed=seed, in_flight_limit=in_flight_limit, timeout_s=timeout_s, **options
    )
    played = engine(plan, model, kept, given)
    return Rows(kept.actions_, kept.gauges_, kept.traces, kept.copies_), played


def fixed(station: str, mean_s: float, **more) -> Demand:
    """A demand that always takes `mean_s`."""
    return Demand(station=station, time=deterministic(mean_s), **more)


def shop(steps: dict[str, StepModel], *, parts: dict | None = None, **stations) -> ServiceModel:
    """A model of these steps and stations; `parts` are its other fields."""
    return ServiceModel(name="tiny", stations=stations, steps=steps, **(parts or {}))


def one_desk(step: str = "look", *, service_s: float = 1.0, **station) -> ServiceModel:
    """A model of one step at one station with a fixed service time."""
    desk = StationModel(**{"servers": 1, **station})
    return shop({step: StepModel(call=(fixed("desk", service_s),))}, desk=desk)
