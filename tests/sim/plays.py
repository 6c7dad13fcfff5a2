"""Plays a plan through a model and keeps the rows in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.record.row import ActionRow, GaugeRow
from scenarios.workload.plan import VisitPlan
from sim.player import Played, simulate
from sim.service_model import Demand, ServiceModel, StationModel, StepModel


@dataclass
class KeptRows:
    """A writer that keeps what it is given."""

    actions: list[ActionRow] = field(default_factory=list)
    gauges: list[GaugeRow] = field(default_factory=list)
    flushes: int = 0

    def action(self, row: ActionRow) -> None:
        self.actions.append(row)

    def gauge(self, row: GaugeRow) -> None:
        self.gauges.append(row)

    def flush(self) -> None:
        self.flushes += 1


def play(
    plan: VisitPlan,
    model: ServiceModel,
    *,
    seed: int = 1,
    in_flight_limit: int = 100_000,
    timeout_s: float = 1_000.0,
) -> tuple[KeptRows, Played]:
    kept = KeptRows()
    played = simulate(
        plan,
        model,
        kept,
        seed=seed,
        in_flight_limit=in_flight_limit,
        timeout_s=timeout_s,
        progress=lambda _: None,
    )
    return kept, played


def fixed(station: str, mean_s: float, **more) -> Demand:
    """A demand that always takes `mean_s`."""
    return Demand(station=station, mean_s=mean_s, distribution="deterministic", cv=0.0, **more)


def shop(steps: dict[str, StepModel], **stations: StationModel) -> ServiceModel:
    return ServiceModel(name="tiny", stations=stations, steps=steps)


def one_desk(step: str = "look", *, service_s: float = 1.0, **station) -> ServiceModel:
    """A model of one step at one station with a fixed service time."""
    desk = StationModel(**{"servers": 1, **station})
    return shop({step: StepModel(call=(fixed("desk", service_s),))}, desk=desk)
