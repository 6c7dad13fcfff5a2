"""How long something takes, as a probability distribution."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal, Self

Kind = Literal["exponential", "deterministic", "gamma", "lognormal", "empirical", "until"]
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Durations in seconds with the mean `mean_s` and the coefficient of variation `cv`.

    `exponential` has cv 1 and `deterministic` 0. `gamma` has shape 1/cv^2 and scale mean cv^2,
    `lognormal` sigma^2 = ln(1 + cv^2) and mu = ln(mean) - sigma^2/2. `empirical` takes one of
    `values_s`, all equally likely; its mean and cv are theirs. `until` lasts until the clock next
    shows a multiple of `every_s` plus `offset_s`, as counted from the model's first midnight: the
    next wave, the truck in the evening; its mean is nominal.
    """

    kind: Kind = "exponential"
    mean_s: float
    cv: float = 1.0
    values_s: tuple[float, ...] = ()
    every_s: float = 0.0
    offset_s: float = 0.0

    def __post_init__(self) -> None:
        assert self.mean_s >= 0
        assert self.cv >= 0
        assert (self.kind == "empirical") == bool(self.values_s)
        assert (self.kind == "until") == (self.every_s > 0)

    def scaled(self, by: float) -> Self:
        """Every duration `by` times as long; what ends by the clock stays."""
        if self.kind == "until":
            return self
        values_s = tuple(each * by for each in self.values_s)
        return dataclasses.replace(self, mean_s=self.mean_s * by, values_s=values_s)


def day_of(at_s: float, midnight_s: float) -> int:
    """The day of an instant, 0 from the first midnight on."""
    return math.floor((at_s - midnight_s) / DAY_S)


def exponential(mean_s: float) -> Distribution:
    """Durations without memory."""
    return Distribution(mean_s=mean_s)


def deterministic(mean_s: float) -> Distribution:
    """Always the same."""
    return Distribution(kind="deterministic", mean_s=mean_s, cv=0.0)


def gamma(mean_s: float, cv: float) -> Distribution:
    """Gamma durations with the mean and the coefficient of variation `cv`."""
    return Distribution(kind="gamma", mean_s=mean_s, cv=cv)


def lognormal(mean_s: float, cv: float) -> Distribution:
    """Lognormal durations with the mean and the coefficient of variation `cv`."""
    return Distribution(kind="lognormal", mean_s=mean_s, cv=cv)


def empirical(*values_s: float) -> Distribution:
    """One of `values_s`, at least one, all equally likely."""
    mean_s = math.fsum(values_s) / len(values_s)
    variance = math.fsum((each - mean_s) ** 2 for each in values_s) / len(values_s)
    cv = math.sqrt(variance) / mean_s if mean_s else 0.0
    return Distribution(kind="empirical", mean_s=mean_s, cv=cv, values_s=tuple(sorted(values_s)))


def until(every_s: float, offset_s: float = 0.0) -> Distribution:
    """Until the clock next shows a multiple of `every_s` plus `offset_s`."""
    return Distribution(
        kind="until", mean_s=every_s / 2, cv=0.0, every_s=every_s, offset_s=offset_s
    )
