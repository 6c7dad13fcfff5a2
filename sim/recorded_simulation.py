"""A simulation whose record has been written, and what else is known of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from reports.record.manifest import Manifest
from sim.answers.answer import Answer, bottleneck_of
from sim.answers.observations import WINDOWS, Observations
from sim.answers.observed_engine import ObservedEngine
from sim.answers.promise_answer import PromiseAnswer
from sim.answers.promises import Promise
from sim.answers.steady_series import SteadySink
from sim.answers.visit_timeline import visit_timeline
from sim.engine.contract import Engine, TraceEvent
from sim.model.service_model import ServiceModel
from sim.replication.replicated_run import Replicated
from sim.run import SearchOf, SimulationOptions, simulate_to_record
from sim.simulation_request import SimulationRequest
from sim.statistics.bands import Band, band
from sim.statistics.interval import CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSimulation:
    """`traces` are the events of the visits that were traced."""

    manifest: Manifest
    directory: Path
    observations: Observations
    traces: Sequence[TraceEvent]

    def log_begins_at(self, midnight_s: float) -> datetime:
        """The instant that stands for 0 in an event log: the truck of 20:00 leaves at 20:00."""
        day = datetime.fromisoformat(self.manifest.created_at)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(seconds=midnight_s)

    def traces_of(self, visits: tuple[int, int]) -> list[TraceEvent]:
        return [each for each in self.traces if visits[0] <= each.visit < visits[1]]

    def timeline_of(self, visit: int) -> list[str]:
        """The visit's way as lines of text, or one that says that there was no such visit."""
        if events := self.traces_of((visit, visit + 1)):
            return [f"visit {visit}", *visit_timeline(events)]
        return [f"visit {visit} was not played: the plan has {self._planned} visits, from 0"]

    @property
    def _planned(self) -> str:
        return f"{self.manifest.plan.whole_plan_visits:,}"


def record_simulation(  # noqa: PLR0913 - what a record is of, each its own
    request: SimulationRequest,
    directory: Path,
    *,
    run_id: str,
    replication: int,
    traced: tuple[int, int],
    options: SimulationOptions,
    objectives: tuple[str, str],
    search: SearchOf | None,
    progress: Callable[[float], None],
    promises: Sequence[Promise] = (),
    steady: SteadySink | None = None,
) -> RecordedSimulation:
    """Plays a replication of `request` into a record in `directory`. `objectives` are the name of
    their file and its text; what is kept of `promises` is observed; `steady` is told of the run.
    See `sim.run.simulate_to_record`."""
    looking: list[ObservedEngine] = []

    def look_at(engine: Engine) -> Engine:
        looked = ObservedEngine(
            engine, replication=replication, traced=traced, promises=promises, steady=steady
        )
        looking.append(looked)
        return looked

    which = (f"replication {replication} of seed {request.plan.seed}",) if replication else ()
    manifest = simulate_to_record(
        request.plan_of(replication),
        request.model,
        directory,
        run_id=run_id,
        seed=request.plan.seed,
        objectives_file=objectives[0],
        objectives_text=objectives[1],
        notes=(*request.notes, *_kept(options.of_visits), *which),
        options=options,
        progress=progress,
        search=search,
        look_at=look_at,
    )
    return RecordedSimulation(
        manifest=manifest,
        directory=directory,
        observations=looking[-1].observations,
        traces=looking[-1].traces,
    )


def _kept(of_visits: int) -> Iterator[str]:
    if not of_visits:
        yield "actions were counted but not kept: there is nothing to report on"
    if of_visits > 1:
        yield (
            f"the record has one visit in {of_visits:,}: its counts and rates are of those, "
            "the levels of the platform are of all"
        )


def result_json(
    recorded: RecordedSimulation,
    model: ServiceModel,
    answers: Mapping[str, Answer],
    found: Replicated,
    promised: Sequence[PromiseAnswer] = (),
) -> dict[str, Any]:
    """Everything that the tables say, ready for JSON."""
    narrow = bottleneck_of(model, answers)
    of_replies = bottleneck_of(model, answers, of_replies=True)
    return record_json(recorded) | {
        "replications": len(found.runs),
        "stopped": found.stopped and found.stopped.as_json(),
        "confidence": CONFIDENCE,
        "bottleneck": narrow and dataclasses.asdict(narrow),
        "bottleneck_of_replies": of_replies and dataclasses.asdict(of_replies),
        "objectives": [each.as_json() for each in promised],
        "goodput_course": goodput_course(found, recorded.manifest.plan.duration_s),
        "figures": {name: each.as_json() for name, each in answers.items()},
    }


def record_json(recorded: RecordedSimulation) -> dict[str, Any]:
    """What the record itself is, ready for JSON."""
    manifest, outcomes = recorded.manifest, recorded.observations.outcomes
    return {
        "directory": str(recorded.directory),
        "run_id": manifest.run_id,
        "model": manifest.target.get("model", ""),
        "engine": manifest.options.get("engine", ""),
        "ending": manifest.ending.reason if manifest.ending else "killed",
        "notes": list(manifest.notes),
        "planned_visits": manifest.plan.whole_plan_visits,
        "actions": sum(outcomes.values()),
        "outcomes": dict(outcomes),
        "invariants": [dataclasses.asdict(each) for each in manifest.invariants],
    }


def goodput_band(found: Replicated) -> Band:
    """The ok actions a second over the plan, in equal windows."""
    return band(np.array([run.goodput_per_s for run in found.runs]))


def goodput_course(found: Replicated, duration_s: float) -> dict[str, Any]:
    """The ok actions a second in each part of the plan: mean over replications and interval,
    None where there is none (see `sim.statistics.bands`)."""
    course = goodput_band(found)
    shown = {"mean": course.mean, "low": course.low, "high": course.high}
    return {"window_s": duration_s / WINDOWS} | {
        name: [each if math.isfinite(each) else None for each in values.tolist()]
        for name, values in shown.items()
    }
