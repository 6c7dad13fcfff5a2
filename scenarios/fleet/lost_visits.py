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
    """What a lost worker left: visits `in_play`, which it had started and which left no row, and
    visits `lost`, of which nobody knows whether they were started."""

    in_play: int
    lost: int
    from_s: float
    until_s: float

    def lost_visits(self, worker: int, why: str) -> LostVisits:
        return LostVisits(
            worker=worker, from_s=self.from_s, until_s=self.until_s, visits=self.lost, why=why
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
    in_play = lost = 0
    from_s, until_s = math.inf, 0.0
    for duty in duties:
        through = started_through.get(duty.number, duty.shard.from_index - 1)
        for chunk in chunks_from(plan, duty.shard.from_index):
            if chunk.first_index >= duty.until_index or chunk.intended_s[0] >= before_s:
                break
            index = chunk.indices()
            held = duty.shard.holds(index) & (index < duty.until_index)
            silent = held & (chunk.intended_s < before_s) & ~np.isin(index, recorded)
            gone = silent & (index > through)
            in_play += int((silent & (index <= through)).sum())
            if gone.any():
                lost += int(gone.sum())
                from_s = min(from_s, float(chunk.intended_s[gone][0]))
                until_s = max(until_s, float(chunk.intended_s[gone][-1]))
    return Wreck(in_play=in_play, lost=lost, from_s=from_s if lost else 0.0, until_s=until_s)
