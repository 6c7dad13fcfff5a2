"""A line of stations that theory knows and every simulation package can play.

Customers arrive as a Poisson stream and pass one station after the other, each M/M/c with the same
utilisation: what leaves a station is a Poisson stream again (Burke 1956), so that their waiting
times add up. M/M/10 is a line of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.closed_form.erlang import mmc
from sim.engine.contract import ActionBlock, Engine, EngineOptions
from sim.model.call import Demand
from sim.model.distribution import exponential
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from tests.benchmarks.processor_time import timed
from tests.sim.plans import HandMadePlan, action

ARRIVAL_RATE_PER_S = 8.0
UTILISATION_RATIO = 0.8
PATIENCE_S = 1e6
CHUNK = 65_536
"""Visits, as many as in a chunk of a campaign's plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Stations with so many `servers` each."""

    servers: tuple[int, ...]

    @property
    def mean_service_s(self) -> tuple[float, ...]:
        """At each station, so that all are equally busy."""
        return tuple(UTILISATION_RATIO * each / ARRIVAL_RATE_PER_S for each in self.servers)

    @property
    def waiting_times_s(self) -> tuple[float, ...]:
        """The mean at each station."""
        return tuple(
            mmc(
                arrival_rate_per_s=ARRIVAL_RATE_PER_S, mean_service_s=mean_s, servers=servers
            ).waiting_time_s
            for servers, mean_s in zip(self.servers, self.mean_service_s, strict=True)
        )

    @property
    def waiting_time_s(self) -> float:
        """The mean at all stations together."""
        return math.fsum(self.waiting_times_s)

    def error_s(self, customers: int) -> float:
        """The standard error of a mean waiting time over so many customers. Of M/M/10 it was
        0.282 of the mean in 300 runs of 5,000 customers (the recursion of Kiefer and Wolfowitz
        1955), and falls with the root of their number; stations err each for itself."""
        return 0.282 * math.sqrt(5_000 / customers) * math.hypot(*self.waiting_times_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    customers: int
    processor_s: float
    waiting_time_s: float
    """Of a customer at all stations together, in the mean."""

    @property
    def customers_per_s(self) -> float:
        return self.customers / self.processor_s


class NothingKept:
    """A sink for who wants to know what comes out at the end only."""

    def actions(self, block: ActionBlock) -> None: ...
    def gauges(self, at_s: float, values: object) -> None: ...
    def trace(self, event: object) -> None: ...


def played_by(engine: Engine, line: Line, customers: int, seed: int) -> Trial:
    """By an engine of ours, which counts and writes what it always does."""
    plan, model = plan_of(customers, seed), model_of(line)
    options = EngineOptions(
        seed=seed, in_flight_limit=customers, timeout_s=PATIENCE_S, gauge_every_s=1000.0
    )
    played, processor_s = timed(lambda: engine(plan, model, NothingKept(), options))
    assert played.visits == customers
    return Trial(
        customers=customers,
        processor_s=processor_s,
        waiting_time_s=math.fsum(each.waits_s for each in played.stations.values()) / customers,
    )


def model_of(line: Line) -> ServiceModel:
    stations = {
        f"station_{k}": StationModel(servers=servers) for k, servers in enumerate(line.servers)
    }
    demands = (
        Demand(station=name, time=exponential(mean_s))
        for name, mean_s in zip(stations, line.mean_service_s, strict=True)
    )
    steps = {"pass": StepModel(call=tuple(demands))}
    return ServiceModel(name="line", stations=stations, steps=steps)


def plan_of(customers: int, seed: int) -> HandMadePlan:
    gaps_s = np.random.default_rng(seed).exponential(1 / ARRIVAL_RATE_PER_S, customers)
    return HandMadePlan(
        intended_s=np.cumsum(gaps_s), actions=[action("pass")], patience_s=PATIENCE_S, chunk=CHUNK
    )
