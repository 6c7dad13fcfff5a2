"""The manifest of a run: everything that its rows cannot say, in one versioned JSON file.

It carries the campaign's text, the phases and the planned arrivals, so that an old record can
be judged without the program that played it.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from reports.record.colouring import ColouringFacts, colouring_facts

SCHEMA_VERSION = 2
READABLE_VERSIONS = (1, 2)
MANIFEST_FILE = "manifest.json"
Origin = Literal["measured", "simulated"]
EndReason = Literal["completed", "limit_found", "generator_limited", "interrupted", "aborted"]
"""`limit_found`: a search for the limit ended at a stair that broke; `generator_limited`: it ended
where the generator, not the platform, was at its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stair:
    """A stretch at one arrival rate within a search for the limit, on the clock of the run. Its
    first `settle_s` are not judged."""

    rate_per_s: float
    start_s: float
    duration_s: float
    settle_s: float = 0.0

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """A phase on the clock of the run, in seconds since its start. With `stairs` it searches for
    the platform's limit: each of them is judged by itself."""

    name: str
    start_s: float
    duration_s: float
    judged: bool = True
    stairs: tuple[Stair, ...] = ()

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """What was asked for. `arrivals_per_second[k]` is the number of visits that the plan puts
    into second `k` of the run; their sum is `planned_visits`."""

    name: str
    text: str
    seed: int
    duration_s: float
    planned_visits: int
    arrivals_per_second: tuple[int, ...]
    phases: tuple[PhaseSpan, ...]
    tables: Mapping[str, tuple[str, ...]]
    """Code tables of the columns `phase`, `persona`, `channel`, `tier` and `step`."""
    expected_actions: Mapping[str, float] = field(default_factory=dict)
    """Mean number of actions of each step if every reply were ok."""
    stock: Mapping[int, int] = field(default_factory=dict)
    speed: float = 1.0
    """How many times as fast as `text` says it was played."""
    amplify: float = 1.0
    """By how many times as many visitors as `text` says."""
    of_visits: int = 1
    """The record keeps every so many-th visit of the plan, from the first: `planned_visits`,
    `arrivals_per_second` and `expected_actions` are of those. 0 when it keeps none: then they are
    of the whole plan."""
    whole_plan_visits: int = 0
    """Of the plan with those that are not kept; 0 in a record from before there was this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """Something that must hold exactly, with the figures that show whether it did."""

    name: str
    held: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostVisits:
    """Planned visits that the load side itself lost: a worker died and nobody could take them
    over. `visits` left no row; `torn_visits` had left some, and would have gone on. They were due
    between `from_s` and `until_s`, in seconds since the start of the run."""

    worker: int
    from_s: float
    until_s: float
    visits: int
    why: str
    torn_visits: int = 0

    @property
    def in_words(self) -> str:
        """`3 visits and the end of 2 more`."""
        lost = f"{self.visits:,} visit" + "s" * (self.visits != 1)
        if not self.torn_visits:
            return lost
        if not self.visits:
            return f"the end of {self.torn_visits:,} visit" + "s" * (self.torn_visits != 1)
        return f"{lost} and the end of {self.torn_visits:,} more"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFacts:
    """One worker of the fleet that played a run; `number` is that of its rows.

    The master's clock minus the worker's was `offset_s` before the run and `last_offset_s` at its
    end, each to within half the round trip beside it. `standing` is how it left: `ended`, `lost`.
    """

    number: int
    name: str
    host: str
    pid: int
    cores: int
    offset_s: float
    round_trip_s: float
    last_offset_s: float
    last_round_trip_s: float
    started_visits: int
    actions: int
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedGuard:
    """A condition that a run was watched for, such as `errors > 20 % for 10 s`.

    `nearest` says how near the run came to it, or why it could not be told. `fired_at_s` is when
    it held, None when it never did.
    """

    condition: str
    action: Literal["abort", "ramp_down"]
    nearest: str = ""
    fired_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended; a manifest without one belongs to a run that was killed.

    `at_s` is when the last visit ended, or when a run that was cut short was told to end: nothing
    was due after it. `cut_off_visits` were still waiting for a reply and left no last row.
    `thinned_visits` were left out while arrivals were ramped down after `at_s`.
    """

    reason: EndReason
    at_s: float
    detail: str = ""
    cut_off_visits: int = 0
    thinned_visits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """See the module. `target` holds url, environment and adapter of a measured run, the model
    of a simulated one; `options` the player's settings, such as `in_flight_limit`."""

    run_id: str
    origin: Origin
    created_at: str
    plan: PlanFacts
    target: Mapping[str, str]
    versions: Mapping[str, str]
    host: Mapping[str, str | int | float]
    options: Mapping[str, str | int | float] = field(default_factory=dict)
    objectives_file: str = ""
    objectives_text: str = ""
    notes: tuple[str, ...] = ()
    """Sentences for the report: lines skipped in a log, a generator's trouble."""
    invariants: tuple[Invariant, ...] = ()
    ending: Ending | None = None
    lost_visits: tuple[LostVisits, ...] = ()
    workers: tuple[WorkerFacts, ...] = ()
    """Empty when one process played the run alone."""
    guards: tuple[ArmedGuard, ...] = ()
    colouring: ColouringFacts | None = None
    """None for a run that sent nothing, and in records of older versions."""
    schema_version: int = SCHEMA_VERSION


class RecordError(Exception):
    """A record that cannot be read or written; the message names the file and the reason."""


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Replaces the manifest in one step: a reader sees the old one or the new one."""
    text = json.dumps(dataclasses.asdict(manifest), ensure_ascii=False, indent=1)
    part = directory / f"{MANIFEST_FILE}.part"
    try:
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(part, directory / MANIFEST_FILE)
    except OSError as error:
        raise RecordError(f"{directory}: cannot write the manifest: {error.strerror}") from error


def read_manifest(directory: Path) -> Manifest:
    """The manifest in `directory`. Raises RecordError when there is none that can be read."""
    file = directory / MANIFEST_FILE
    try:
        raw: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordError(f"{directory}: no record here ({MANIFEST_FILE} is missing)") from None
    except (OSError, ValueError) as error:
        raise RecordError(f"{file}: cannot be read: {error}") from error
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version not in READABLE_VERSIONS:
        raise RecordError(
            f"{file}: schema version {version!r}, this program reads {_listed(READABLE_VERSIONS)}"
        )
    try:
        return _manifest(raw)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordError(f"{file}: is damaged: {type(error).__name__}: {error}") from error


def _listed(versions: Sequence[int]) -> str:
    return " and ".join(map(str, versions))


def _phase(raw: dict[str, Any]) -> PhaseSpan:
    stairs = tuple(Stair(**each) for each in raw.pop("stairs", ()))
    return PhaseSpan(**raw, stairs=stairs)


def _manifest(raw: dict[str, Any]) -> Manifest:
    plan = raw.pop("plan")
    ending = raw.pop("ending", None)
    plan["phases"] = tuple(_phase(each) for each in plan["phases"])
    plan["arrivals_per_second"] = tuple(plan["arrivals_per_second"])
    plan["tables"] = {name: tuple(words) for name, words in plan["tables"].items()}
    plan["stock"] = {int(sku): units for sku, units in plan.get("stock", {}).items()}
    raw["notes"] = tuple(raw.get("notes", ()))
    raw["invariants"] = tuple(Invariant(**each) for each in raw.get("invariants", ()))
    raw["workers"] = tuple(WorkerFacts(**each) for each in raw.get("workers", ()))
    raw["lost_visits"] = tuple(LostVisits(**each) for each in raw.get("lost_visits", ()))
    raw["guards"] = tuple(ArmedGuard(**each) for each in raw.get("guards", ()))
    raw["colouring"] = colouring_facts(raw["colouring"]) if raw.get("colouring") else None
    return Manifest(plan=PlanFacts(**plan), ending=Ending(**ending) if ending else None, **raw)
