"""A worker as the master of its fleet sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scenarios.fleet.protocol import SILENT_WORKER_S, Hello, Report

Standing = Literal["playing", "leaving", "lost", "ended"]
"""`leaving` plays to the end of its grant and then goes, as it was asked to; `lost` was given up
by the master; `ended` has handed over everything."""


@dataclass(slots=True, kw_only=True)
class Member:
    """`heard_s` is when the last message came, on the master's run clock.

    `granted_index` is the highest horizon that the worker may have heard of.
    """

    number: int
    client: str
    hello: Hello
    heard_s: float = 0.0
    standing: Standing = "playing"
    granted_index: int = 0
    report: Report = field(default_factory=lambda: Report(beat=0, sent_at_s=0.0))
    first: Report | None = None
    """The report by which the clocks were compared before the run."""

    @property
    def title(self) -> str:
        """How people are told of it: `worker 2 (buyer-7, pid 4711)`."""
        return f"worker {self.number} ({self.hello.host}, pid {self.hello.pid})"

    @property
    def is_up(self) -> bool:
        """Whether it still plays."""
        return self.standing in ("playing", "leaving")

    def is_silent(self, now_s: float) -> bool:
        """Whether it must be given up."""
        return now_s - self.heard_s > SILENT_WORKER_S
