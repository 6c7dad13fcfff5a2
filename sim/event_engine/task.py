"""A task plays a call: a generator that yields whenever it waits, and that others let go on."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Protocol

from reports.record.outcome import Outcome
from sim.engine.streams import child_key
from sim.model.call import OK, CallEnd
from sim.model.marks_ahead import NOTHING, Ahead

Steps = Generator[None, Any, CallEnd]
"""What a task does. It yields when it waits and is sent what it has waited for."""


class Action:
    """The action that a task works for. `note` traces what happens, None of an untraced visit."""

    __slots__ = ("note", "number", "quantity", "requests", "sku", "tier", "visit")

    def __init__(
        self,
        visit: int,
        number: int,
        sku: int,
        quantity: int,
        tier: int,
        note: Callable[[int, int, str, str], None] | None,
    ) -> None:
        self.visit = visit
        self.number = number
        self.sku = sku
        self.quantity = quantity
        self.tier = tier
        self.note = note
        self.requests = 1


class Tasks(Protocol):
    """Who counts the tasks, knows those that are alive and settles what they leave."""

    begun: int
    ended: int
    alive: set[Task]

    def settle(self, task: Task, end: CallEnd) -> None: ...


class Task:
    """`parent` is the task that waits for this one, if one does; `on_end` is told the end unless
    it came before the first wait. `is_left`: nobody waits for it any more. `units` of stock were
    taken from `bucket`; `seen_version` and `seen_left` are what it has read of the stock. Marks
    count from `begun_s`; those `ahead` are missed when it ends now, and not ok."""

    __slots__ = (
        "_steps", "action", "ahead", "begun_s", "bucket", "end", "is_left", "key", "on_end",
        "parent", "release_after_s", "seen_left", "seen_version", "tasks", "units",
    )  # fmt: skip
    _steps: Steps

    def __init__(
        self, tasks: Tasks, action: Action, key: int, begun_s: float, parent: Task | None = None
    ) -> None:
        self.tasks = tasks
        self.action = action
        self.key = key
        self.begun_s = begun_s
        self.parent = parent
        self.on_end: Callable[[CallEnd], None] | None = None
        self.end: CallEnd | None = None
        self.is_left = False
        self.ahead = NOTHING
        self.units = self.bucket = 0
        self.release_after_s = 0.0
        self.seen_version = -1
        self.seen_left = 0

    def begin(self, steps: Steps) -> CallEnd | None:
        """Plays until the first wait; the end, if it has come by then."""
        self._steps = steps
        self.tasks.begun += 1
        self.tasks.alive.add(self)
        self.go_on()
        return self.end

    def go_on(self, with_what: Any = None) -> None:
        """Plays until the next wait or the end."""
        try:
            self._steps.send(with_what)
        except StopIteration as done:
            end: CallEnd = done.value
            self.end = end
            self.tasks.settle(self, end)
            self.tasks.ended += 1
            self.tasks.alive.remove(self)
            if self.on_end:
                self.on_end(end)

    def leave(self) -> None:
        """Nobody waits for this task from now on; it works on."""
        self.parent = self.on_end = None
        self.is_left = True

    def child(self, word: int, number: int) -> Task:
        """A task that this one waits for."""
        key = child_key(self.key, word, number)
        return Task(self.tasks, self.action, key, self.begun_s, self)

    def detached(self, word: int, begun_s: float) -> Task:
        """A task that nobody waits for."""
        return Task(self.tasks, self.action, child_key(self.key, word, 0), begun_s)

    def note(self, what: str, where: str) -> None:
        action = self.action
        if action.note:
            action.note(action.visit, action.number, what, where)


class Playable(Protocol):
    """An operation in play. `do` is for those that never wait, `play` for the others."""

    at_once: bool
    ahead: Ahead

    def do(self, task: Task) -> CallEnd: ...
    def play(self, task: Task) -> Steps: ...


class AtOnce:
    """An operation that never waits: it has `do`."""

    at_once = True
    ahead = NOTHING

    def play(self, task: Task) -> Steps:
        raise AssertionError(f"{self} does all it does for {task} at once")


class Waiting:
    """An operation that may wait: it has `play`."""

    at_once = False
    ahead = NOTHING

    def do(self, task: Task) -> CallEnd:
        raise AssertionError(f"{self} may have to wait, and {task} with it")


def played(call: tuple[Playable, ...], task: Task) -> Steps:
    """One operation after the other, until the last or the first that does not end ok."""
    for each in call:
        task.ahead = each.ahead
        end = each.do(task) if each.at_once else (yield from each.play(task))
        if end.outcome is not Outcome.OK:
            return end
    return OK
