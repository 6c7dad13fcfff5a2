"""What is played, whoever plays it: this process, or the workers of a fleet."""

from __future__ import annotations

from typing import Protocol

from reports.record.manifest import Ending
from reports.record.writer import RecordWriter
from scenarios.guards.admission import Admission
from scenarios.guards.stop_request import StopRequest
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.tally import Tally
from scenarios.workload.plan import VisitPlan


class Playing(Protocol):
    """A run being played, as its screen, its sampler, its guards and its signals see it."""

    @property
    def plan(self) -> VisitPlan: ...
    @property
    def clock(self) -> RunClock: ...
    @property
    def tally(self) -> Tally: ...
    @property
    def stop(self) -> StopRequest: ...
    @property
    def admission(self) -> Admission: ...
    @property
    def writer(self) -> RecordWriter: ...
    @property
    def confirmed_orders(self) -> int: ...
    @property
    def confirmed_units(self) -> int: ...

    def play(self) -> Ending:
        """Returns when every visit has ended, or soon after a stop was asked for."""

    def flush(self) -> None:
        """Writes the rows so far, without holding up the pacing."""
