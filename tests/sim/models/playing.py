"""Plays of the models that ship, and the larger platform made smaller."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import VisitPlan
from sim.engine.contract import ActionBlock, Engine, EngineOptions, Played, TraceEvent
from sim.model.model_file import find_service_model, read_service_model
from sim.model.service_model import ServiceModel
from sim.model.station import Scaler, Schedule, StationModel


class Rows:
    """Keeps every block of rows, and what of the gauges is asked for by its name."""

    def __init__(self) -> None:
        self.blocks: list[ActionBlock] = []
        self.levels: list[tuple[float, Mapping[str, float]]] = []

    def actions(self, block: ActionBlock) -> None:
        self.blocks.append(block)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        self.levels.append((at_s, dict(values)))

    def trace(self, event: TraceEvent) -> None: ...

    def level(self, name: str) -> list[tuple[float, float]]:
        """Each instant at which the level `name` was read, and what it was."""
        return [(at_s, values[name]) for at_s, values in self.levels]


def model_of(name: str) -> ServiceModel:
    return read_service_model(find_service_model(name))


def plan_of(name: str, *, amplify: float = 1.0, speed: float = 1.0) -> CampaignPlan:
    campaign = read_campaign(find_campaign(name))
    return CampaignPlan(campaign, amplify=amplify, speed=speed)


def played(
    play: Engine,
    model: ServiceModel,
    plan: VisitPlan,
    *,
    seed: int = 1,
    gauge_every_s: float = 60.0,
) -> tuple[Played, Rows]:
    """The run of `plan` through `model` until the last parcel is there, nobody kept out."""
    rows = Rows()
    options = EngineOptions(seed=seed, in_flight_limit=10**8, gauge_every_s=gauge_every_s)
    return play(plan, model, rows, options), rows


def scaled(model: ServiceModel, by: float) -> ServiceModel:
    """`model` with `by` times the servers, places, tokens and units (1 at least), for `by` times
    the visits. Nodes of a scaler have one server each, so that their number stays fine."""
    replenishment = model.replenishment
    return dataclasses.replace(
        model,
        stations={name: _station(each, by) for name, each in model.stations.items()},
        buckets={
            name: dataclasses.replace(each, rate_per_s=each.rate_per_s * by, burst=each.burst * by)
            for name, each in model.buckets.items()
        },
        stock={sku: _count(units, by) for sku, units in model.stock.items()},
        replenishment=replenishment
        and dataclasses.replace(
            replenishment,
            reorder_point=_count(replenishment.reorder_point, by),
            order_up_to=_count(replenishment.order_up_to, by),
        ),
    )


def _station(station: StationModel, by: float) -> StationModel:
    return dataclasses.replace(
        station,
        servers=_limit(station.servers, by),
        queue_limit=_limit(station.queue_limit, by),
        schedule=station.schedule and _schedule(station.schedule, by),
        scaler=station.scaler and _scaler(station.scaler, by),
    )


def _schedule(schedule: Schedule, by: float) -> Schedule:
    shifts = tuple(
        dataclasses.replace(each, servers=_count(each.servers, by)) for each in schedule.shifts
    )
    return dataclasses.replace(schedule, shifts=shifts)


def _scaler(scaler: Scaler, by: float) -> Scaler:
    cores = scaler.servers_per_node
    return dataclasses.replace(
        scaler,
        least=_count(scaler.least * cores, by),
        most=_count(scaler.most * cores, by),
        servers_per_node=1,
    )


def _limit(level: float, by: float) -> float:
    return level if math.isinf(level) else float(_count(level, by))


def _count(number: float, by: float) -> int:
    return max(1, round(number * by)) if number else 0
