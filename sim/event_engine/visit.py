"""A visit in play: its actions in turn, until the end or the first that is not ok."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from reports.record.outcome import Outcome
from reports.record.row import NOT_YET
from scenarios.workload.plan import VisitChunk
from sim.event_engine.clock import Clock
from sim.event_engine.in_play import InPlay
from sim.event_engine.platform import Platform, StepInPlay, root_task
from sim.event_engine.rows import Row
from sim.event_engine.task import Action, Task
from sim.model.call import CallEnd

ABANDONED = CallEnd(Outcome.ABANDONED, 0, "reply_timeout")
TIMED_OUT = CallEnd(Outcome.TIMED_OUT, 0, "reply_timeout")
NOT_SENT = CallEnd(Outcome.NOT_SENT, 0, "in-flight limit")
VISITS_A_SLICE = 4_096


class Actions(NamedTuple):
    """The action columns of a slice of a chunk as plain lists."""

    step: list[int]
    think_s: list[float]
    sku: list[int]
    quantity: list[int]
    replayed: list[bool]
    """The action stands for one that happened in a log, so a refusal does not end the visit."""


class PlannedVisit(NamedTuple):
    """One visit of a chunk; its actions are rows `first` to `last` of `actions`."""

    actions: Actions
    number: int
    intended_s: float
    phase: int
    persona: int
    channel: int
    tier: int
    patience_s: float
    first: int
    last: int

    def row(
        self, position: int, intended_s: float, finished_s: float, requests: int, end: CallEnd
    ) -> Row:
        """The row of the action at `position` of `actions`."""
        actions = self.actions
        return (
            self.number, position - self.first, self.phase, self.persona, self.channel, self.tier,
            actions.step[position], actions.sku[position], actions.quantity[position],
            intended_s, finished_s, int(end.outcome), requests, end.status, end.reason,
        )  # fmt: skip

    def row_not_sent(self) -> Row:
        return self.row(self.first, self.intended_s, NOT_YET, 0, NOT_SENT)


def planned_visits(chunk: VisitChunk) -> Iterator[PlannedVisit]:
    """The visits of `chunk` as plain values, a slice at a time: lists of Python numbers take
    several times the memory of the chunk's arrays."""
    numbers = chunk.indices()
    for start in range(0, len(chunk), VISITS_A_SLICE):
        part = slice(start, min(start + VISITS_A_SLICE, len(chunk)))
        first_action = chunk.first_action[part.start : part.stop + 1]
        rows = slice(int(first_action[0]), int(first_action[-1]))
        bounds = (first_action - rows.start).tolist()
        actions = Actions(
            chunk.step[rows].tolist(),
            chunk.think_s[rows].tolist(),
            chunk.sku[rows].tolist(),
            chunk.quantity[rows].tolist(),
            (chunk.path[rows] >= 0).tolist(),
        )
        columns = zip(
            numbers[part].tolist(), chunk.intended_s[part].tolist(), chunk.phase[part].tolist(),
            chunk.persona[part].tolist(), chunk.channel[part].tolist(),
            chunk.tier[part].tolist(), chunk.patience_s[part].tolist(),
            bounds[:-1], bounds[1:], strict=True,
        )  # fmt: skip
        for each in columns:
            yield PlannedVisit(actions, *each)


class Crowd(NamedTuple):
    """Where visits are played and whom they tell: rows, how long they were there, what happens."""

    platform: Platform
    steps: list[StepInPlay]
    timeout_s: float
    write: Callable[[Row], None]
    in_play: InPlay
    note: Callable[[int, int, str, str], None]
    traced: tuple[int, int]


class VisitInPlay:
    """`begin` plays it from its arrival on. Its present action is intended at `intended_s`."""

    __slots__ = (
        "_action", "_clock", "_crowd", "_deadline_s", "_is_gone", "_limit_s", "_note",
        "_position", "_task", "_turns", "_visit", "intended_s",
    )  # fmt: skip
    _action: Action | None
    _task: Task

    def __init__(self, crowd: Crowd, visit: PlannedVisit) -> None:
        self._crowd = crowd
        self._clock: Clock = crowd.platform.clock
        self._visit = visit
        self._position = visit.first
        self._is_gone = False
        self._limit_s = min(visit.patience_s, crowd.timeout_s)
        self.intended_s = visit.intended_s
        self._deadline_s = visit.intended_s + self._limit_s
        first, last = crowd.traced
        self._note = crowd.note if first <= visit.number < last else None
        self._turns = self._play()

    def begin(self) -> None:
        self._crowd.in_play.arrive(self)
        self._clock.call_at(self._deadline_s, self._look)
        self.go_on()

    def go_on(self, end: CallEnd | None = None) -> None:
        """Plays until the next pause or the next reply to wait for. `end` is the reply."""
        with contextlib.suppress(StopIteration):
            self._turns.send(end)

    def _play(self) -> Generator[None, Any, None]:
        visit, actions, clock = self._visit, self._visit.actions, self._clock
        for position in range(visit.first, visit.last):
            self._position = position
            if position > visit.first:
                think_s = actions.think_s[position]
                # Set before the pause, so that a look during it does not find the past.
                self.intended_s = clock.now + think_s
                self._deadline_s = self.intended_s + self._limit_s
                self._crowd.in_play.sojourns_s += self.intended_s - clock.now
                if think_s > 0:
                    clock.call_at(self.intended_s, self.go_on)
                    yield
            end = self._begin_action(position)
            if end is None:
                end = yield
            self._write(end, clock.now)
            if end.outcome is not Outcome.OK and not actions.replayed[position]:
                break
        self._is_gone = True
        self._crowd.in_play.leave(self)

    def _begin_action(self, position: int) -> CallEnd | None:
        visit, actions, crowd = self._visit, self._visit.actions, self._crowd
        action = Action(
            visit.number,
            position - visit.first,
            actions.sku[position],
            actions.quantity[position],
            visit.tier,
            self._note,
        )
        step = crowd.steps[actions.step[position]]
        self._action = action
        self._task = task = root_task(crowd.platform, action)
        task.note("start", step.name)
        end = task.begin(step.play(task))
        if end is None:
            task.on_end = self.go_on
        return end

    def _look(self) -> None:
        """Whether the reply is overdue. Deadlines only move on, so one watch a visit is enough:
        it sleeps until the deadline that holds when it wakes."""
        if self._is_gone:
            return
        if self._clock.now < self._deadline_s:
            self._clock.call_at(self._deadline_s, self._look)
            return
        self._is_gone = True
        self._task.leave()
        impatient = self._visit.patience_s <= self._crowd.timeout_s
        self._write(ABANDONED if impatient else TIMED_OUT, self._deadline_s)
        self._turns.close()
        self._crowd.in_play.leave(self)

    def _write(self, end: CallEnd, finished_s: float) -> None:
        action = self._action
        assert action is not None
        self._crowd.in_play.sojourns_s += finished_s - self.intended_s
        self._crowd.write(
            self._visit.row(self._position, self.intended_s, finished_s, action.requests, end)
        )
        if action.note:
            step = self._crowd.steps[self._visit.actions.step[self._position]]
            action.note(action.visit, action.number, "end", step.name)
