"""Stand-ins for what a player is given: a clock, a platform, an adapter, a writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reports.record.manifest import Manifest, RecordError
from reports.record.row import ActionRow, GaugeRow
from reports.record.segment import OpenSegment, Segment
from scenarios.transport.colouring import Trail
from scenarios.transport.failure import DeadlineError
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import Call, Conversation, Memory, Reply, StepResult
from targets.adapters.cookie_jar import CookieJar


@dataclass(slots=True)
class FakeClock:
    """A clock that only sleeping moves, and exactly to where it was asked."""

    at_s: float = 0.0
    slept_until: list[float] = field(default_factory=list)

    def now_s(self) -> float:
        return self.at_s

    def sleep_until(self, instant_s: float) -> None:
        self.slept_until.append(instant_s)
        self.at_s = max(self.at_s, instant_s)


@dataclass(slots=True)
class FakePlatform:
    """Takes `takes_s` for each call on `clock`, and answers with `replies` in turn (the last one
    again and again). An exception among them is raised. Keeps what it was sent."""

    clock: FakeClock | None = None
    takes_s: float = 0.0
    replies: Sequence[Reply | Exception] = (Reply(status=200),)
    calls: list[Call] = field(default_factory=list)
    jars: list[CookieJar | None] = field(default_factory=list)
    within_s: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def send(
        self,
        call: Call,
        *,
        cookies: CookieJar | None,
        within_s: float,
        trail: Trail | None = None,
        leaving: Callable[[], bool] = lambda: False,
    ) -> Reply:
        reply = self.replies[min(len(self.calls), len(self.replies) - 1)]
        self.calls.append(call)
        self.jars.append(cookies)
        self.within_s.append(within_s)
        self.lines.append(trail.line() if trail else "")
        if self.clock:
            self.clock.at_s += min(self.takes_s, within_s)
        if self.takes_s > within_s:
            raise DeadlineError("reply_timeout")
        if isinstance(reply, Exception):
            raise reply
        return reply


Ending = Callable[[Reply], StepResult]


def by_status(reply: Reply) -> StepResult:
    if reply.status < 400:
        return StepResult(outcome="ok")
    refused = reply.status < 500
    return StepResult(outcome="rejected" if refused else "failed", reason=f"status {reply.status}")


@dataclass(slots=True)
class FakeAdapter:
    """Each step is `calls` calls to `/STEP`, `pause_s` apart; `ends` judges the last reply."""

    calls: int = 1
    pause_s: float = 0.0
    ends: Ending = by_status
    steps: frozenset[str] = frozenset({"look", "place_order", "pay"})
    closed: int = 0

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:
        try:
            reply = yield Call(method="GET", path=f"/{action.step}")
            for _ in range(self.calls - 1):
                reply = yield Call(method="GET", path=f"/{action.step}", after_s=self.pause_s)
            return self.ends(reply)
        finally:
            self.closed += 1


@dataclass(slots=True)
class KeptRows:
    """A writer that keeps what it is given; `full` refuses to write, like a full disk."""

    actions: list[ActionRow] = field(default_factory=list)
    gauges: list[GaugeRow] = field(default_factory=list)
    flushes: int = 0
    full: bool = False
    manifest: Manifest | None = None

    def action(self, row: ActionRow) -> None:
        self.actions.append(row)

    def gauge(self, row: GaugeRow) -> None:
        self.gauges.append(row)

    def cut(self) -> Segment:
        return OpenSegment().cut()

    def write(self, segment: Segment) -> None:
        self.flushes += 1
        if self.full:
            raise RecordError("runs/x: cannot be written: No space left on device")


def visit_of(
    *steps: str, intended_s: float = 10.0, think_s: float = 2.0, patience_s: float = 8.0
) -> Visit:
    """A visit of these steps, `think_s` before each but the first."""
    return Visit(
        index=7,
        intended_s=intended_s,
        phase="all",
        persona="any",
        channel="web",
        tier="regular",
        patience_s=patience_s,
        actions=tuple(
            Action(step=step, think_s=think_s if k else 0.0, sku=1, quantity=1)
            for k, step in enumerate(steps)
        ),
    )
