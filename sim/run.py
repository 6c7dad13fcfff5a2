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
from sim.player import refuse_unrepresentable, simulate
from sim.service_model import ServiceModel

ENGINE = "simpy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOptions:
    """The player's settings, by default those of the measured player."""

    in_flight_limit: int = IN_FLIGHT_LIMIT
    timeout_s: float = TIMEOUT_S

    def __post_init__(self) -> None:
        assert self.in_flight_limit >= 1
        assert self.timeout_s > 0


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
) -> Manifest:
    """Plays `plan` through `model` into a record in `directory`, which must be new or empty.
    `seed` draws the service times; by default it is the plan's own.

    Returns the manifest with its ending. A `search` for the limit ends the run when it has found
    it. `progress` gets the virtual time every simulated
    second. After Ctrl-C the record ends as interrupted and KeyboardInterrupt goes on. Raises
    DocumentError when `model` lacks a step of the plan, RecordError when writing fails.
    """
    refuse_unrepresentable(plan, model)
    seed = plan.seed if seed is None else seed
    manifest = _manifest(plan, model, run_id=run_id, seed=seed, options=options)
    manifest = dataclasses.replace(
        manifest, objectives_file=objectives_file, objectives_text=objectives_text, notes=notes
    )
    with RecordWriter(directory, manifest) as writer:
        looking = search(manifest) if search else None
        _play(plan, model, writer, seed=seed, options=options, progress=progress, search=looking)
    return writer.manifest


def _play(
    plan: VisitPlan,
    model: ServiceModel,
    writer: RecordWriter,
    *,
    seed: int,
    options: SimulationOptions,
    progress: Callable[[float], None],
    search: Search | None,
) -> None:
    reached_s = 0.0
    ending: Ending | None = None

    def reach(at_s: float) -> None:
        nonlocal reached_s
        reached_s = at_s
        progress(at_s)

    def ended(at_s: float) -> bool:
        nonlocal ending
        if search and ending is None:
            writer.flush()
            if end := search.look(at_s):
                ending = Ending(reason=end.reason, at_s=at_s, detail=end.detail)
        return ending is not None

    try:
        played = simulate(
            plan,
            model,
            writer,
            seed=seed,
            in_flight_limit=options.in_flight_limit,
            timeout_s=options.timeout_s,
            progress=reach,
            ended=ended,
        )
    except KeyboardInterrupt:
        writer.close(Ending(reason="interrupted", at_s=reached_s, detail="Ctrl-C"))
        raise
    ending = ending or Ending(reason="completed", at_s=played.at_s)
    writer.close(ending, played.invariants)


def _manifest(
    plan: VisitPlan, model: ServiceModel, *, run_id: str, seed: int, options: SimulationOptions
) -> Manifest:
    return Manifest(
        run_id=run_id,
        origin="simulated",
        created_at=utc_now().isoformat(timespec="seconds"),
        plan=plan_facts(plan),
        target={"model": model.name},
        versions=tool_versions(),
        host=host_facts(),
        options={
            "engine": ENGINE,
            "seed": seed,
            "in_flight_limit": options.in_flight_limit,
            "timeout_s": options.timeout_s,
        },
    )
