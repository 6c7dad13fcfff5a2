"""A service model: what the simulated platform is made of, and what each step asks of it.

A step makes one call, which visits stations in order. Work that the reply does not wait for is
its background; a shopper who must know the result polls for it. Files are read by
`sim.model_file`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Distribution = Literal["exponential", "deterministic", "gamma", "lognormal"]
WhenFull = Literal["rejected", "failed"]
UNLIMITED = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class StationModel:
    """`servers` work side by side on one queue, first come first served.

    `UNLIMITED` servers are a pure delay: nobody waits. `queue_limit` counts those who wait, not
    those in service. `calibrated` is false for a delay that is policy rather than this
    machine's speed, such as a payment channel's.
    """

    servers: float
    queue_limit: float = UNLIMITED
    when_full: WhenFull = "failed"
    calibrated: bool = True

    def __post_init__(self) -> None:
        assert self.servers >= 1
        assert self.queue_limit >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One visit to a station: made with `probability`, served for `mean_s` on average.

    `cv` is the coefficient of variation of the service time: 1 for exponential, 0 for
    deterministic, free for gamma and lognormal. At the end of a service that `takes_stock`, the
    action's units leave the stock of its SKU, or the action is rejected. With `cached_for_s` the
    visit is what a cache misses: it is made only when no such visit to the station was made for
    the action's SKU within that time. SKUs on sale are cached from the start.
    """

    station: str
    mean_s: float
    distribution: Distribution = "exponential"
    cv: float = 1.0
    probability: float = 1.0
    takes_stock: bool = False
    cached_for_s: float | None = None

    def __post_init__(self) -> None:
        assert self.mean_s > 0
        assert self.cached_for_s is None or self.cached_for_s > 0
        assert self.cv >= 0
        assert 0 <= self.probability <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """Asks again after each of `pauses_s`, counted from the reply before; the last one repeats.
    After `most` answers of "not yet" the step has failed."""

    pauses_s: tuple[float, ...]
    call: tuple[Demand, ...]
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

    `background` starts when the call's last service ends. With `polling` the step ends at the
    first poll that finds the background finished, otherwise with the call's reply.
    `declined_ratio` of the calls end as rejected, with the reason `declined`.
    """

    call: tuple[Demand, ...]
    declined_ratio: float = 0.0
    background: tuple[Demand, ...] = ()
    polling: Polling | None = None

    def __post_init__(self) -> None:
        assert self.call
        assert 0 <= self.declined_ratio <= 1
        assert self.background or self.polling is None, "nothing to poll for"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModel:
    """A platform: stations by name, and what each step asks of them.

    `text` is the file that it was read from, empty for a model made in a program. Demands
    name stations that exist.
    """

    name: str
    stations: Mapping[str, StationModel]
    steps: Mapping[str, StepModel]
    text: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        unknown = {
            each.station
            for step in self.steps.values()
            for each in demands_of(step)
            if each.station not in self.stations
        }
        assert not unknown, f"no such stations: {unknown}"


def demands_of(step: StepModel) -> tuple[Demand, ...]:
    """Every demand that is written in `step`, each once."""
    polled = step.polling.call if step.polling else ()
    return (*step.call, *step.background, *polled)
