"""Named calls are written out where they are played: which of them would never end."""

from __future__ import annotations

from collections.abc import Iterator

from reports.documents.located_yaml import KeyPath
from sim.model.call_definition import PlayDefinition
from sim.model.model_definition import (
    ServiceModelDefinition,
    written_calls,
    written_operations,
)

MOST_OPERATIONS = 20_000
"""Of a model, written out. The largest models that people made have some hundreds."""
Plays = dict[str, list[tuple[KeyPath, str]]]


def endless_plays(model: ServiceModelDefinition) -> Iterator[tuple[KeyPath, str]]:
    """Every `play` by which a call comes back to itself; such a call has no exit, as every pass
    through it plays it again in full. Or, without any, that the model is too large."""
    plays: Plays = {
        name: [
            ((*where, "play"), each.play)
            for where, each in written_operations(call, ("calls", name))
            if isinstance(each, PlayDefinition) and each.play in model.calls
        ]
        for name, call in model.calls.items()
    }
    done: set[str] = set()
    circles = [found for name in plays for found in _circles(name, plays, (), done)]
    yield from circles
    if not circles and (total := _written_out(model)) > MOST_OPERATIONS:
        what = f"are {total:,} operations when written out, {MOST_OPERATIONS:,} are the most"
        yield ("calls",), what


def _circles(
    name: str, plays: Plays, above: tuple[str, ...], done: set[str]
) -> Iterator[tuple[KeyPath, str]]:
    if name in done:
        return
    above = (*above, name)
    for path, played in plays[name]:
        if played in above:
            circle = " > ".join((*above[above.index(played) :], played))
            yield path, f"never ends: {circle}"
        else:
            yield from _circles(played, plays, above, done)
    done.add(name)


def _written_out(model: ServiceModelDefinition) -> int:
    sizes: dict[str, int] = {}

    def size_of(name: str) -> int:
        if name not in sizes:
            sizes[name] = sum(
                size_of(each.play)
                if isinstance(each, PlayDefinition) and each.play in model.calls
                else 1
                for _, each in written_operations(model.calls[name], ())
            )
        return sizes[name]

    return sum(
        size_of(each.play) if isinstance(each, PlayDefinition) and each.play in model.calls else 1
        for path, call in written_calls(model)
        if path[0] == "steps"
        for _, each in written_operations(call, path)
    )
