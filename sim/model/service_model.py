"""A service model: what the simulated platform is made of, and what each step asks of it.

A step makes one call. Work that the reply does not wait for is its background; a shopper who
must know the result polls for it. Files are read by `sim.model.model_file`; models of all kinds
are played by the engines, see `sim.engine.contract`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sim.model.call import (
    Attempt,
    Call,
    Choice,
    Demand,
    Fork,
    Hold,
    Lookup,
    Operation,
    Send,
)
from sim.model.station import (
    CacheModel,
    Fault,
    Replenishment,
    StationModel,
    TokenBucketModel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """Asks again after each of `pauses_s`, counted from the reply before; the last one repeats.
    After `most` answers of "not yet" the step has failed."""

    pauses_s: tuple[float, ...]
    call: Call
    most: int = 30

    def __post_init__(self) -> None:
        assert self.pauses_s
        assert self.most >= 1

    def pause_s(self, poll: int) -> float:
        """The pause before poll number `poll`, from 0."""
        return self.pauses_s[min(poll, len(self.pauses_s) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepModel:
    """A call, and what may come after it.

    `declined_ratio` of the calls that ended ok end as REJECTED, 402, `declined`. Then
    `background` is sent (see `Send`). With `polling` the step ends at the first poll that finds
    the background finished, otherwise with the call's reply.
    """

    call: Call
    declined_ratio: float = 0.0
    background: Call = ()
    polling: Polling | None = None

    def __post_init__(self) -> None:
        assert self.call
        assert 0 <= self.declined_ratio <= 1
        assert self.background or self.polling is None, "nothing to poll for"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModel:
    """A platform: its parts by name, and what each step asks of them.

    `midnight_s` is when on the run's clock the first midnight was or will be. `stock` adds to the
    units that the campaign puts on sale. `text` is the file that it was read from, empty for a
    model made in a program. Operations name parts that exist.
    """

    name: str
    stations: Mapping[str, StationModel]
    steps: Mapping[str, StepModel]
    buckets: Mapping[str, TokenBucketModel] = field(default_factory=dict)
    caches: Mapping[str, CacheModel] = field(default_factory=dict)
    stock: Mapping[int, int] = field(default_factory=dict)
    replenishment: Replenishment | None = None
    faults: tuple[Fault, ...] = ()
    midnight_s: float = 0.0
    text: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        unknown = {
            each.station
            for step in self.steps.values()
            for each in operations_of(step)
            if isinstance(each, Demand | Hold) and each.station not in self.stations
        }
        assert not unknown, f"no such stations: {unknown}"


def operations_of(step: StepModel) -> Iterator[Operation]:
    """Every operation that is written in `step`, nested ones after that which holds them."""
    yield from walked(step.call)
    yield from walked(step.background)
    if step.polling:
        yield from walked(step.polling.call)


def walked(call: Call) -> Iterator[Operation]:
    """The operations of `call`, and those nested in them, in the order of writing."""
    for each in call:
        yield each
        for nested in nested_calls(each):
            yield from walked(nested)


def nested_calls(operation: Operation) -> tuple[Call, ...]:
    """The calls that `operation` holds, of which `sim.model.naming` gives the paths."""
    match operation:
        case Hold(call=call) | Lookup(call=call) | Send(call=call):
            return (call,)
        case Attempt(call=call, fallback=fallback):
            return (call, fallback)
        case Choice(branches=branches):
            return tuple(each.call for each in branches)
        case Fork(calls=calls):
            return calls
        case _:
            return ()
