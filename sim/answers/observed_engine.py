"""An engine that is looked at while it plays: what it tells goes to the one who asked, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scenarios.workload.plan import VisitPlan
from sim.answers.observations import Floats, Observations, Observer
from sim.answers.promises import Promise
from sim.answers.steady_series import SteadySink
from sim.engine.conservation import refuse_unconserved
from sim.engine.contract import (
    ActionBlock,
    CopySink,
    Engine,
    EngineOptions,
    Played,
    Sink,
    StationTotals,
    TraceEvent,
)
from sim.model.service_model import ServiceModel


def _unseen(_: float) -> None: ...


def _never(_: float) -> bool:
    return False


class ObservedEngine:
    """Plays as `engine` does, with this `replication` and these visits `traced` (see
    `EngineOptions`). Afterwards it knows what the last run showed, what it kept of `promises`, and
    its traces. `steady` is told of the run, too."""

    def __init__(
        self,
        engine: Engine,
        *,
        replication: int,
        traced: tuple[int, int],
        promises: Sequence[Promise] = (),
        steady: SteadySink | None = None,
    ) -> None:
        self._engine = engine
        self._promises = promises
        self._steady = steady
        self._replication = replication
        self._traced = traced
        self._observations: Observations | None = None
        self.traces: list[TraceEvent] = []

    @property
    def observations(self) -> Observations:
        """Of the last run, which has ended."""
        assert self._observations is not None
        return self._observations

    def __call__(
        self,
        plan: VisitPlan,
        model: ServiceModel,
        sink: Sink,
        options: EngineOptions,
        *,
        progress: Callable[[float], None] = _unseen,
        ended: Callable[[float], bool] = _never,
    ) -> Played:
        observer = Observer(plan, model, self._promises)
        self.traces = []
        every: Sink = _Several((sink, observer), self.traces)
        if self._steady:
            every = _AndSteady(_Several((sink, observer, self._steady), self.traces), self._steady)
        options = replace(options, replication=self._replication, traced=self._traced)
        played = self._engine(plan, model, every, options, progress=progress, ended=ended)
        self._observations = observer.observed(played)
        return played


def observed(
    engine: Engine,
    plan: VisitPlan,
    model: ServiceModel,
    options: EngineOptions,
    promises: Sequence[Promise] = (),
) -> Observations:
    """What a run shows that leaves nothing else behind. Raises ConservationError for one that
    breaks the laws that hold of every run."""
    observer = Observer(plan, model, promises)
    played = engine(plan, model, observer, options, progress=_unseen, ended=_never)
    refuse_unconserved(played, model)
    return observer.observed(played)


class _Several:
    def __init__(self, sinks: Sequence[Sink], traces: list[TraceEvent]) -> None:
        self._sinks = sinks
        self._told_of_copies = [each for each in sinks if isinstance(each, CopySink)]
        self.trace = traces.append

    def actions(self, block: ActionBlock) -> None:
        for each in self._sinks:
            each.actions(block)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        for each in self._sinks:
            each.gauges(at_s, values)

    def copies(self, at_s: float, ratios: Mapping[str, Floats]) -> None:
        for each in self._told_of_copies:
            each.copies(at_s, ratios)


@dataclass(frozen=True, slots=True)
class _AndSteady:
    """Totals of stations are worked out only where somebody wants them."""

    several: _Several
    steady: SteadySink

    def actions(self, block: ActionBlock) -> None:
        self.several.actions(block)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        self.several.gauges(at_s, values)

    def stations(self, at_s: float, totals: Mapping[str, StationTotals]) -> None:
        self.steady.stations(at_s, totals)

    def copies(self, at_s: float, ratios: Mapping[str, Floats]) -> None:
        self.several.copies(at_s, ratios)

    def trace(self, event: TraceEvent) -> None:
        self.several.trace(event)
