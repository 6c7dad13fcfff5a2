"""An engine that is looked at while it plays: what it tells goes to the one who asked, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from scenarios.workload.plan import VisitPlan
from sim.answers.observations import Observations, Observer
from sim.engine.conservation import refuse_unconserved
from sim.engine.contract import ActionBlock, Engine, EngineOptions, Played, Sink, TraceEvent
from sim.model.service_model import ServiceModel


def _unseen(_: float) -> None: ...


def _never(_: float) -> bool:
    return False


class ObservedEngine:
    """Plays as `engine` does, with this `replication` and these visits `traced` (see
    `EngineOptions`). Afterwards it knows what the last run showed and its traces."""

    def __init__(self, engine: Engine, *, replication: int, traced: tuple[int, int]) -> None:
        self._engine = engine
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
        observer = Observer(plan)
        self.traces = []
        both = _Both(sink, observer, self.traces)
        options = replace(options, replication=self._replication, traced=self._traced)
        played = self._engine(plan, model, both, options, progress=progress, ended=ended)
        self._observations = observer.observed(model, played)
        return played


def observed(
    engine: Engine, plan: VisitPlan, model: ServiceModel, options: EngineOptions
) -> Observations:
    """What a run shows that leaves nothing else behind. Raises ConservationError for one that
    breaks the laws that hold of every run."""
    observer = Observer(plan)
    played = engine(plan, model, observer, options, progress=_unseen, ended=_never)
    refuse_unconserved(played, model)
    return observer.observed(model, played)


class _Both:
    def __init__(self, first: Sink, second: Sink, traces: list[TraceEvent]) -> None:
        self._sinks = first, second
        self.trace = traces.append

    def actions(self, block: ActionBlock) -> None:
        for each in self._sinks:
            each.actions(block)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        for each in self._sinks:
            each.gauges(at_s, values)
