"""A shopper plays one visit: its actions in turn, until the end or the first that is not ok.

A shopper who gives up leaves at once; the platform goes on with the call that it has, as a
server does that does not look whether its client is still there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple, Protocol

import simpy
from simpy.events import Event

from reports.record.outcome import Outcome
from reports.record.row import ActionRow
from sim.simulated_platform import (
    DECLINED,
    NEVER_FINISHED,
    OK,
    BackgroundJob,
    PlayableStep,
    SimulatedPlatform,
    StepEnd,
    Steps,
)

ABANDONED = StepEnd(Outcome.ABANDONED, 0, "reply_timeout")
TIMED_OUT = StepEnd(Outcome.TIMED_OUT, 0, "reply_timeout")


class Actions(NamedTuple):
    """The action columns of a chunk as plain lists."""

    step: list[int]
    think_s: list[float]
    sku: list[int]
    quantity: list[int]
    replayed: list[bool]
    """The action stands for one that happened in a log, so a refusal does not end the visit."""


class VisitColumns(NamedTuple):
    """One visit of a chunk; its actions are rows `first` to `last` of `actions`."""

    number: int
    actions: Actions
    intended_s: float
    phase: int
    persona: int
    channel: int
    tier: int
    patience_s: float
    first: int
    last: int


class Crowd(Protocol):
    """Where shoppers shop and what they tell: rows, and that they have left."""

    @property
    def env(self) -> simpy.Environment: ...
    @property
    def platform(self) -> SimulatedPlatform: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def write(self) -> Callable[[ActionRow], None]: ...
    def left(self) -> None: ...
    def idle(self) -> None: ...


class Shopper:
    """One visit in play. `play` is its SimPy process."""

    __slots__ = (
        "_crowd", "_deadline_s", "_env", "_gone", "_intended_s", "_limit_s", "_platform",
        "_requests", "_row", "_visit",
    )  # fmt: skip

    def __init__(self, crowd: Crowd, visit: VisitColumns) -> None:
        self._crowd = crowd
        self._env = crowd.env
        self._platform = crowd.platform
        self._visit = visit
        self._row = visit.first
        self._requests = 0
        self._gone = False
        self._limit_s = min(visit.patience_s, crowd.timeout_s)
        self._intended_s = visit.intended_s
        self._deadline_s = visit.intended_s + self._limit_s
        self._watch(self._limit_s)

    def play(self) -> Generator[Event, object, None]:
        """The visit, from its arrival to its last action or its first that is not ok."""
        env, visit, actions = self._env, self._visit, self._visit.actions
        for row in range(visit.first, visit.last):
            self._row = row
            if row > visit.first:
                think_s = actions.think_s[row]
                # Set before the pause, so that the watch that wakes in it does not look back.
                self._intended_s = env.now + think_s
                self._deadline_s = self._intended_s + self._limit_s
                if think_s > 0:
                    yield env.timeout(think_s)
            self._requests = 0
            ended = yield from self._step(
                actions.step[row], actions.sku[row], actions.quantity[row]
            )
            if self._gone:
                break
            self._write(ended, env.now)
            if ended is not OK and not actions.replayed[row]:
                break
        if not self._gone:
            self._gone = True
            self._crowd.left()
        self._crowd.idle()

    def _step(self, code: int, sku: int, quantity: int) -> Steps:
        platform = self._platform
        step = platform.steps[code]
        self._requests = 1
        ended = yield from platform.call(step.call, sku, quantity)
        if ended is not OK:
            return ended
        if step.declined_ratio and step.declined() < step.declined_ratio:
            return DECLINED
        if not step.background:
            return OK
        job = platform.start_background(step, sku, quantity)
        if isinstance(job, StepEnd):
            return job
        return (yield from self._poll(step, job)) if step.polling else OK

    def _poll(self, step: PlayableStep, job: BackgroundJob) -> Steps:
        assert step.polling
        for poll in range(step.polling.most):
            if self._gone:
                break
            yield self._env.timeout(step.polling.pause_s(poll))
            if self._gone:
                break
            self._requests += 1
            ended = yield from self._platform.call(step.poll_call, 0, 0)
            if ended is not OK or job.finished:
                return ended
        return NEVER_FINISHED

    def _watch(self, after_s: float) -> None:
        """Looks after `after_s` whether this shopper is still waiting past the deadline.

        Deadlines only move on, so one watch a visit is enough: it sleeps until the deadline
        that holds when it wakes, which is later than the one that it was set for.
        """
        self._env.timeout(after_s).callbacks.append(self._woken)

    def _woken(self, _: Event) -> None:
        if self._gone:
            return
        left_s = self._deadline_s - self._env.now
        if left_s > 0:
            self._watch(left_s)
            return
        self._gone = True
        impatient = self._visit.patience_s <= self._crowd.timeout_s
        self._write(ABANDONED if impatient else TIMED_OUT, self._deadline_s)
        self._crowd.left()

    def _write(self, ended: StepEnd, finished_s: float) -> None:
        visit, row = self._visit, self._row
        self._crowd.write(
            ActionRow(
                visit.number,
                row - visit.first,
                visit.phase,
                visit.persona,
                visit.channel,
                visit.tier,
                visit.actions.step[row],
                visit.actions.sku[row],
                visit.actions.quantity[row],
                self._intended_s,
                self._intended_s,
                finished_s,
                int(ended.outcome),
                self._requests,
                ended.status,
                ended.reason,
            )
        )
