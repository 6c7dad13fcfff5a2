"""The event engine: plays a plan through a model on SimPy. See `sim.engine.contract`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from scenarios.workload.plan import VisitPlan
from sim.engine.agenda import NOBODY
from sim.engine.conditions import start_conditions
from sim.engine.contract import (
    CopySink,
    EngineOptions,
    Played,
    Sink,
    StationSink,
    StationTotals,
    TraceEvent,
)
from sim.engine.gauge_times import intervals_until_next
from sim.engine.refusal import refuse_unrepresentable
from sim.event_engine.clock import Clock
from sim.event_engine.gauges import Gauges
from sim.event_engine.in_play import InPlay
from sim.event_engine.platform import Platform
from sim.event_engine.playable import step_in_play
from sim.event_engine.rows import Rows
from sim.event_engine.visit import Crowd, PlannedVisit, VisitInPlay, planned_visits
from sim.model.service_model import ServiceModel


def silent(_: float) -> None:
    """Progress that nobody watches."""


def never(_: float) -> bool:
    """A plan that is played to its end."""
    return False


def play(
    plan: VisitPlan,
    model: ServiceModel,
    sink: Sink,
    options: EngineOptions,
    *,
    progress: Callable[[float], None] = silent,
    ended: Callable[[float], bool] = never,
) -> Played:
    """See `sim.engine.contract.Engine`."""
    refuse_unrepresentable(plan, model)
    return _Simulation(plan, model, sink, options, progress, ended).play()


class _Simulation:
    """One run: the crowd in front of the platform, and the clock that drives both."""

    def __init__(
        self,
        plan: VisitPlan,
        model: ServiceModel,
        sink: Sink,
        options: EngineOptions,
        progress: Callable[[float], None],
        ended: Callable[[float], bool],
    ) -> None:
        self._clock = Clock()
        self._options = options
        self._sink = sink
        self._progress = progress
        self._ended = ended
        self._rows = Rows(sink)
        self._in_play = InPlay(self._clock)
        self._platform = Platform(
            self._clock, model, options, on_sale=plan.stock, tiers=plan.tables.tiers
        )
        self._crowd = Crowd(
            platform=self._platform,
            steps=[step_in_play(self._platform, name) for name in plan.tables.steps],
            timeout_s=options.timeout_s,
            write=self._rows.add,
            in_play=self._in_play,
            note=self._note,
            traced=options.traced,
        )
        self._gauges = Gauges(self._platform)
        self._visits: Iterator[PlannedVisit] = (
            visit for chunk in plan.chunks() for visit in planned_visits(chunk)
        )
        self._readings = self._arrived = 0
        self._is_arriving = True
        self._ended_s = 0.0
        self._is_stopped = False

    def play(self) -> Played:
        clock = self._clock
        clock.call_at(0.0, self._read_gauges, NOBODY)
        self._start_conditions()
        self._schedule_arrival()
        while not self._is_over():
            clock.step()
        self._rows.hand_over()
        return self._played()

    def _is_over(self) -> bool:
        if self._is_stopped:
            return True
        platform = self._platform
        return not (
            self._is_arriving or self._in_play or platform.alive or platform.stock.returning
        )

    def _start_conditions(self) -> None:
        platform, clock = self._platform, self._clock
        start_conditions(
            clock,
            platform.model,
            platform.stations,
            seed_key=platform.seed_key,
            draw=platform.uniform,
            flush=lambda name: platform.caches[name].flush(clock.now),
        )

    def _schedule_arrival(self) -> None:
        visit = next(self._visits, None)
        if visit is None:
            self._end_arrivals()
        else:
            self._clock.call_at(visit.intended_s, lambda: self._arrive(visit))

    def _arrive(self, visit: PlannedVisit) -> None:
        if not self._is_arriving:
            return
        self._arrived += 1
        if len(self._in_play) >= self._options.in_flight_limit:
            self._in_play.not_sent += 1
            self._rows.add(visit.row_not_sent())
        else:
            VisitInPlay(self._crowd, visit).begin()
        self._schedule_arrival()

    def _end_arrivals(self) -> None:
        self._is_arriving = False
        self._ended_s = self._clock.now
        if math.isfinite(self._options.drain_s):
            self._clock.call_at(self._clock.now + self._options.drain_s, self._stop, NOBODY)

    def _stop(self) -> None:
        self._is_stopped = True

    def _note(self, visit: int, action: int, what: str, where: str) -> None:
        self._sink.trace(
            TraceEvent(at_s=self._clock.now, visit=visit, action=action, what=what, where=where)
        )

    def _read_gauges(self) -> None:
        now_s = self._clock.now
        self._rows.hand_over()
        self._sink.gauges(now_s, self._gauges.read(now_s, len(self._in_play)))
        if isinstance(self._sink, StationSink):
            self._sink.stations(now_s, self._totals(now_s))
        if isinstance(self._sink, CopySink):
            self._sink.copies(now_s, self._gauges.read_copies())
        self._progress(now_s)
        if self._is_arriving and self._ended(now_s):
            self._end_arrivals()
        every_s = self._options.gauge_every_s
        since_end_s = 0.0 if self._is_arriving else now_s - self._ended_s
        self._readings += intervals_until_next(since_end_s, every_s)
        self._clock.call_at(self._readings * every_s, self._read_gauges, NOBODY)

    def _totals(self, at_s: float) -> dict[str, StationTotals]:
        stations = self._platform.stations
        return {name: each.levels.totals(at_s) for name, each in stations.items()}

    def _played(self) -> Played:
        at_s, platform = self._clock.now, self._platform
        return Played(
            at_s=at_s,
            visits=self._arrived,
            actions=self._rows.written,
            events=self._clock.events,
            tasks_begun=platform.begun,
            tasks_ended=platform.ended,
            unfinished=len(platform.alive),
            crowd=self._in_play.totals(),
            stations={name: each.totals(at_s) for name, each in platform.stations.items()},
            caches={name: (each.hits, each.misses) for name, each in platform.caches.items()},
            admissions={
                name: (each.admitted, each.refused) for name, each in platform.buckets.items()
            },
            attempts={name: each.totals(at_s) for name, each in platform.attempts.items()},
            stock=platform.stock.totals(at_s, platform.alive),
            marks=platform.mark_totals(),
        )
