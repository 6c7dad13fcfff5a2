"""Counts exactly which visits went down with a worker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.record.manifest import LostVisits
from reports.record.outcome import Outcome
from reports.record.worker_visits import LastRows
from scenarios.fleet.duty import Duty
from scenarios.workload.columns import Flags
from scenarios.workload.plan import VisitChunk, VisitPlan
from scenarios.workload.shard import chunks_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Wreck:
    """Visits that went down with a lost worker, due between `from_s` and `until_s`. Of those that
    left no row it had reported that they were `started`, or nothing: `unknown`. The `torn` ones
    left some rows, and would have gone on."""

    started: int = 0
    unknown: int = 0
    torn: int = 0
    from_s: float = math.inf
    until_s: float = 0.0

    @property
    def visits(self) -> int:
        return self.started + self.unknown

    @property
    def is_empty(self) -> bool:
        return not self.visits and not self.torn

    def lost_visits(self, worker: int, why: str) -> LostVisits:
        return LostVisits(
            worker=worker,
            from_s=self.from_s,
            until_s=self.until_s,
            visits=self.visits,
            why=why,
            torn_visits=self.torn,
        )


def wreck_of(
    plan: VisitPlan,
    duties: Sequence[Duty],
    *,
    started_through: Mapping[int, int],
    last: LastRows,
    before_s: float,
) -> Wreck:
    """What was lost of `duties`, which the lost worker had started as far as it reported in
    `started_through`, and of which it left rows up to `last`. Visits due at or after `before_s`
    count for nothing: the run had ended by then."""
    wreck = Wreck()
    for duty in duties:
        through = started_through.get(duty.number, duty.shard.from_index - 1)
        for chunk in chunks_from(plan, duty.shard.from_index):
            if chunk.first_index >= duty.until_index or chunk.intended_s[0] >= before_s:
                break
            index = chunk.indices()
            held = duty.shard.holds(index) & (index < duty.until_index)
            due = held & (chunk.intended_s < before_s)
            silent, torn = due & ~np.isin(index, last.visit), due & _goes_on(chunk, last)
            if (gone := silent | torn).any():
                due_s = chunk.intended_s[gone]
                wreck = Wreck(
                    started=wreck.started + int((index[silent] <= through).sum()),
                    unknown=wreck.unknown + int((index[silent] > through).sum()),
                    torn=wreck.torn + int(torn.sum()),
                    from_s=min(wreck.from_s, float(due_s[0])),
                    until_s=max(wreck.until_s, float(due_s[-1])),
                )
    return wreck


def _goes_on(chunk: VisitChunk, last: LastRows) -> Flags:
    """Which visits of `chunk` have rows, and would have had more: the last one is neither that of
    the visit's last action nor one that ends a visit."""
    found = np.zeros(len(chunk), dtype=np.bool_)
    _, here, there = np.intersect1d(
        chunk.indices(), last.visit, assume_unique=True, return_indices=True
    )
    at = chunk.first_action[here] + last.action[there]
    outcome = last.outcome[there]
    # A replayed session goes on after a refusal or an error: see Shopper.
    passed_over = (chunk.path[at] >= 0) & np.isin(outcome, (Outcome.REJECTED, Outcome.FAILED))
    more = at + 1 < chunk.first_action[here + 1]
    found[here] = more & ((outcome == Outcome.OK) | passed_over)
    return found
