"""Both engines against the closed forms, each over more than two hundred random parameter sets.

One long run a set: MSER-5 leaves the warm-up out, batch means give the 95 % interval of the mean.
The closed form has to lie in it as often as is promised. Of n sets the number that do is binomial
with 95 %; it must be within four standard deviations of that (Mandel, The Statistical Analysis of
Experimental Data, 1964), which a mean that is off by one standard error (83 % of the sets) breaks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from sim.closed_form.erlang import mmc, mmck
from sim.closed_form.erlang_a import Desk, erlang_a
from sim.closed_form.fork_join import fork_join_response_s
from sim.closed_form.general_service import mg1, processor_sharing
from sim.engine.contract import ActionBlock, Engine, EngineOptions
from sim.event_engine import engine as event_engine
from sim.model.call import Call, Demand, Fork
from sim.model.distribution import Distribution, deterministic, exponential, gamma, lognormal
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from sim.statistics.batch_means import SteadyMean, steady_mean
from sim.statistics.interval import Interval, TooFew
from sim.statistics.warm_up import without_warm_up
from tests.sim.plans import HandMadePlan, action

FOREVER_S = 1e9
CONFIDENCE = 0.95
DEVIATIONS = 4.0


@dataclass(frozen=True, kw_only=True)
class Law:
    """A model, what theory says of the mean of what `seen` takes from its rows, and a rate."""

    stations: dict[str, StationModel]
    call: Call
    rate_per_s: float
    expected: float
    seen: Callable[[ActionBlock], np.ndarray]


@dataclass
class Blocks:
    """A sink that keeps the rows as they come."""

    blocks: list[ActionBlock]

    def actions(self, block: ActionBlock) -> None:
        self.blocks.append(block)

    def gauges(self, at_s: float, values: object) -> None: ...
    def trace(self, event: object) -> None: ...


def response_times_s(block: ActionBlock) -> np.ndarray:
    return block.finished_s - block.intended_s


def failures(block: ActionBlock) -> np.ndarray:
    return (block.outcome != 0).astype(float)


def service_of(random: np.random.Generator) -> Distribution:
    """With a mean of 1 s and a cv of up to 1.5."""
    cv = float(random.uniform(0.3, 1.5))
    makers = (exponential(1.0), deterministic(1.0), gamma(1.0, cv), lognormal(1.0, cv))
    return makers[random.integers(len(makers))]


def one_station(service: Distribution, **station) -> dict:
    return {
        "stations": {"desk": StationModel(**station)},
        "call": (Demand(station="desk", time=service),),
    }


def waiting_line(random: np.random.Generator) -> Law:
    """M/M/c."""
    servers, rho = int(random.integers(1, 21)), float(random.uniform(0.3, 0.8))
    state = mmc(arrival_rate_per_s=rho * servers, mean_service_s=1.0, servers=servers)
    return Law(
        **one_station(exponential(1.0), servers=servers),
        rate_per_s=rho * servers, expected=state.response_time_s, seen=response_times_s,
    )  # fmt: skip


def any_service(random: np.random.Generator) -> Law:
    """M/G/1."""
    service, rho = service_of(random), float(random.uniform(0.3, 0.7))
    state = mg1(arrival_rate_per_s=rho, mean_service_s=1.0, service_cs2=service.cv**2)
    return Law(
        **one_station(service, servers=1),
        rate_per_s=rho, expected=state.response_time_s, seen=response_times_s,
    )  # fmt: skip


def shared_processor(random: np.random.Generator) -> Law:
    """M/G/c-PS: whatever the distribution."""
    servers, rho = int(random.integers(1, 5)), float(random.uniform(0.3, 0.7))
    state = processor_sharing(arrival_rate_per_s=rho * servers, mean_service_s=1.0, servers=servers)
    return Law(
        **one_station(service_of(random), servers=servers, sharing=True),
        rate_per_s=rho * servers, expected=state.response_time_s, seen=response_times_s,
    )  # fmt: skip


def bounded_queue(random: np.random.Generator) -> Law:
    """M/M/c/K."""
    servers, rho = int(random.integers(1, 11)), float(random.uniform(0.8, 1.5))
    room = int(random.integers(0, 6))
    state = mmck(
        arrival_rate_per_s=rho * servers, mean_service_s=1.0,
        servers=servers, places=servers + room,
    )  # fmt: skip
    return Law(
        **one_station(exponential(1.0), servers=servers, queue_limit=room),
        rate_per_s=rho * servers, expected=state.blocking_ratio, seen=failures,
    )  # fmt: skip


def impatient_callers(random: np.random.Generator) -> Law:
    """Erlang A."""
    servers, rho = int(random.integers(1, 11)), float(random.uniform(0.8, 1.4))
    patience_s = float(random.uniform(0.3, 3.0))
    desk = Desk(
        arrival_rate_per_s=rho * servers, mean_service_s=1.0,
        mean_patience_s=patience_s, servers=servers,
    )  # fmt: skip
    return Law(
        **one_station(exponential(1.0), servers=servers, patience=exponential(patience_s)),
        rate_per_s=rho * servers, expected=erlang_a(desk).abandon_ratio, seen=failures,
    )  # fmt: skip


def fork_of_two(random: np.random.Generator) -> Law:
    """Fork-join with K = 2, exact."""
    rho = float(random.uniform(0.3, 0.7))
    halves = tuple((Demand(station=name, time=exponential(1.0)),) for name in ("left", "right"))
    return Law(
        stations={"left": StationModel(servers=1), "right": StationModel(servers=1)},
        call=(Fork(name="both", calls=halves),),
        rate_per_s=rho,
        expected=fork_join_response_s(arrival_rate_per_s=rho, mean_service_s=1.0, stations=2),
        seen=response_times_s,
    )


LAWS = (
    waiting_line, any_service, shared_processor, bounded_queue, impatient_callers, fork_of_two,
)  # fmt: skip
SETS = 40
"""Of each law: 240 together."""


def series_of(law: Law, engine: Engine, customers: int, seed: int) -> np.ndarray:
    """What the law looks at, customer by customer in the order of their arrival."""
    random = np.random.default_rng([seed, customers])
    plan = HandMadePlan(
        intended_s=np.cumsum(random.exponential(1 / law.rate_per_s, customers)),
        actions=[action("come")], patience_s=FOREVER_S, chunk=65_536,
    )  # fmt: skip
    steps = {"come": StepModel(call=law.call)}
    model = ServiceModel(name="law", stations=law.stations, steps=steps)
    options = EngineOptions(
        seed=seed, in_flight_limit=customers, timeout_s=FOREVER_S, gauge_every_s=1e6
    )
    kept = Blocks([])
    engine(plan, model, kept, options, progress=lambda _: None, ended=lambda _: False)
    visits, seen = (
        np.concatenate(each)
        for each in zip(*((each.visit, law.seen(each)) for each in kept.blocks), strict=True)
    )
    return seen[np.argsort(visits)]


def interval_of(law: Law, engine: Engine, customers: int, seed: int) -> Interval:
    """The run is as long as it takes for an answer, from `customers` on."""
    while True:
        series = series_of(law, engine, customers, seed)
        # MSER takes a stretch without any refusal at the end for the steady part.
        steady = series[customers // 10 :] if law.seen is failures else without_warm_up(series)
        found = steady if isinstance(steady, TooFew) else steady_mean(steady)
        if isinstance(found, SteadyMean):
            return found.mean
        customers *= 2


def held_ratio(law_of: Callable, engine: Engine, customers: int) -> tuple[int, float]:
    """How many intervals hold the closed form, and their median relative half width."""
    held, widths = 0, []
    for number in range(SETS):
        law = law_of(np.random.default_rng([LAWS.index(law_of), number]))
        mean = interval_of(law, engine, customers, seed=number)
        held += mean.low <= law.expected <= mean.high
        widths.append((mean.high - mean.low) / 2 / law.expected)
    return held, float(np.median(widths))


def assert_held(held: int, sets: int) -> None:
    spread = math.sqrt(sets * CONFIDENCE * (1 - CONFIDENCE))
    assert abs(held - CONFIDENCE * sets) <= DEVIATIONS * spread


@pytest.mark.slow
def test_the_kernel_engine_agrees_with_theory():
    kernel = pytest.importorskip("sim.kernel_engine.engine")
    found = [held_ratio(each, kernel.play, customers=40_000) for each in LAWS]
    assert_held(sum(held for held, _ in found), SETS * len(LAWS))
    for held, width in found:
        assert_held(held, SETS)
        assert width <= 0.06, "too wide to tell anything"


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_the_event_engine_agrees_with_theory(law):
    held, width = held_ratio(law, event_engine.play, customers=12_800)
    assert_held(held, SETS)
    assert width <= 0.1, "too wide to tell anything"
