"""The plan's side of a manifest, taken from any plan of visits by its shape alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from reports.record.manifest import PhaseSpan, PlanFacts, Stair


class Flight(Protocol):
    """A stair: rate_per_s, start_s, duration_s, settle_s."""

    @property
    def rate_per_s(self) -> float: ...
    @property
    def start_s(self) -> float: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def settle_s(self) -> float: ...


class Span(Protocol):
    """A phase: name, start_s, duration_s, judged, stairs."""

    @property
    def name(self) -> str: ...
    @property
    def start_s(self) -> float: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def judged(self) -> bool: ...
    @property
    def stairs(self) -> Sequence[Flight]: ...


class Arrivals(Protocol):
    """A chunk of visits: `intended_s`, ascending, in seconds since the start of the run, and the
    index of each in the whole plan."""

    @property
    def intended_s(self) -> npt.NDArray[np.float64]: ...
    def indices(self) -> npt.NDArray[np.int64]: ...


class Planned(Protocol):
    """A plan of visits, as far as a manifest is concerned."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def phases(self) -> Sequence[Span]: ...
    @property
    def tables(self) -> Any: ...
    @property
    def stock(self) -> Mapping[int, int]: ...
    def expected_actions(self) -> Mapping[str, float]: ...
    def chunks(self) -> Iterator[Arrivals]: ...


@runtime_checkable
class Paced(Protocol):
    """A plan that is played faster, or by more visitors, than its text says."""

    @property
    def speed(self) -> float: ...
    @property
    def amplify(self) -> float: ...


def _phase(span: Span) -> PhaseSpan:
    return PhaseSpan(
        name=span.name,
        start_s=span.start_s,
        duration_s=span.duration_s,
        judged=span.judged,
        stairs=tuple(
            Stair(
                rate_per_s=each.rate_per_s,
                start_s=each.start_s,
                duration_s=each.duration_s,
                settle_s=each.settle_s,
            )
            for each in span.stairs
        ),
    )


def plan_facts(plan: Planned, *, of_visits: int = 1) -> PlanFacts:
    """Draws the arrivals of `plan` once, to count them, and keeps what a record must know that
    keeps every `of_visits`-th visit, or none."""
    seconds, every = max(1, math.ceil(plan.duration_s)), max(1, of_visits)
    arrivals, visits = np.zeros(seconds, dtype=np.int64), 0
    for chunk in plan.chunks():
        second = np.minimum(chunk.intended_s.astype(np.int64), seconds - 1)
        kept = second if every == 1 else second[chunk.indices() % every == 0]
        arrivals += np.bincount(kept, minlength=seconds)
        visits += len(second)
    tables = plan.tables
    return PlanFacts(
        name=plan.name,
        text=plan.text,
        seed=plan.seed,
        duration_s=plan.duration_s,
        planned_visits=int(arrivals.sum()),
        arrivals_per_second=tuple(arrivals.tolist()),
        phases=tuple(_phase(each) for each in plan.phases),
        tables={
            "phase": tables.phases,
            "persona": tables.personas,
            "channel": tables.channels,
            "tier": tables.tiers,
            "step": tables.steps,
        },
        expected_actions={step: n / every for step, n in plan.expected_actions().items()},
        stock=dict(plan.stock),
        speed=plan.speed if isinstance(plan, Paced) else 1.0,
        amplify=plan.amplify if isinstance(plan, Paced) else 1.0,
        of_visits=of_visits,
        whole_plan_visits=visits,
    )
