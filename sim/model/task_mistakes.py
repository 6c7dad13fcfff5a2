"""What is wrong in the order of what a task does to the stock."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from reports.documents.located_yaml import KeyPath
from sim.model.call_definition import (
    CallDefinition,
    ChoiceDefinition,
    DemandDefinition,
    HoldDefinition,
    LookupDefinition,
    OperationDefinition,
    PlayDefinition,
    ReadStockDefinition,
    TakeStockDefinition,
)
from sim.model.model_definition import ServiceModelDefinition, held_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sofar:
    """`read`: the task has certainly read the stock. `taken`: the action may have taken it."""

    read: bool = False
    taken: bool = False


Flow = Generator[tuple[KeyPath, str], None, _Sofar]


def task_mistakes(model: ServiceModelDefinition) -> Iterator[tuple[KeyPath, str]]:
    """Takings that need a read_stock before them in their task and have none, and those that are
    not the first of an action. The model's named calls have an end."""
    for name, step in model.steps.items():
        path: KeyPath = ("steps", name)
        sofar = yield from _call(step.call, (*path, "call"), _Sofar(), model)
        again = replace(sofar, read=False)
        yield from _call(step.background, (*path, "background"), again, model)
        if step.poll:
            yield from _call(step.poll.call, (*path, "poll", "call"), again, model)


def _call(
    call: CallDefinition, path: KeyPath, sofar: _Sofar, model: ServiceModelDefinition
) -> Flow:
    for index, each in enumerate(call):
        sofar = yield from _operation(each, (*path, index), sofar, model)
    return sofar


def _operation(
    written: OperationDefinition, path: KeyPath, sofar: _Sofar, model: ServiceModelDefinition
) -> Flow:
    match written:
        case ReadStockDefinition():
            return replace(sofar, read=True)
        case TakeStockDefinition() | DemandDefinition(takes_stock=True):
            yield from _taking(written, path, sofar)
            return replace(sofar, taken=True)
        case PlayDefinition(play=name) if name in model.calls:
            return (yield from _call(model.calls[name], ("calls", name), sofar, model))
        case HoldDefinition():
            return (yield from _call(written.call, (*path, "call"), sofar, model))
        case LookupDefinition():
            missed = yield from _call(written.call, (*path, "call"), sofar, model)
            return replace(missed, read=sofar.read)
        case _:
            return (yield from _held(written, path, sofar, model))


def _held(
    written: OperationDefinition, path: KeyPath, sofar: _Sofar, model: ServiceModelDefinition
) -> Flow:
    if not isinstance(written, ChoiceDefinition):
        return (yield from _children(written, path, sofar, model))
    ends = []
    for where, call in held_calls(written, path):
        ends.append((yield from _call(call, where, sofar, model)))
    read = bool(ends) and all(each.read for each in ends)
    return _Sofar(read=read, taken=any(each.taken for each in ends))


def _children(
    written: OperationDefinition, path: KeyPath, sofar: _Sofar, model: ServiceModelDefinition
) -> Flow:
    """Each child is a task of its own, which has read nothing yet. A fallback is played when the
    tries have failed, and with that given their units back."""
    taken = sofar.taken
    for where, call in held_calls(written, path):
        end = yield from _call(call, where, replace(sofar, read=False), model)
        taken = taken or end.taken
    return replace(sofar, taken=taken)


def _taking(
    written: TakeStockDefinition | DemandDefinition, path: KeyPath, sofar: _Sofar
) -> Iterator[tuple[KeyPath, str]]:
    key = "take_stock" if isinstance(written, TakeStockDefinition) else "takes_stock"
    if sofar.taken:
        yield (*path, key), "the action has taken its units before: they would be taken twice"
    if isinstance(written, TakeStockDefinition) and not sofar.read:
        strategy = written.take_stock
        if strategy in ("optimistic", "unchecked"):
            yield (*path, key), f"{strategy} needs a read_stock before it in the same task"
