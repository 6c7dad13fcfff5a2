"""A phase as people write it, and the pieces of the rate curve that it stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, Rate
from scenarios.workload.plan import PlannedStair
from scenarios.workload.rate_curve import Decay, Flat, Piece, Ramp
from scenarios.workload.share import Shares

MOST_STAIRS = 10_000
LEAST_JUDGED_S = 4.0
"""Of a stair in a search for the limit: with fewer seconds one hiccup would decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stairs:
    """A flat rate that rises `by_per_s` every `every_s`.

    With `until: broken` the phase searches for the platform's limit: each stair is judged by
    itself, but for its first `settle_s`, and the run ends when one breaks.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    from_per_s: Annotated[Rate, Field(alias="from")]
    by_per_s: Annotated[Rate, Field(alias="by")]
    every_s: Annotated[Duration, Field(alias="every")]
    until: Literal["broken"] | None = None
    settle_s: Annotated[Duration, Field(alias="settle")] = 0.0

    def __post_init__(self) -> None:
        if self.until is None and self.settle_s:
            raise ValueError('has settle, which belongs to "until: broken"')
        if self.until is not None and self.by_per_s <= 0:
            raise ValueError("must rise, or it will never find the limit")
        if self.until is not None and self.every_s - self.settle_s < LEAST_JUDGED_S:
            raise ValueError(
                f"must leave at least {LEAST_JUDGED_S:g} s of every step to be judged after settle"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A jump to a rate that decays to a settled one, half of the way each half-life."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    to_per_s: Annotated[Rate, Field(alias="to")]
    settle_per_s: Annotated[Rate, Field(alias="settle")]
    half_life_s: Annotated[Duration, Field(alias="half_life")]

    def __post_init__(self) -> None:
        if self.to_per_s < self.settle_per_s:
            raise ValueError("must jump to at least the rate that it settles at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the campaign with one shape of arrival rate.

    Exactly one of `at`, `from` with `to`, `step` and `spike` is written. Objectives count only
    judged phases. `mix` replaces the personas' shares during this phase. Raises ValueError for
    none or several shapes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: Annotated[str, Field(min_length=1)]
    duration_s: Annotated[Duration, Field(alias="duration")]
    at_per_s: Annotated[Rate | None, Field(alias="at")] = None
    from_per_s: Annotated[Rate | None, Field(alias="from")] = None
    to_per_s: Annotated[Rate | None, Field(alias="to")] = None
    step: Stairs | None = None
    spike: Spike | None = None
    judged: bool = True
    mix: Shares | None = None

    def __post_init__(self) -> None:
        ramp = self.from_per_s is not None, self.to_per_s is not None
        given = {
            "at": self.at_per_s is not None,
            "from and to": any(ramp),
            "step": self.step is not None,
            "spike": self.spike is not None,
        }
        shapes = [name for name, is_given in given.items() if is_given]
        if len(shapes) != 1:
            has = " and ".join(shapes) or "none of them"
            raise ValueError(f"must have one shape of {', '.join(given)}; has {has}")
        if any(ramp) and not all(ramp):
            raise ValueError("must have both from and to")
        if self.step is not None and self.duration_s / self.step.every_s > MOST_STAIRS:
            raise ValueError(f"must have at most {MOST_STAIRS} steps")


def pieces_of(phase: Phase) -> tuple[Piece, ...]:
    """The pieces of the rate curve of `phase`, one after the other."""
    if phase.step is not None:
        return _stairs(phase.step, phase.duration_s)
    return (Piece(duration_s=phase.duration_s, shape=_shape(phase)),)


def _shape(phase: Phase) -> Flat | Ramp | Decay:
    if phase.at_per_s is not None:
        return Flat(rate_per_s=phase.at_per_s)
    if phase.from_per_s is not None and phase.to_per_s is not None:
        return Ramp(
            from_per_s=phase.from_per_s, to_per_s=phase.to_per_s, duration_s=phase.duration_s
        )
    assert phase.spike is not None
    return Decay(
        to_per_s=phase.spike.to_per_s,
        settle_per_s=phase.spike.settle_per_s,
        half_life_s=phase.spike.half_life_s,
    )


def _stairs(stairs: Stairs, duration_s: float) -> tuple[Piece, ...]:
    count = max(1, math.ceil(duration_s / stairs.every_s - 1e-9))
    return tuple(
        Piece(
            duration_s=min(stairs.every_s, duration_s - index * stairs.every_s),
            shape=Flat(rate_per_s=stairs.from_per_s + index * stairs.by_per_s),
        )
        for index in range(count)
    )


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


def shape_in_words(phase: Phase) -> str:
    """`20/s`, `20/s to 50/s`, `120/s to 60/s, half-life 6 s`."""
    if phase.step is not None:
        each = phase.step
        until = f" until {each.until}" if each.until else ""
        return f"{each.from_per_s:g}/s, +{each.by_per_s:g}/s every {each.every_s:g} s{until}"
    if phase.spike is not None:
        at = phase.spike
        return f"{at.to_per_s:g}/s to {at.settle_per_s:g}/s, half-life {at.half_life_s:g} s"
    if phase.at_per_s is not None:
        return f"{phase.at_per_s:g}/s"
    return f"{phase.from_per_s:g}/s to {phase.to_per_s:g}/s"
