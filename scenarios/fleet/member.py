"""A worker as the master of its fleet sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scenarios.fleet.protocol import DEAF_WORKER_S, HEARS_WITHIN_S, SILENT_WORKER_S, Hello, Report

Standing = Literal["playing", "leaving", "lost", "ended"]
"""`leaving` plays to the end of its grant and then goes, as it was asked to; `lost` was given up
by the master; `ended` has handed over everything."""


@dataclass(slots=True, kw_only=True)
class Member:
    """On the master's run clock, `heard_s` is when the last message came and `hears_s` when the
    newest grant was sent that the worker has heard.

    `granted_index` is the highest horizon that the worker may have heard of.
    """

    number: int
    client: str
    hello: Hello
    heard_s: float = 0.0
    hears_s: float = 0.0
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
        return now_s - self.heard_s > SILENT_WORKER_S

    def why_lost(self, now_s: float) -> str:
        """Why it must be given up; empty when it need not."""
        if self.is_silent(now_s):
            return f"silent for {SILENT_WORKER_S:g} s"
        if now_s - self.hears_s > DEAF_WORKER_S:
            return f"it reported, but heard nothing for {DEAF_WORKER_S:g} s"
        return ""

    def listens(self, now_s: float) -> bool:
        """Whether it has heard us a moment ago."""
        return now_s - self.hears_s <= HEARS_WITHIN_S
