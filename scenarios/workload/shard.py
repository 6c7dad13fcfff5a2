"""Parts of a plan: which visits one worker of a fleet plays.

A visit falls into slot `index % SLOTS`. A shard is a set of slots from a visit on; a fleet's
shards hold every visit of the plan exactly once, so that nothing is played twice or left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from scenarios.workload.columns import Flags, Integers
from scenarios.workload.plan import VisitChunk, VisitPlan

SLOTS = 240
"""Has many divisors, so that the slots of a lost worker can be shared evenly among the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The visits in `slots` with the index `from_index` and higher.

    Not from an instant on: the last bit of an instant differs between processors, an index
    never does.
    """

    slots: tuple[int, ...]
    from_index: int = 0

    def __post_init__(self) -> None:
        assert self.slots == tuple(sorted(set(self.slots)))
        assert all(0 <= slot < SLOTS for slot in self.slots)
        assert self.from_index >= 0

    def holds(self, index: Integers) -> Flags:
        """Which of the visits with these indices are in the shard."""
        member = np.zeros(SLOTS, dtype=np.bool_)
        member[list(self.slots)] = True
        return member[index % SLOTS] & (index >= self.from_index)


@runtime_checkable
class Seekable(Protocol):
    """A plan that can begin late without drawing what comes before."""

    def chunks_from(self, index: int) -> Iterator[VisitChunk]:
        """The chunks from the one that holds visit `index` on."""


def chunks_from(plan: VisitPlan, index: int) -> Iterator[VisitChunk]:
    """The chunks of `plan` that end after visit `index`; the first may hold earlier ones too."""
    if isinstance(plan, Seekable):
        yield from plan.chunks_from(index)
    else:
        yield from (each for each in plan.chunks() if each.first_index + len(each) > index)


def shard_chunks(plan: VisitPlan, shard: Shard) -> Iterator[VisitChunk]:
    """The visits of `plan` that are in `shard`, chosen as columns: what is left out costs no
    objects."""
    for chunk in chunks_from(plan, shard.from_index):
        held = shard.holds(chunk.indices())
        if held.any():
            yield selected(chunk, held)


def selected(chunk: VisitChunk, chosen: Flags) -> VisitChunk:
    """The visits of `chunk` where `chosen`, of shape (n,), is true; at least one is."""
    actions = np.diff(chunk.first_action)
    rows = np.repeat(chosen, actions)
    index = chunk.indices()[chosen]
    return replace(
        chunk,
        first_index=int(index[0]),
        index=index,
        intended_s=chunk.intended_s[chosen],
        phase=chunk.phase[chosen],
        persona=chunk.persona[chosen],
        channel=chunk.channel[chosen],
        tier=chunk.tier[chosen],
        patience_s=chunk.patience_s[chosen],
        first_action=np.concatenate(([0], np.cumsum(actions[chosen]))),
        step=chunk.step[rows],
        think_s=chunk.think_s[rows],
        sku=chunk.sku[rows],
        quantity=chunk.quantity[rows],
        path=chunk.path[rows],
    )
