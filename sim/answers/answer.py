"""What a simulation answers: each figure with its interval over replications, the bottleneck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.answers.figure_wording import duration_in_words
from sim.answers.observations import ELAPSED, LEVELS, QUANTILES, Observations, Times
from sim.answers.pooled_times import pooled_quantile, quantile_of
from sim.engine.log_bins import NEVER_S
from sim.model.call import Call, Demand, Hold, Send
from sim.model.service_model import ServiceModel, nested_calls, operations_of, walked
from sim.model.station import UNLIMITED
from sim.statistics.interval import CONFIDENCE, Interval, TooFew, mean_interval
from sim.statistics.pooled_quantile import least_of_a_part

NEVER = "more than one in twenty did not come"
"""Why there is no p95 until a mark, though there are enough of those who were to come to it."""
NEARLY = 0.9
"""A station within a pool that is so busy beside the pool explains why the pool is."""
IDLE_RATIO = 0.5
CROWD = 10.0
"""So many waiting at once are no chance, however idle the station was at its peak."""
HOTTER_RATIO = 0.1
"""By so much the busiest copy must be busier than all copies together, to be spoken of."""


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
    """The finite station that is busiest at its own peak (see `sim.answers.peaks`), or holds up a
    crowd, and what speaks for it. Of many `copies` the one that everybody wants may be all there
    is to do."""

    station: str
    peak_utilisation_ratio: float
    peak_window_s: float
    peak_copy_ratio: float | None
    """Of the busiest of several copies."""
    longest_queue: float
    waiting_ratio: float
    of_replies: bool = False
    """The share of waiting is that of all stations that replies wait for."""
    held_by: tuple[str, ...] = ()
    """Pools as busy as it, which wait for it."""
    copies: int = 1

    @property
    def is_none(self) -> bool:
        """Whether even this one is half idle and keeps nobody waiting."""
        busy = max(self.peak_utilisation_ratio, self.peak_copy_ratio or 0.0)
        return busy < IDLE_RATIO and self.longest_queue < CROWD

    @property
    def in_words(self) -> str:
        ratio, copy_ratio = self.peak_utilisation_ratio, self.peak_copy_ratio
        busy = f"{100 * ratio:.0f} % busy in its busiest {duration_in_words(self.peak_window_s)}"
        if self.copies > 1:
            busy += f" over its {self.copies:,} copies"
        if copy_ratio is not None and is_hotter(copy_ratio, ratio):
            busy += f", one of them {100 * copy_ratio:.0f} %"
        if self.is_none:
            return f"none: the busiest station, {self.station}, is {busy}"
        parts = [
            busy,
            f"up to {self.longest_queue:,.0f} waiting",
            f"{100 * self.waiting_ratio:.0f} % of all waiting{' for replies' * self.of_replies}",
        ]
        if self.held_by:
            parts.append(f"holds up {', '.join(self.held_by)}")
        return f"{self.station}: {', '.join(parts)}"


def is_hotter(copy_ratio: float, ratio: float) -> bool:
    """Whether the busiest copy is noticeably busier than all copies together."""
    return copy_ratio - ratio >= HOTTER_RATIO


def peak_of(answers: Mapping[str, Answer], station: str) -> float:
    """How busy the station was at its peak, or its busiest copy: a hot shard is full though all
    shards together are idle."""
    return max(
        _of(answers, f"peak_{kind}", station) for kind in ("utilisation_ratio", "copy_ratio")
    )


def answers_of(runs: Sequence[Observations], confidence: float = CONFIDENCE) -> dict[str, Answer]:
    """Every figure of `runs`, by name, in the order of the first. A quantile is that of the
    durations of all replications together, any other figure the mean over those that have it
    (lookups, marks)."""
    names = dict.fromkeys(name for run in runs for name in run.figures)
    names |= dict.fromkeys(
        f"{ELAPSED}:{mark}" for run in runs for mark, each in run.elapsed.items() if len(each)
    )
    return {name: _answer(name, runs, confidence) for name in names}


def refusal(name: str, runs: Iterable[Observations]) -> str:
    """Why a quantile is not to be taken of each replication by itself: too few durations."""
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


def bottleneck_of(
    model: ServiceModel, answers: Mapping[str, Answer], *, of_replies: bool = False
) -> Bottleneck | None:
    """The station that is busiest at its peak; of those that are nearly as busy, the one with the
    most waiting. A pool that is busy because what its holders wait for is as busy stands back
    behind that. When all are idle, the one with the most waiting, if it is a crowd that waits.
    With `of_replies` only of the stations that replies wait for. None without finite stations."""
    among = _waited_for(model) if of_replies else model.stations.keys()
    busy = {
        name: peak_of(answers, name)
        for name, each in model.stations.items()
        if name in among
        and each.servers != UNLIMITED
        and f"peak_utilisation_ratio:{name}" in answers
    }
    if not busy:
        return None
    most = max(busy.values())
    found = max(
        (name for name in busy if busy[name] >= NEARLY * most),
        key=lambda name: (_of(answers, "waiting_ratio", name), busy[name]),
    )
    idle = most < IDLE_RATIO
    if idle:
        found = _crowded(busy, answers) or found
    held_by: list[str] = []
    while not idle and (inner := _busy_inside(found, model, busy, held_by)):
        held_by.append(found)
        found = inner
    copies = model.stations[found].copies
    waiting = sum(_of(answers, "waiting_ratio", name) for name in busy) if of_replies else 1.0
    return Bottleneck(
        station=found,
        peak_utilisation_ratio=_of(answers, "peak_utilisation_ratio", found),
        peak_window_s=_of(answers, "peak_window_s", found),
        peak_copy_ratio=_of(answers, "peak_copy_ratio", found) if copies > 1 else None,
        longest_queue=_of(answers, "longest_queue", found),
        waiting_ratio=_of(answers, "waiting_ratio", found) / (waiting or 1.0),
        of_replies=of_replies,
        held_by=tuple(held_by),
        copies=copies,
    )


def _crowded(stations: Iterable[str], answers: Mapping[str, Answer]) -> str | None:
    """The one with the most waiting of those where a crowd waits."""
    crowded = (each for each in stations if _of(answers, "longest_queue", each) >= CROWD)
    return max(crowded, key=lambda each: _of(answers, "waiting_ratio", each), default=None)


def _waited_for(model: ServiceModel) -> set[str]:
    """The stations that replies wait for: not those of work that was sent, nor of a background
    that nobody polls for."""
    calls = [
        call
        for step in model.steps.values()
        for call in (
            step.call,
            *((step.background, step.polling.call) if step.polling else ()),
        )
    ]
    return {each.station for call in calls for each in _awaited(call)}


def _awaited(call: Call) -> Iterator[Demand | Hold]:
    for each in call:
        if isinstance(each, Demand | Hold):
            yield each
        if not isinstance(each, Send):
            for inner in nested_calls(each):
                yield from _awaited(inner)


def _of(answers: Mapping[str, Answer], kind: str, station: str) -> float:
    found = answers.get(f"{kind}:{station}")
    return found.estimate or 0.0 if found else 0.0


def _answer(name: str, runs: Sequence[Observations], confidence: float) -> Answer:
    kind = name.partition(":")[0]
    if kind in QUANTILES:
        times = [each for run in runs if len(each := run.durations(name))]
        return _of_quantile(name, times, QUANTILES[kind], confidence)
    values = np.array([run.figures[name] for run in runs if name in run.figures])
    return _of_interval(name, mean_interval(values, confidence), float(values.mean()))


def _of_quantile(name: str, times: Sequence[Times], level: float, confidence: float) -> Answer:
    """Of one replication the quantile alone, if it has ten durations beyond it."""
    have, needed = sum(map(len, times)), least_of_a_part(level)
    if have < needed:
        what = f"{durations_in_words(name.partition(':')[0])} for quantile {level:g}"
        return Answer(name=name, refused=str(TooFew(needed=needed, have=have, what=what)))
    middle_s = quantile_of(times, level)
    if middle_s >= NEVER_S:
        return Answer(name=name, refused=NEVER)
    return _of_interval(name, pooled_quantile(times, level, confidence), middle_s)


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
