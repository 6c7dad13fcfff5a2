"""Who plays what: the duties of a fleet's workers, and how they pass on when one is lost.

A duty is a shard of the plan, given to one worker. It ends where the worker's leave to start
visits ended, and others carry on from exactly there, so that whatever is lost, and when, each
visit of the plan is in one duty only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scenarios.workload.shard import SLOTS, Shard

NO_END = 2**62
"""Above every index: of a duty that goes on to the end of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """`worker` plays the visits of `shard` below `until_index`. `number` is unique in a run."""

    number: int
    worker: int
    shard: Shard
    until_index: int = NO_END


class Duties:
    """All duties of a run, those that have ended too."""

    def __init__(self, workers: Sequence[int]) -> None:
        self._all: list[Duty] = []
        self._give(tuple(range(SLOTS)), workers, from_index=0)

    def of(self, worker: int) -> tuple[Duty, ...]:
        """The duties that were ever given to `worker`."""
        return tuple(each for each in self._all if each.worker == worker)

    def pass_on(self, worker: int, heirs: Sequence[int], *, from_index: int) -> tuple[Duty, ...]:
        """Ends the duties of `worker` at `from_index` and shares what is left of them among
        `heirs`; returns the new duties. Without heirs nobody plays what is left."""
        given: list[Duty] = []
        for place, duty in enumerate(self._all):
            if duty.worker == worker and duty.until_index == NO_END:
                begin = max(from_index, duty.shard.from_index)
                self._all[place] = replace(duty, until_index=begin)
                given += self._give(duty.shard.slots, heirs, from_index=begin)
        return tuple(given)

    def _give(self, slots: Sequence[int], workers: Sequence[int], *, from_index: int) -> list[Duty]:
        """Deals `slots` like cards; whoever has the fewest slots is served first."""
        if not workers:
            return []
        order = sorted(workers, key=self._load_of)
        given = [
            Duty(
                number=len(self._all) + place,
                worker=worker,
                shard=Shard(slots=tuple(slots[place :: len(order)]), from_index=from_index),
            )
            for place, worker in enumerate(order)
            if slots[place :: len(order)]
        ]
        self._all += given
        return given

    def _load_of(self, worker: int) -> int:
        going_on = (each for each in self.of(worker) if each.until_index == NO_END)
        return sum(len(each.shard.slots) for each in going_on)
