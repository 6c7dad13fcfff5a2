"""The shapes of an arrival rate as people write them, each with its own keys.

Instants count from the start of the phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, Factor, Instant, Rate, Ratio
from scenarios.workload.recorded_instant import SeriesStart

LEAST_JUDGED_S = 4.0
"""Of a stair in a search for the limit: with fewer seconds one hiccup would decide."""
DAY_S = 86_400.0


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
class Wave:
    """mean (1 + amplitude cos(2 pi (t - peak_at) / period)): the ups and downs of days."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    mean_per_s: Annotated[Rate, Field(alias="mean")]
    amplitude: Ratio
    peak_at_s: Annotated[Instant, Field(alias="peak_at")]
    period_s: Annotated[Duration, Field(alias="period")] = DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Hump:
    """A rise from `base` to `top` and back, the same on both sides: one swing of a cosine that is
    `width` wide, with `base` before and after it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    base_per_s: Annotated[Rate, Field(alias="base")]
    top_per_s: Annotated[Rate, Field(alias="top")]
    peak_at_s: Annotated[Instant, Field(alias="peak_at")]
    width_s: Annotated[Duration, Field(alias="width")]

    def __post_init__(self) -> None:
        if self.top_per_s < self.base_per_s:
            raise ValueError("must have a top of at least its base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """base + (top - base) (t / peak_after) exp(1 - t / peak_after): it starts with the phase,
    peaks later and fades slowly, as payments do after the orders of midnight."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    base_per_s: Annotated[Rate, Field(alias="base")]
    top_per_s: Annotated[Rate, Field(alias="top")]
    peak_after_s: Annotated[Duration, Field(alias="peak_after")]

    def __post_init__(self) -> None:
        if self.top_per_s < self.base_per_s:
            raise ValueError("must have a top of at least its base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """Sales at given instants: at each the rate jumps to `to` and decays to `base`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    base_per_s: Annotated[Rate, Field(alias="base")]
    at_s: Annotated[tuple[Instant, ...], Field(alias="at", min_length=1)]
    to_per_s: Annotated[Rate, Field(alias="to")]
    half_life_s: Annotated[Duration, Field(alias="half_life")]

    def __post_init__(self) -> None:
        if self.to_per_s < self.base_per_s:
            raise ValueError("must jump to at least its base")
        if any(later <= at for at, later in pairwise(self.at_s)):
            raise ValueError("must have its instants (at) in ascending order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A recorded rate, from `column` of a CSV file beside the campaign, plain or gzip.

    A row holds the arrivals of a stretch of time, spread evenly within it: the rows follow each
    other `every_s`, or start at the instants in `time_column`. With `per_s` a cell is a rate, so
    many arrivals per that time. `scale` multiplies it; `start` (written `from`) is where in the
    file the phase begins.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    file: Annotated[str, Field(min_length=1)]
    column: Annotated[str, Field(min_length=1)]
    every_s: Annotated[Duration | None, Field(alias="every")] = None
    time_column: str | None = None
    per_s: Annotated[Duration | None, Field(alias="per")] = None
    scale: Factor = 1.0
    start: Annotated[SeriesStart, Field(alias="from")] = "0s"

    def __post_init__(self) -> None:
        if self.every_s is None and self.time_column is None:
            raise ValueError("must have every or time_column")
