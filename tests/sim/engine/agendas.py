"""An agenda that does what it is asked to, by hand."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass
class ByHand:
    """`until` plays it up to an instant, that included."""

    now: float = 0.0
    due: list = field(default_factory=list)
    order: count = field(default_factory=count)

    def call_at(self, at_s: float, what: Callable[[], None], priority: int) -> None:
        heapq.heappush(self.due, (at_s, priority, next(self.order), what))

    def until(self, at_s: float) -> None:
        while self.due and self.due[0][0] <= at_s:
            self.now, *_, what = heapq.heappop(self.due)
            what()
        self.now = at_s
