"""Exact quantiles of a record: order statistics, no buckets and no interpolation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.record.reader import RunRecord

Floats = npt.NDArray[np.float64]
LEVELS: Mapping[str, Fraction] = {
    "p50": Fraction(50, 100),
    "p90": Fraction(90, 100),
    "p95": Fraction(95, 100),
    "p99": Fraction(99, 100),
    "p999": Fraction(999, 1000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Quantiles of `n` values, in their unit; None for all when `n` is 0, and for one that is not
    known."""

    n: int
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    p999: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes:
    """Response time and request duration of one step, in seconds."""

    response_time_s: Quantiles
    request_duration_s: Quantiles


def quantile(ascending: Floats, level: Fraction) -> float:
    """The smallest value v of a sorted, non-empty array with at least `level` of all values
    <= v: element ceil(n level), counted from 1, in integers. It is numpy's "inverted_cdf"
    without the rounding of n * level (Hyndman and Fan 1996, definition 1)."""
    position = -(-len(ascending) * level.numerator // level.denominator)
    return float(ascending[max(position, 1) - 1])


def quantiles(values: Floats) -> Quantiles:
    """Quantiles of the finite ones of `values`."""
    ascending = np.sort(values[np.isfinite(values)])
    if not len(ascending):
        return Quantiles(n=0)
    at = {name: quantile(ascending, level) for name, level in LEVELS.items()}
    return Quantiles(n=len(ascending), max=float(ascending[-1]), **at)


def known_quantiles(values: Floats) -> Quantiles:
    """As `quantiles`, but None for a level at which so few values have no more to tell than the
    largest of them: a p99 takes 100, a p99.9 takes 1,000."""
    found = quantiles(values)
    known = {
        name: getattr(found, name) if found.n * (1 - level) >= 1 else None
        for name, level in LEVELS.items()
    }
    return Quantiles(n=found.n, max=found.max, **known)


def response_times_s(actions: pd.DataFrame) -> Floats:
    """What the shopper felt: finished - intended, NaN for what was not sent."""
    return (actions["finished_s"] - actions["intended_s"]).to_numpy(dtype=np.float64)


def request_durations_s(actions: pd.DataFrame) -> Floats:
    """finished - started, NaN for what was not sent."""
    return (actions["finished_s"] - actions["started_s"]).to_numpy(dtype=np.float64)


def schedule_lags_s(actions: pd.DataFrame) -> Floats:
    """The generator's honesty: started - intended, NaN for what was not sent."""
    return (actions["started_s"] - actions["intended_s"]).to_numpy(dtype=np.float64)


def times_of(actions: pd.DataFrame) -> StepTimes:
    """Times of every action of `actions` that came to an end, whatever its outcome: an action
    that was given up counts with the time until then."""
    return StepTimes(
        response_time_s=known_quantiles(response_times_s(actions)),
        request_duration_s=known_quantiles(request_durations_s(actions)),
    )


def times_by_step(record: RunRecord) -> dict[str, StepTimes]:
    """Times of each step of the plan, over the whole run."""
    steps = record.manifest.plan.tables["step"]
    codes = record.actions["step"].cat.codes.to_numpy()
    return {step: times_of(record.actions[codes == code]) for code, step in enumerate(steps)}
