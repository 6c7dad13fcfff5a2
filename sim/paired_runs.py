"""Two variants of a model, replication by replication with the same luck."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from sim.answers.observations import Observations
from sim.answers.observed_engine import observed
from sim.answers.pair import Pair
from sim.answers.promise_change import spent_difference
from sim.answers.promises import Promise
from sim.answers.stop_reason import StopReason
from sim.engine.contract import Engine, EngineOptions
from sim.model.service_model import ServiceModel
from sim.model.station import UNLIMITED
from sim.model.traffic import services
from sim.model.wanted_products import wanted_products
from sim.replication.replicated_run import (
    MOST_AUTOMATIC,
    Progress,
    Tell,
    budgets_asked,
    bytes_held,
    objectives_of,
    refuse_before_the_first,
    until_precise,
)
from sim.replication.replications import refuse_beyond_memory, replicated
from sim.simulation_request import SimulationRequest
from sim.statistics.replications import (
    NO_CHANGE,
    Asked,
    BudgetPrecision,
    Observation,
    Precision,
)

FEWEST_ABSOLUTE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRuns:
    """Plays replications of `request` through its model and through `other`, and counts what they
    keep of `promises`. `work_s` is the service that an action of each step asks for: the control's
    weights, any would do."""

    request: SimulationRequest
    other: ServiceModel
    engine: Engine
    options: EngineOptions
    promises: tuple[Promise, ...] = ()
    antithetic: bool = False
    work_s: Mapping[str, float] | None = None

    @property
    def offered_work(self) -> float | None:
        """The mean of the control over all plans; None without a control."""
        if self.work_s is None:
            return None
        expected = self.request.plan.expected_actions()
        return sum(expected[step] * each for step, each in self.work_s.items())

    @property
    def models(self) -> tuple[ServiceModel, ...]:
        """Of the runs that make up a pair."""
        return (self.request.model, self.other) * (2 if self.antithetic else 1)

    def play(self, number: int) -> Pair:
        """Replication `number` of both."""
        return Pair(
            one=self._played(self.request.model, number),
            other=self._played(self.other, number),
            mirrored=self._mirrored(number) if self.antithetic else None,
            offered_work=self._drawn_work(number),
        )

    def _mirrored(self, number: int) -> tuple[Observations, Observations]:
        both = (self.request.model, self.other)
        one, other = (self._played(each, number, antithetic=True) for each in both)
        return one, other

    def _played(
        self, model: ServiceModel, number: int, *, antithetic: bool = False
    ) -> Observations:
        options = replace(self.options, replication=number, antithetic=antithetic)
        plan = self.request.plan_of(number)
        return observed(self.engine, plan, model, options, self.promises)

    def _drawn_work(self, number: int) -> float:
        if self.work_s is None:
            return 0.0
        plan = self.request.plan_of(number)
        steps = plan.tables.steps
        drawn = np.zeros(len(steps), np.int64)
        for chunk in plan.chunks():
            drawn += np.bincount(chunk.step, minlength=len(steps))
        return float(sum(drawn[steps.index(step)] * each for step, each in self.work_s.items()))


def work_of(request: SimulationRequest) -> dict[str, float]:
    """The seconds of service at stations with limited servers that an action of each step asks
    for, on average."""
    model, wanted = request.model, wanted_products(request.plan)
    finite = {name for name, each in model.stations.items() if each.servers != UNLIMITED}
    asked = {step: services({step: 1.0}, model, wanted) for step in request.plan.tables.steps}
    return {
        step: sum(often * each.mean_s for each, often in its.items() if each.station in finite)
        for step, its in asked.items()
    }


def play_pairs(runs: PairedRuns, *, number: int, tell: Tell) -> tuple[Pair, ...]:
    """`number` pairs. Raises MemoryNeededError, at the latest once the first shows what one
    takes."""
    pairs: list[Pair] = []
    with closing(_first_and_more(runs, number)) as results:
        for _, pair in results:
            pairs.append(pair)
            tell(Progress(done=len(pairs), wanted=number))
    return tuple(pairs)


def play_precise_pairs(
    runs: PairedRuns, *, precision: float, tell: Tell
) -> tuple[tuple[Pair, ...], StopReason]:
    """Pairs until it is known, of all promises at once, what the change adds to the error budget
    spent: to +-`precision` of the budget, or that it is more, or less, than nothing (see
    `BudgetPrecision`). Without promises until the difference of each figure of `objectives_of` is
    known to +-`precision` of what it is in the model as written. Raises MemoryNeededError."""
    names: list[str] = []

    def asked(first: Pair) -> Mapping[str, Asked]:
        budget = BudgetPrecision(absolute=precision, turns_at=NO_CHANGE)
        kept = [first.one.kept, first.other.kept]
        found = budgets_asked(runs.promises, kept, budget) or _figures_asked(first, precision)
        names.extend(found)
        return found

    def values(pair: Pair) -> dict[str, Observation]:
        spent: dict[str, Observation] = {
            f"objective:{each.name}": spent_difference(each, pair)
            for each in runs.promises
            if each.target < 1
        }
        return {name: spent[name] if name in spent else _added(name, pair) for name in names}

    with closing(_first_and_more(runs, None)) as results:
        return until_precise(results, asked, values, tell=tell)


def _figures_asked(first: Pair, precision: float) -> dict[str, Asked]:
    names = (each for each in objectives_of(first.one) if each in first.other.figures)
    return {
        name: Precision(
            relative=0.0,
            absolute=max(precision * abs(first.one.figures[name]), FEWEST_ABSOLUTE),
        )
        for name in names
    }


def _added(name: str, pair: Pair) -> float:
    one, other = pair.figure(name)
    return other - one


def held_by(pair: Pair) -> int:
    """How much memory a pair takes up until the end."""
    return sum(bytes_held(each) for each in pair.runs)


def _first_and_more(
    runs: PairedRuns, number: int | None
) -> Generator[tuple[int, Pair], None, None]:
    """The first is played here: what it makes ready, a compiled engine, the forks inherit. More
    than memory can hold are refused before it, and once it shows how much it leaves."""
    refuse_before_the_first(number, runs.request.plan, runs.models)
    first = runs.play(0)
    refuse_beyond_memory(number or MOST_AUTOMATIC, held_by(first))
    yield 0, first
    numbers = count(1) if number is None else range(1, number)
    with closing(replicated(runs.play, numbers)) as results:
        yield from results
