"""A phase as people write it: a stretch of the campaign with one shape, or with several at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, Rate
from scenarios.workload.plan import PlannedStair
from scenarios.workload.shape_keys import Hump, Series, Slots, Spike, Stairs, Surge, Wave
from scenarios.workload.share import Shares

MOST_STAIRS = 10_000
MOST_PERIODS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the shapes of a phase, with the mix of personas who come in it.

    Exactly one of `at`, `from` with `to`, `step`, `spike`, `wave`, `hump`, `surge`, `slots` and
    `series` is written. Raises ValueError for none or several.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    at_per_s: Annotated[Rate | None, Field(alias="at")] = None
    from_per_s: Annotated[Rate | None, Field(alias="from")] = None
    to_per_s: Annotated[Rate | None, Field(alias="to")] = None
    step: Stairs | None = None
    spike: Spike | None = None
    wave: Wave | None = None
    hump: Hump | None = None
    surge: Surge | None = None
    slots: Slots | None = None
    series: Series | None = None
    mix: Shares | None = None

    def __post_init__(self) -> None:
        _require_one_shape(_shapes_of(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the campaign.

    It has exactly one shape of arrival rate: one that a `Part` can have, or `together` of several
    at once, each with its own mix. Objectives count only judged phases. `mix` replaces the
    personas' shares during this phase, in every part without a mix of its own. Raises ValueError
    for none or several shapes, and for one that does not fit into the phase.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: Annotated[str, Field(min_length=1)]
    duration_s: Annotated[Duration, Field(alias="duration")]
    at_per_s: Annotated[Rate | None, Field(alias="at")] = None
    from_per_s: Annotated[Rate | None, Field(alias="from")] = None
    to_per_s: Annotated[Rate | None, Field(alias="to")] = None
    step: Stairs | None = None
    spike: Spike | None = None
    wave: Wave | None = None
    hump: Hump | None = None
    surge: Surge | None = None
    slots: Slots | None = None
    series: Series | None = None
    together: tuple[Part, ...] | None = None
    judged: bool = True
    mix: Shares | None = None

    def __post_init__(self) -> None:
        _require_one_shape({**_shapes_of(self), "together": self.together is not None})
        if self.together is not None and len(self.together) < 2:
            raise ValueError("must have at least two parts together")
        for each in self.parts:
            _require_fit(each, self.duration_s)
            if self.together is not None and each.step is not None and each.step.until is not None:
                raise ValueError('has "until: broken" in a part, which only a whole phase can have')

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its shapes, in the order in which they are written: one, unless it has several."""
        if self.together is not None:
            return self.together
        return (
            Part(
                at_per_s=self.at_per_s, from_per_s=self.from_per_s, to_per_s=self.to_per_s,
                step=self.step, spike=self.spike, wave=self.wave, hump=self.hump,
                surge=self.surge, slots=self.slots, series=self.series, mix=self.mix,
            ),
        )  # fmt: skip


def _shapes_of(written: Part | Phase) -> dict[str, bool]:
    """Which shapes are written, by their keys. Raises ValueError for half a ramp."""
    ramp = written.from_per_s is not None, written.to_per_s is not None
    if any(ramp) and not all(ramp):
        raise ValueError("must have both from and to")
    return {
        "at": written.at_per_s is not None,
        "from and to": all(ramp),
        "step": written.step is not None,
        "spike": written.spike is not None,
        "wave": written.wave is not None,
        "hump": written.hump is not None,
        "surge": written.surge is not None,
        "slots": written.slots is not None,
        "series": written.series is not None,
    }


def _require_one_shape(shapes: dict[str, bool]) -> None:
    given = [name for name, is_given in shapes.items() if is_given]
    if len(given) != 1:
        has = " and ".join(given) or "none of them"
        raise ValueError(f"must have one shape of {', '.join(shapes)}; has {has}")


def _require_fit(part: Part, duration_s: float) -> None:
    if part.step is not None and duration_s / part.step.every_s > MOST_STAIRS:
        raise ValueError(f"must have at most {MOST_STAIRS} steps")
    if part.wave is not None and duration_s / part.wave.period_s > MOST_PERIODS:
        raise ValueError(f"must have at most {MOST_PERIODS} periods of its wave")
    if part.slots is not None and part.slots.at_s[-1] >= duration_s:
        raise ValueError("must have all its slots before its end")


def searched_stairs(phase: Phase, start_s: float) -> tuple[PlannedStair, ...]:
    """The whole stairs of a search for the limit, on the clock of the run; none where `phase` is
    no such search."""
    stairs = phase.step
    if stairs is None or stairs.until is None:
        return ()
    return tuple(
        PlannedStair(
            rate_per_s=stairs.from_per_s + index * stairs.by_per_s,
            start_s=start_s + index * stairs.every_s,
            duration_s=stairs.every_s,
            settle_s=stairs.settle_s,
        )
        for index in range(math.floor(phase.duration_s / stairs.every_s + 1e-9))
    )
