"""Counts exactly which visits went down with a worker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.record.manifest import LostVisits
from scenarios.fleet.duty import Duty
from scenarios.workload.columns import Integers
from scenarios.workload.plan import VisitPlan
from scenarios.workload.shard import chunks_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Wreck:
    """Visits of a lost worker that left no row. Of those that were due between `from_s` and
    `until_s`, it had reported that they were `started`, or nothing: `unknown`."""

    started: int = 0
    unknown: int = 0
    from_s: float = math.inf
    until_s: float = 0.0

    @property
    def visits(self) -> int:
        return self.started + self.unknown

    def lost_visits(self, worker: int, why: str) -> LostVisits:
        return LostVisits(
            worker=worker, from_s=self.from_s, until_s=self.until_s, visits=self.visits, why=why
        )


def wreck_of(
    plan: VisitPlan,
    duties: Sequence[Duty],
    *,
    started_through: Mapping[int, int],
    recorded: Integers,
    before_s: float,
) -> Wreck:
    """What was lost of `duties`, which the lost worker had started as far as it reported in
    `started_through`, and of which the visits `recorded` have rows. Visits due at or after
    `before_s` count for nothing: the run had ended by then."""
    wreck = Wreck()
    for duty in duties:
        through = started_through.get(duty.number, duty.shard.from_index - 1)
        for chunk in chunks_from(plan, duty.shard.from_index):
            if chunk.first_index >= duty.until_index or chunk.intended_s[0] >= before_s:
                break
            index = chunk.indices()
            held = duty.shard.holds(index) & (index < duty.until_index)
            silent = held & (chunk.intended_s < before_s) & ~np.isin(index, recorded)
            if silent.any():
                due_s = chunk.intended_s[silent]
                wreck = Wreck(
                    started=wreck.started + int((index[silent] <= through).sum()),
                    unknown=wreck.unknown + int((index[silent] > through).sum()),
                    from_s=min(wreck.from_s, float(due_s[0])),
                    until_s=max(wreck.until_s, float(due_s[-1])),
                )
    return wreck
