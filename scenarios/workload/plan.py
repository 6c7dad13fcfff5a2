"""A plan: the stream of visits as columns, in chunks, and the tables that its codes refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from scenarios.workload.columns import Codes, Floats, Integers, Skus
from scenarios.workload.visit import Action, Visit

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStair:
    """A stretch at one arrival rate within a search for the limit. Its first `settle_s` are not
    judged."""

    rate_per_s: float
    start_s: float
    duration_s: float
    settle_s: float = 0.0


VISITS_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPhase:
    """A phase on the clock of the run. Only judged phases count towards objectives. With
    `stairs`, each of them is judged by itself and the run ends when one breaks."""

    name: str
    start_s: float
    duration_s: float
    judged: bool = True
    stairs: tuple[PlannedStair, ...] = ()

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTables:
    """What the codes in a chunk's columns stand for: code `i` is entry `i`."""

    phases: tuple[str, ...]
    personas: tuple[str, ...]
    channels: tuple[str, ...]
    tiers: tuple[str, ...]
    steps: tuple[str, ...]
    paths: tuple[str, ...] = ()
    logged_statuses: tuple[int, ...] = ()
    """Of each of `paths`: the status of 400 or more that the log has for it, else 0."""

    def __post_init__(self) -> None:
        assert len(self.logged_statuses) == len(self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChunk:
    """`n` visits in the order of their arrival and their `m` actions, as columns.

    Visit columns, shape (n,): `intended_s` f8 ascending, `phase`, `persona`, `channel`, `tier`
    i2 codes, `patience_s` f8, `first_action` i8 of shape (n + 1,): the actions of visit `k` are
    rows `first_action[k]` to `first_action[k + 1]`. Action columns, shape (m,): `step` i2,
    `think_s` f8, `sku` i4, `quantity` i2, `path` i4 (-1 for none). `first_index` is the index
    of the first visit in the whole plan; the others follow it without a gap, unless `index`, of
    shape (n,), says the index of each.
    """

    first_index: int
    intended_s: Floats
    phase: Codes
    persona: Codes
    channel: Codes
    tier: Codes
    patience_s: Floats
    first_action: Integers
    step: Codes
    think_s: Floats
    sku: Skus
    quantity: Codes
    path: npt.NDArray[np.int32]
    index: Integers | None = None

    def __len__(self) -> int:
        return len(self.intended_s)

    def indices(self) -> Integers:
        """The index of each visit in the whole plan, shape (n,)."""
        if self.index is not None:
            return self.index
        return np.arange(self.first_index, self.first_index + len(self), dtype=np.int64)


class VisitPlan(Protocol):
    """A deterministic stream of visits: every call of `chunks` gives the same bytes.

    `expected_visits` and `expected_actions` (by step) are the means that the plan is drawn
    from, known without drawing it. `rate_at` gives the planned arrival rate a second at each of
    the instants `t_s`, `peak_rate_per_s` the largest of all. `stock` maps each SKU on sale to its
    units.
    """

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str:
        """The source of the plan: the campaign file's text or a description of the log."""

    @property
    def seed(self) -> int: ...
    @property
    def phases(self) -> tuple[PlannedPhase, ...]: ...
    @property
    def tables(self) -> PlanTables: ...
    @property
    def stock(self) -> dict[int, int]: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def expected_visits(self) -> float: ...
    @property
    def peak_rate_per_s(self) -> float: ...
    def expected_actions(self) -> dict[str, float]: ...
    def rate_at(self, t_s: Floats) -> Floats: ...
    def chunks(self) -> Iterator[VisitChunk]: ...


def visits_of(chunk: VisitChunk, tables: PlanTables) -> Iterator[Visit]:
    """The visits of `chunk`, one value each, in the order of their arrival.

    A few at a time become Python's numbers: a whole chunk would hold up whoever plays
    them for a tenth of a second.
    """
    indices = chunk.indices()
    for first in range(0, len(chunk), VISITS_AT_ONCE):
        rows = slice(first, min(first + VISITS_AT_ONCE, len(chunk)))
        yield from _some_visits(chunk, tables, rows, indices[rows].tolist())


# Both are made without a line of Python for each value: a player makes thousands a second.
_new_visit = partial(tuple.__new__, Visit)
_new_action = partial(tuple.__new__, Action)


def _some_visits(
    chunk: VisitChunk, tables: PlanTables, rows: slice, indices: list[int]
) -> Iterator[Visit]:
    ends = chunk.first_action[rows.start : rows.stop + 1]
    actions = tuple(_actions(chunk, tables, slice(int(ends[0]), int(ends[-1]))))
    ends = (ends - ends[0]).tolist()
    columns = zip(
        indices,
        chunk.intended_s[rows].tolist(),
        _words(chunk.phase[rows], tables.phases),
        _words(chunk.persona[rows], tables.personas),
        _words(chunk.channel[rows], tables.channels),
        _words(chunk.tier[rows], tables.tiers),
        chunk.patience_s[rows].tolist(),
        map(actions.__getitem__, map(slice, ends[:-1], ends[1:])),
        strict=True,
    )
    return map(_new_visit, columns)


def _actions(chunk: VisitChunk, tables: PlanTables, rows: slice) -> Iterator[Action]:
    path = chunk.path[rows]
    columns = zip(
        _words(chunk.step[rows], tables.steps),
        chunk.think_s[rows].tolist(),
        chunk.sku[rows].tolist(),
        chunk.quantity[rows].tolist(),
        _words(path, (*tables.paths, None)),
        _words(path, (*tables.logged_statuses, 0)),
        strict=True,
    )
    return map(_new_action, columns)


def _words(codes: npt.NDArray[Any], table: Sequence[Entry]) -> Iterator[Entry]:
    """What each of `codes` stands for; the code -1 is the last entry of `table`."""
    return map(table.__getitem__, codes.tolist())


def plan_visits(plan: VisitPlan) -> Iterator[Visit]:
    """Every visit of `plan` in the order of arrival, made as it is asked for."""
    for chunk in plan.chunks():
        yield from visits_of(chunk, plan.tables)
