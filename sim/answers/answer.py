"""What a simulation answers: each figure with its interval over replications, the bottleneck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.answers.observations import LEVELS, QUANTILES, Observations, Times
from sim.answers.pooled_times import pooled_quantile, quantile_of
from sim.model.call import Demand, Hold
from sim.model.service_model import ServiceModel, operations_of, walked
from sim.model.station import UNLIMITED
from sim.statistics.interval import CONFIDENCE, Interval, TooFew, mean_interval
from sim.statistics.pooled_quantile import least_of_a_part

NEARLY = 0.9
"""A station within a pool that is so busy beside the pool explains why the pool is."""
IDLE_RATIO = 0.5
CROWD = 10.0
"""So many waiting at once are no chance, however idle the station was in the peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A figure's mean over replications and its interval. One replication has no interval;
    `refused` says why there is no figure at all."""

    name: str
    estimate: float | None = None
    interval: Interval | None = None
    refused: str = ""

    def as_json(self) -> dict[str, Any]:
        if self.estimate is None:
            return {"refused": self.refused}
        if self.interval is None:
            return {"estimate": self.estimate}
        each = self.interval
        return {"estimate": self.estimate, "low": each.low, "high": each.high, "n": each.n}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """The finite station that is busiest in the peak, or holds a crowd up, and what speaks for it.
    One may be idle in the peak of the arrivals and full of their orders on the day after, and of
    many `copies` the one that everybody wants may be all there is to do."""

    station: str
    peak_utilisation_ratio: float
    longest_queue: float
    waiting_ratio: float
    held_by: tuple[str, ...] = ()
    """Pools as busy as it, which wait for it."""
    copies: int = 1

    @property
    def in_words(self) -> str:
        busy = f"{100 * self.peak_utilisation_ratio:.0f} % busy in the peak"
        if self.copies > 1:
            busy += f" over its {self.copies:,} copies"
        if self.peak_utilisation_ratio < IDLE_RATIO and self.longest_queue < CROWD:
            return f"none: the busiest station, {self.station}, is {busy}"
        parts = [
            busy,
            f"up to {self.longest_queue:,.0f} waiting",
            f"{100 * self.waiting_ratio:.0f} % of all waiting",
        ]
        if self.held_by:
            parts.append(f"holds up {', '.join(self.held_by)}")
        return f"{self.station}: {', '.join(parts)}"


def answers_of(runs: Sequence[Observations], confidence: float = CONFIDENCE) -> dict[str, Answer]:
    """Every figure of `runs`, by name, in the order of the first. A quantile is that of the
    response times of all replications together, any other figure the mean over those that have
    it (lookups, marks)."""
    names = dict.fromkeys(name for run in runs for name in run.figures)
    return {name: _answer(name, runs, confidence) for name in names}


def refusal(name: str, runs: Iterable[Observations]) -> str:
    """Why a quantile is not to be taken of each replication by itself: too few response times."""
    kind, _, subject = name.partition(":")
    if kind not in QUANTILES:
        return ""
    needed = least_of_a_part(QUANTILES[kind])
    have = min(len(run.durations(name)) for run in runs)
    what = (
        f"{durations_in_words(kind)} of {subject} in each replication for {kind.removesuffix('_s')}"
    )
    return str(TooFew(needed=needed, have=have, what=what)) if have < needed else ""


def durations_in_words(kind: str) -> str:
    """What a quantile of `kind` is taken of."""
    return "response times" if kind in LEVELS else "times until then"


def bottleneck_of(model: ServiceModel, answers: Mapping[str, Answer]) -> Bottleneck | None:
    """The station that is busiest in the peak. A pool that is busy because what its holders wait
    for is as busy stands back behind that. When all are idle then, the one with the most waiting,
    if it is a crowd that waits. None of a model without finite stations."""
    busy = {
        name: answers[f"peak_utilisation_ratio:{name}"].estimate or 0.0
        for name, each in model.stations.items()
        if each.servers != UNLIMITED and f"peak_utilisation_ratio:{name}" in answers
    }
    if not busy:
        return None
    found = max(busy, key=lambda name: busy[name])
    idle = busy[found] < IDLE_RATIO
    if idle:
        found = _crowded(busy, answers) or found
    held_by: list[str] = []
    while not idle and (inner := _busy_inside(found, model, busy, held_by)):
        held_by.append(found)
        found = inner
    return Bottleneck(
        station=found,
        peak_utilisation_ratio=busy[found],
        longest_queue=_of(answers, "longest_queue", found),
        waiting_ratio=_of(answers, "waiting_ratio", found),
        held_by=tuple(held_by),
        copies=model.stations[found].copies,
    )


def _crowded(stations: Iterable[str], answers: Mapping[str, Answer]) -> str | None:
    """The one with the most waiting of those where a crowd waits."""
    crowded = (each for each in stations if _of(answers, "longest_queue", each) >= CROWD)
    return max(crowded, key=lambda each: _of(answers, "waiting_ratio", each), default=None)


def _of(answers: Mapping[str, Answer], kind: str, station: str) -> float:
    return answers[f"{kind}:{station}"].estimate or 0.0


def _answer(name: str, runs: Sequence[Observations], confidence: float) -> Answer:
    kind = name.partition(":")[0]
    having = [run for run in runs if name in run.figures]
    if kind in QUANTILES:
        times = [run.durations(name) for run in having]
        return _of_quantile(name, times, QUANTILES[kind], confidence)
    values = np.array([run.figures[name] for run in having])
    return _of_interval(name, mean_interval(values, confidence), float(values.mean()))


def _of_quantile(name: str, times: Sequence[Times], level: float, confidence: float) -> Answer:
    """Of one replication the quantile alone, if it has ten durations beyond it."""
    have, needed = sum(map(len, times)), least_of_a_part(level)
    if have < needed:
        what = f"{durations_in_words(name.partition(':')[0])} for quantile {level:g}"
        return Answer(name=name, refused=str(TooFew(needed=needed, have=have, what=what)))
    found = pooled_quantile(times, level, confidence)
    return _of_interval(name, found, quantile_of(times, level))


def _of_interval(name: str, found: Interval | TooFew, estimate: float) -> Answer:
    if isinstance(found, TooFew):
        return Answer(name=name, estimate=estimate)
    return Answer(name=name, estimate=estimate, interval=found)


def _busy_inside(
    pool: str, model: ServiceModel, busy: Mapping[str, float], outer: Sequence[str]
) -> str | None:
    """The busiest station that holders of `pool` wait for, when it is nearly as busy."""
    inside = {
        each.station
        for step in model.steps.values()
        for hold in operations_of(step)
        if isinstance(hold, Hold) and hold.station == pool
        for each in walked(hold.call)
        if isinstance(each, Demand | Hold) and each.station in busy
    }
    inside -= {pool, *outer}
    found = max(inside, key=lambda name: busy[name], default=None)
    return found if found and busy[found] >= NEARLY * busy[pool] else None
