"""Pools that can wait for each other for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reports.documents.located_yaml import KeyPath
from sim.model.call_definition import (
    CallDefinition,
    DemandDefinition,
    HoldDefinition,
    PlayDefinition,
    SendDefinition,
)
from sim.model.model_definition import ServiceModelDefinition, held_calls, written_calls


class _Wait(NamedTuple):
    held: str
    awaited: str
    path: KeyPath


def waiting_circles(model: ServiceModelDefinition) -> Iterator[tuple[KeyPath, str]]:
    """Every place that waits for a station while it holds one from which a circle of such places
    comes back: when all servers of it are held there, nobody ever goes on. Whose patience ends
    goes on, and nobody waits for what is sent. The model's named calls have an end."""
    waits = {
        each
        for path, call in written_calls(model)
        if path[0] == "steps"
        for each in _waits(call, path, (), model)
        if (station := model.stations.get(each.awaited)) and station.patience is None
    }
    for each in sorted(waits, key=str):
        if each.held == each.awaited:
            what = f'waits for "{each.held}" while it holds one of it: it can wait for itself'
            yield each.path, what
        elif each.held in _reached(each.awaited, waits):
            what = f'waits for "{each.awaited}" while it holds "{each.held}", and elsewhere it is'
            yield each.path, f"{what} the other way round: they can wait for each other"


def _waits(
    call: CallDefinition, path: KeyPath, held: tuple[str, ...], model: ServiceModelDefinition
) -> Iterator[_Wait]:
    for index, each in enumerate(call):
        here = (*path, index)
        if isinstance(each, PlayDefinition) and each.play in model.calls:
            yield from _waits(model.calls[each.play], ("calls", each.play), held, model)
            continue
        inner = () if isinstance(each, SendDefinition) else held
        if isinstance(each, HoldDefinition | DemandDefinition):
            key = "hold" if isinstance(each, HoldDefinition) else "at"
            name = getattr(each, key)
            yield from (_Wait(station, name, (*here, key)) for station in held)
            if key == "hold":
                inner = (*held, name)
        for where, nested in held_calls(each, here):
            yield from _waits(nested, where, inner, model)


def _reached(name: str, waits: set[_Wait]) -> set[str]:
    """The stations that somebody who holds `name` may wait for, directly or in a chain."""
    reached: set[str] = set()
    new = {name}
    while new:
        reached |= new
        new = {each.awaited for each in waits if each.held in new} - reached
    return reached
