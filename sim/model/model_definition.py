"""A service model file as a whole, and the calls that are written in it.

service_model: my_shop
stations:
  application: {servers: 2, queue_limit: 100, when_full: rejected}
  database: {servers: 8}
  payment: {servers: unlimited, calibrated: false}
steps:
  view_product:
    call:
      - {at: application, mean: 0.8ms}
      - {at: database, mean: 1ms, distribution: lognormal, cv: 0.5, probability: 1 %}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from reports.documents.definition import STRICT_KEYS
from reports.documents.located_yaml import KeyPath
from reports.documents.quantity import Ratio
from sim.model.call_definition import (
    AttemptDefinition,
    CallDefinition,
    ChoiceDefinition,
    ForkDefinition,
    HoldDefinition,
    LookupDefinition,
    OperationDefinition,
    SendDefinition,
)
from sim.model.station_definition import (
    BucketDefinition,
    CacheDefinition,
    FaultDefinition,
    ReplenishmentDefinition,
    StationDefinition,
)
from sim.model.written_values import BeforeOrAfter, Least0, Least1, Name, Pause, Sku

Located = tuple[KeyPath, CallDefinition]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDefinition:
    """See `Polling`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    pauses: tuple[Pause, ...]
    call: CallDefinition
    most: Least1 = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDefinition:
    """See `StepModel`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    call: CallDefinition
    declined: Ratio = 0.0
    background: CallDefinition = ()
    poll: PollDefinition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModelDefinition:
    """A service model file. The key `service_model` holds its name and tells its kind; `calls`
    are calls that several steps play."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    service_model: str
    stations: dict[Name, StationDefinition]
    steps: dict[Name, StepDefinition]
    description: str = ""
    calls: dict[Name, CallDefinition] = field(default_factory=dict)
    buckets: dict[Name, BucketDefinition] = field(default_factory=dict)
    caches: dict[Name, CacheDefinition] = field(default_factory=dict)
    stock: dict[Sku, Least0] = field(default_factory=dict)
    replenishment: ReplenishmentDefinition | None = None
    faults: tuple[FaultDefinition, ...] = ()
    midnight: BeforeOrAfter = 0.0


def written_calls(model: ServiceModelDefinition) -> Iterator[Located]:
    """Every call of `model` that no operation holds, with its path."""
    for name, call in model.calls.items():
        yield ("calls", name), call
    for name, step in model.steps.items():
        yield ("steps", name, "call"), step.call
        if step.background:
            yield ("steps", name, "background"), step.background
        if step.poll:
            yield ("steps", name, "poll", "call"), step.poll.call


def written_operations(
    call: CallDefinition, path: KeyPath
) -> Iterator[tuple[KeyPath, OperationDefinition]]:
    """The operations in `call` at `path`, each followed by those that it holds."""
    for index, each in enumerate(call):
        here = (*path, index)
        yield here, each
        for inner, nested in held_calls(each, here):
            yield from written_operations(nested, inner)


def held_calls(written: OperationDefinition, path: KeyPath) -> tuple[Located, ...]:
    """The calls that the operation at `path` holds, those that are left out aside."""
    match written:
        case HoldDefinition() | LookupDefinition() | SendDefinition():
            return (((*path, "call"), written.call),)
        case AttemptDefinition():
            fallback = (((*path, "fallback"), written.fallback),) if written.fallback else ()
            return (((*path, "call"), written.call), *fallback)
        case ChoiceDefinition(branches=branches):
            where = ((*path, "branches", index, "call") for index in range(len(branches)))
            return tuple(zip(where, (each.call for each in branches), strict=True))
        case ForkDefinition(calls=calls):
            return tuple(((*path, "calls", index), each) for index, each in enumerate(calls))
        case _:
            return ()
