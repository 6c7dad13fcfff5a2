"""A simulated run: a plan and a model in, a record directory out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reports.record.facts import host_facts, tool_versions, utc_now
from reports.record.manifest import Ending, Manifest
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
    options: SimulationOptions = DEFAULTS,
    progress: Callable[[float], None] = silent,
) -> Manifest:
    """Plays `plan` through `model` into a record in `directory`, which must be new or empty.
    `seed` draws the service times; by default it is the plan's own.

    Returns the manifest with its ending. `progress` gets the virtual time every simulated
    second. After Ctrl-C the record ends as interrupted and KeyboardInterrupt goes on. Raises
    DocumentError when `model` lacks a step of the plan, RecordError when writing fails.
    """
    refuse_unrepresentable(plan, model)
    seed = plan.seed if seed is None else seed
    manifest = _manifest(plan, model, run_id=run_id, seed=seed, options=options)
    manifest = dataclasses.replace(
        manifest, objectives_file=objectives_file, objectives_text=objectives_text
    )
    with RecordWriter(directory, manifest) as writer:
        _play(plan, model, writer, seed=seed, options=options, progress=progress)
    return writer.manifest


def _play(
    plan: VisitPlan,
    model: ServiceModel,
    writer: RecordWriter,
    *,
    seed: int,
    options: SimulationOptions,
    progress: Callable[[float], None],
) -> None:
    reached_s = 0.0

    def reach(at_s: float) -> None:
        nonlocal reached_s
        reached_s = at_s
        progress(at_s)

    try:
        played = simulate(
            plan,
            model,
            writer,
            seed=seed,
            in_flight_limit=options.in_flight_limit,
            timeout_s=options.timeout_s,
            progress=reach,
        )
    except KeyboardInterrupt:
        writer.close(Ending(reason="interrupted", at_s=reached_s, detail="Ctrl-C"))
        raise
    writer.close(Ending(reason="completed", at_s=played.at_s), played.invariants)


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
