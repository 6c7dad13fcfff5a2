"""A simulated run: a plan and a model in, a record directory out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reports.record.facts import host_facts, tool_versions, utc_now
from reports.record.manifest import Ending, EndReason, Manifest
from reports.record.planned import plan_facts
from reports.record.writer import RecordWriter
from scenarios.workload.limits import IN_FLIGHT_LIMIT, TIMEOUT_S
from scenarios.workload.plan import VisitPlan
from sim.engine.conservation import invariants_of
from sim.engine.contract import UNLIMITED, Engine, EngineOptions
from sim.engine.refusal import refuse_unrepresentable
from sim.engines import EngineChoice, chosen_engine
from sim.model.service_model import ServiceModel
from sim.record_sink import RecordSink

MOST_GAUGES = 7_200
"""While visits arrive. Up to two hours levels are read each second, over days more rarely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOptions:
    """The player's settings, by default those of the measured player. `engine` says who plays,
    see `sim.engines`. The record has the actions of every `of_visits`-th visit, with 0 of none:
    hundreds of millions are counted but not kept. `drain_s` after the last arrival the run ends,
    whatever still waits."""

    in_flight_limit: int = IN_FLIGHT_LIMIT
    timeout_s: float = TIMEOUT_S
    engine: EngineChoice = "auto"
    of_visits: int = 1
    drain_s: float = UNLIMITED

    def __post_init__(self) -> None:
        assert self.in_flight_limit >= 1
        assert self.timeout_s > 0
        assert self.of_visits >= 0


DEFAULTS = SimulationOptions()


class SearchEnd(Protocol):
    """Why a search is over."""

    @property
    def reason(self) -> EndReason: ...
    @property
    def detail(self) -> str: ...


class Search(Protocol):
    """Judges the record as it grows."""

    def look(self, now_s: float) -> SearchEnd | None:
        """The end of the search, once it has come at `now_s` of the run."""


SearchOf = Callable[[Manifest], Search]
"""Begins a search for the limit in the run of a manifest."""


def silent(_: float) -> None:
    """Progress that nobody watches."""


def as_it_is(engine: Engine) -> Engine:
    """An engine that nobody looks at."""
    return engine


def simulate_to_record(  # noqa: PLR0913 - the facts of a manifest, each its own
    plan: VisitPlan,
    model: ServiceModel,
    directory: Path,
    *,
    run_id: str,
    seed: int | None = None,
    objectives_file: str = "",
    objectives_text: str = "",
    notes: tuple[str, ...] = (),
    options: SimulationOptions = DEFAULTS,
    progress: Callable[[float], None] = silent,
    search: SearchOf | None = None,
    look_at: Callable[[Engine], Engine] = as_it_is,
) -> Manifest:
    """Plays `plan` through `model` into a record in `directory`, which must be new or empty.
    `seed` draws the service times; by default it is the plan's own.

    Returns the manifest with its ending. A `search` for the limit ends the run when it has found
    it. `progress` gets the virtual time at every gauge. What `look_at` makes of the
    engine plays in its stead, to see what the record does not hold. After Ctrl-C the record ends as
    interrupted and KeyboardInterrupt goes on. Raises DocumentError when `model` lacks a step of
    the plan, RecordError when writing fails.
    """
    refuse_unrepresentable(plan, model)
    seed = plan.seed if seed is None else seed
    engine, plain = chosen_engine(options.engine)
    play = look_at(plain)
    manifest = dataclasses.replace(
        _manifest(plan, model, run_id=run_id, seed=seed, options=options, engine=engine),
        objectives_file=objectives_file,
        objectives_text=objectives_text,
        notes=notes,
    )
    given = EngineOptions(
        seed=seed,
        in_flight_limit=options.in_flight_limit,
        timeout_s=options.timeout_s,
        drain_s=options.drain_s,
        gauge_every_s=max(1.0, plan.duration_s / MOST_GAUGES),
    )
    with RecordWriter(directory, manifest) as writer:
        watch = _Watch(writer, progress, search(manifest) if search else None)
        try:
            sink = RecordSink(writer, of_visits=options.of_visits)
            played = play(plan, model, sink, given, progress=watch.reach, ended=watch.ended)
        except KeyboardInterrupt:
            writer.close(Ending(reason="interrupted", at_s=watch.reached_s, detail="Ctrl-C"))
            raise
        ending = watch.ending or Ending(reason="completed", at_s=played.at_s)
        laws = invariants_of(
            played,
            model,
            planned_visits=manifest.plan.whole_plan_visits,
            is_cut_short=watch.ending is not None,
        )
        writer.close(ending, laws)
    return writer.manifest


class _Watch:
    """Follows the play: how far it is, and whether a search for the limit has found it."""

    def __init__(
        self, writer: RecordWriter, progress: Callable[[float], None], search: Search | None
    ) -> None:
        self._writer = writer
        self._progress = progress
        self._search = search
        self.reached_s = 0.0
        self.ending: Ending | None = None

    def reach(self, at_s: float) -> None:
        self.reached_s = at_s
        self._progress(at_s)

    def ended(self, at_s: float) -> bool:
        if self._search and self.ending is None:
            self._writer.flush()
            if end := self._search.look(at_s):
                self.ending = Ending(reason=end.reason, at_s=at_s, detail=end.detail)
        return self.ending is not None


def _manifest(
    plan: VisitPlan,
    model: ServiceModel,
    *,
    run_id: str,
    seed: int,
    options: SimulationOptions,
    engine: str,
) -> Manifest:
    return Manifest(
        run_id=run_id,
        origin="simulated",
        created_at=utc_now().isoformat(timespec="seconds"),
        plan=plan_facts(plan, of_visits=options.of_visits),
        target={"model": model.name},
        versions=tool_versions(),
        host=host_facts(),
        options={
            "engine": engine,
            "seed": seed,
            "in_flight_limit": options.in_flight_limit,
            "timeout_s": options.timeout_s,
        },
    )
