"""Whether a promise was kept: how many of the actions that it is about were good, counted as a run
goes on.

The same arithmetic as when a record is judged (`reports.slo`), without rows: what counts is told
in outcomes and words, so that a campaign's objectives can be asked of every replication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from reports.record.outcome import Outcome
from scenarios.workload.plan import PlanTables, VisitPlan
from sim.engine.contract import ActionBlock

Flags = npt.NDArray[np.bool_]
NANOSECONDS = 1e9
STEP = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """At least `target` of the actions in its scope that do not end in `left_out` end in `good`,
    within `below_s` after they were due if that is given. `scope` has words for some of phase,
    persona, channel, tier and step; without phases the judged ones are meant."""

    name: str
    target: Fraction
    good: frozenset[Outcome]
    left_out: frozenset[Outcome] = frozenset()
    below_s: float | None = None
    scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`good` of `total` actions. `unseen` of `visits` visits were not sent and have no action in
    scope, though they might have had."""

    good: int
    total: int
    visits: int
    unseen: int

    def meets(self, target: Fraction) -> bool:
        """Whether the share of the good ones is at least `target`, in integers, and would be
        without the visits that were kept out, too. Nothing meets no target."""
        return (
            self.total > 0
            and _reaches(self.good, self.total, target)
            and _reaches(self.visits - self.unseen, self.visits, target)
        )


def _reaches(good: int, total: int, target: Fraction) -> bool:
    return good * target.denominator >= target.numerator * total


class PromiseCounts:
    """Counts what one run of `plan` keeps of `promises`, from its blocks of actions."""

    def __init__(self, plan: VisitPlan, promises: Sequence[Promise]) -> None:
        self._promises = [_Counting(plan, each) for each in promises]

    def actions(self, block: ActionBlock) -> None:
        for each in self._promises:
            each.actions(block)

    def kept(self) -> dict[str, Kept]:
        """By the name of the promise."""
        return {each.promise.name: each.kept() for each in self._promises}


class _Counting:
    def __init__(self, plan: VisitPlan, promise: Promise) -> None:
        self.promise = promise
        judged = tuple(each.name for each in plan.phases if each.judged)
        scope = {"phase": judged, **promise.scope}
        self._inside = {key: _flags(plan.tables, key, words) for key, words in scope.items()}
        self._good, self._left_out = (
            np.array([each in outcomes for each in Outcome])
            for outcomes in (promise.good, promise.left_out)
        )
        self._counts = np.zeros(4, np.int64)

    def actions(self, block: ActionBlock) -> None:
        visitors = np.ones(len(block), np.bool_)
        for key, flags in self._inside.items():
            if key != STEP:
                visitors &= flags[getattr(block, key)]
        inside = visitors
        if STEP in self._inside:
            inside = visitors & self._inside[STEP][block.step]
        counted = inside & ~self._left_out[block.outcome]
        good = counted & self._good[block.outcome]
        if self.promise.below_s is not None:
            took_ns = np.rint((block.finished_s - block.intended_s) * NANOSECONDS)
            good &= took_ns <= round(self.promise.below_s * NANOSECONDS)
        first, not_sent = visitors & (block.action == 0), block.outcome == Outcome.NOT_SENT
        unseen = np.count_nonzero(first & not_sent) - np.count_nonzero(inside & not_sent)
        self._counts += (good.sum(), counted.sum(), first.sum(), unseen)

    def kept(self) -> Kept:
        good, total, visits, unseen = self._counts.tolist()
        return Kept(good=good, total=total, visits=visits, unseen=unseen)


def _flags(tables: PlanTables, key: str, words: Sequence[str]) -> Flags:
    known: tuple[str, ...] = getattr(tables, f"{key}s")
    return np.array([each in words for each in known], np.bool_)
