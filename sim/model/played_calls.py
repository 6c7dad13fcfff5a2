"""Named calls are written out where they are played: which of them would never end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reports.documents.located_yaml import KeyPath
from sim.model.call_definition import CallDefinition, PlayDefinition
from sim.model.model_definition import (
    ServiceModelDefinition,
    held_calls,
    written_calls,
    written_operations,
)

MOST_OPERATIONS = 20_000
"""Of a model, written out. The largest models that people made have some hundreds."""
DEEPEST = 100
"""Operations within each other, written out, and calls that play each other."""


class Extent(NamedTuple):
    """How many operations a call has when it is written out, and how many within each other."""

    size: int
    depth: int


def endless_plays(model: ServiceModelDefinition) -> Iterator[tuple[KeyPath, str]]:
    """Every `play` by which a call comes back to itself; such a call has no exit, as every pass
    through it plays it again in full. Without any: that the model is too large or too deep."""
    in_order: dict[str, None] = {}
    circles = [each for name in model.calls for each in _circles(name, model, (), in_order)]
    yield from circles
    if circles:
        return
    named: dict[str, Extent] = {}
    for name in in_order:
        named[name] = extent_of(model.calls[name], named)
    total = 0
    for path, call in written_calls(model):
        extent = extent_of(call, named)
        total += extent.size if path[0] == "steps" else 0
        if extent.depth > DEEPEST:
            what = f"is {extent.depth} operations deep when written out, {DEEPEST} are the most"
            yield path, what
    if total > MOST_OPERATIONS:
        what = f"are {total:,} operations when written out, {MOST_OPERATIONS:,} are the most"
        yield ("steps",), what


def extent_of(call: CallDefinition, named: Mapping[str, Extent]) -> Extent:
    """The extent of `call`, given those of the calls that it plays."""
    size = depth = 0
    for each in call:
        if isinstance(each, PlayDefinition):
            inner = named.get(each.play, Extent(0, 0))
        else:
            held = [extent_of(nested, named) for _, nested in held_calls(each, ())]
            below = max((extent.depth for extent in held), default=0)
            inner = Extent(1 + sum(extent.size for extent in held), 1 + below)
        size, depth = size + inner.size, max(depth, inner.depth)
    return Extent(size, depth)


def _circles(
    name: str, model: ServiceModelDefinition, above: tuple[str, ...], in_order: dict[str, None]
) -> Iterator[tuple[KeyPath, str]]:
    """Puts the calls without a circle into `in_order`, each after those that it plays."""
    if name in in_order:
        return
    above = (*above, name)
    for path, each in written_operations(model.calls[name], ("calls", name)):
        if not isinstance(each, PlayDefinition) or each.play not in model.calls:
            continue
        if each.play in above:
            circle = " > ".join((*above[above.index(each.play) :], each.play))
            yield (*path, "play"), f"never ends: {circle}"
        elif len(above) >= DEEPEST:
            yield (*path, "play"), f"is played {DEEPEST} calls deep"
        else:
            yield from _circles(each.play, model, above, in_order)
    in_order[name] = None
