"""Which marks lie ahead of a task: what is lost when it ends before it has come there.

A mark lies ahead of an operation when its task is sure to come to it, however the dice of choices
fall, if only all goes well from there on. So what one branch of a choice has lies ahead once that
branch has been taken, what all of them have before that, too; what is looked up on a miss, or done
by a fallback alone, does not. A mark that lies ahead as often as one likes lies ahead once.

What has been sent away is a task of its own. Its marks lie ahead of the sender where somebody was
told that all is well: behind the reply an order that is lost is not shipped either. Before the
reply nothing has been sent, and who is told so has no order; nor has begun what is sent `anew`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from sim.model.call import Attempt, Call, Choice, Fork, Hold, Lookup, Mark, Operation, Send
from sim.model.naming import named, nested_paths
from sim.model.service_model import ServiceModel, nested_calls

Marks = Mapping[str, Mark]
"""By their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The `marks` that whoever ends at an operation, otherwise than ok, has missed. Before the
    reply who is rejected has missed nothing: business said no, and there is no order."""

    marks: tuple[Mark, ...] = ()
    is_behind_reply: bool = False


NOTHING = Ahead()


def marks_ahead(model: ServiceModel) -> dict[str, Ahead]:
    """What lies ahead of each operation of `model`, by its name (see `sim.model.naming`)."""
    found: dict[str, Ahead] = {}
    for name, step in model.steps.items():
        before, behind = _Way(found), _Way(found, is_behind_reply=True)
        before.call(step.call, f"{name}/call")
        behind.call(step.background, f"{name}/background")
        if step.polling:
            before.call(step.polling.call, f"{name}/poll")
    return found


@dataclass(frozen=True, slots=True)
class _Way:
    """Goes through calls and writes down what it finds. `is_try`: another task waits for the end
    and misses what is missed."""

    found: dict[str, Ahead]
    is_behind_reply: bool = False
    is_try: bool = False

    def call(self, call: Call, path: str, rest: Marks | None = None) -> Marks:
        """What lies ahead of `call`, after which comes `rest`."""
        ahead = rest or {}
        for name, operation in reversed(list(named(call, path))):
            ahead = self._operation(name, operation, ahead)
        return ahead

    def _operation(self, name: str, operation: Operation, rest: Marks) -> Marks:
        calls = list(zip(nested_calls(operation), nested_paths(operation, name), strict=True))
        missed: Marks = rest
        ahead: Marks = rest
        match operation:
            case Mark():
                missed = ahead = {**rest, operation.name: operation}
            case Hold():
                missed = ahead = self.call(*calls[0], rest)
            case Choice():
                missed = ahead = reduce(_in_both, [self.call(*each, rest) for each in calls])
            case Lookup():
                self.call(*calls[0], rest)
            case Attempt():
                missed = ahead = self._attempt(operation, calls, rest)
            case Fork():
                own = _Way(self.found, self.is_behind_reply)
                ahead = reduce(_in_any, [own.call(*each) for each in calls], rest)
            case Send():
                sent = _Way(self.found, is_behind_reply=True).call(*calls[0])
                begun = self.is_behind_reply and not operation.anew
                ahead = _in_any(rest, sent) if begun else rest
        marks = () if self.is_try else tuple(missed.values())
        self.found[name] = Ahead(marks=marks, is_behind_reply=self.is_behind_reply)
        return ahead

    def _attempt(self, operation: Attempt, calls: list[tuple[Call, str]], rest: Marks) -> Marks:
        (call, path), (fallback, fallback_path) = calls
        tried = _in_any(rest, _Way(self.found, self.is_behind_reply, is_try=True).call(call, path))
        if not operation.fallback:
            return tried
        return _in_both(tried, self.call(fallback, fallback_path, rest))


def _in_any(one: Marks, other: Marks) -> Marks:
    return {**other, **one}


def _in_both(one: Marks, other: Marks) -> Marks:
    """What is late for sure is late by the more patient rule of both."""
    return {name: _more_patient(one[name], other[name]) for name in one if name in other}


def _more_patient(one: Mark, other: Mark) -> Mark:
    days = (one.by_day, other.by_day)
    return Mark(
        name=one.name,
        within_s=max(one.within_s, other.within_s),
        by_day=None if None in days else max(day for day in days if day is not None),
    )
