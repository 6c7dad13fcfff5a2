"""What a finished run shows, as named figures that replications can be compared by.

A figure is named like a gauge, `KIND` or `KIND:SUBJECT`, with the unit last in its kind:

    p50_s:STEP  p95_s:STEP  p99_s:STEP  p999_s:STEP   response times in judged phases, to 0.05 %
    success_ratio:STEP                                 ok actions / all actions there
    goodput_per_s                                      ok actions there / length of these phases
    peak_utilisation_ratio:STATION                     mean share of the servers at work, in the
    peak_window_s:STATION                              busiest window of this width
    peak_copy_ratio:STATION                            the same of the busiest of several copies
    utilisation_ratio:STATION                          the share over the whole run
    longest_queue:STATION  drain_s:STATION             from its longest queue until it was gone
    waiting_s:STATION                                  waiting per action of the run, of all there
    waiting_ratio:STATION                              its share of all waiting
    lost_ratio:STATION                                 refused, abandoned, failed / arrivals
    backlog  backlog_drain_s                           all queues together
    in_time_ratio:MARK  elapsed_p95_s:MARK             of all who came there or were to come and
                                                       have missed it; no p95 when too many have
    undecided_ratio:MARK                               of a run that ended before its work did: not
                                                       there, and not late yet, as ratio of all
    hit_ratio:CACHE  retry_ratio:ATTEMPT               hits / lookups, retries / first tries
    oversold  stranded                                 units
    cost_per_1000_orders                               of the mean servers for the plan's length
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from reports.record.outcome import Outcome
from scenarios.workload.plan import VisitPlan
from sim.answers.peaks import Peaks
from sim.answers.promises import Kept, Promise, PromiseCounts
from sim.engine.contract import ActionBlock, MarkTotals, Played, TraceEvent
from sim.engine.log_bins import BINS, NEVER_S, RATIO, SMALLEST_S, quantile_s
from sim.model.service_model import ServiceModel
from sim.model.station import UNLIMITED

Floats = npt.NDArray[np.float64]
LEVELS: Mapping[str, float] = {"p50_s": 0.5, "p95_s": 0.95, "p99_s": 0.99, "p999_s": 0.999}
ELAPSED = "elapsed_p95_s"
QUANTILES: Mapping[str, float] = {**LEVELS, ELAPSED: 0.95}
"""Kinds of figures that are quantiles, which too few durations do not give."""
ORDER_STEP = "place_order"
WINDOWS = 60
"""A run's course is kept in so many windows."""
GONE_RATIO = 0.01
"""A backlog is gone when so much of the longest is left, or one customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How many durations fell into each of those `bins` of `sim.engine.log_bins` that hold any."""

    bins: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.counts.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """The `figures` of a run by name, the response times of each step in judged phases,
    and how all actions ended. `goodput_per_s` has the ok actions a second in each
    of `WINDOWS` equal parts of the plan. `kept` says what was kept of each promise, `elapsed` has
    the times until each mark."""

    figures: Mapping[str, float]
    times: Mapping[str, Times]
    outcomes: Mapping[str, int]
    goodput_per_s: Floats
    kept: Mapping[str, Kept] = field(default_factory=dict)
    elapsed: Mapping[str, Times] = field(default_factory=dict)

    def durations(self, name: str) -> Times:
        """Those that the figure `name`, of a kind of `QUANTILES`, is the quantile of."""
        kind, _, subject = name.partition(":")
        return (self.elapsed if kind == ELAPSED else self.times)[subject]


@dataclass(slots=True)
class Backlog:
    """Follows a queue by its gauges: how long it was at most, and when that was gone."""

    longest: float = 0.0
    since_s: float = 0.0
    gone_s: float | None = None
    last_s: float = 0.0

    def read(self, at_s: float, length: float) -> None:
        self.last_s = at_s
        if length > self.longest:
            self.longest, self.since_s, self.gone_s = length, at_s, None
        elif self.gone_s is None and length <= max(1.0, GONE_RATIO * self.longest):
            self.gone_s = at_s

    @property
    def drain_s(self) -> float:
        """From the longest until it was gone; at least so long when it never was."""
        if self.longest <= 1:
            return 0.0
        return (self.last_s if self.gone_s is None else self.gone_s) - self.since_s


class Observer:
    """A `Sink` that keeps what the observations need, in memory that does not grow with the run."""

    def __init__(
        self, plan: VisitPlan, model: ServiceModel, promises: Sequence[Promise] = ()
    ) -> None:
        steps = len(plan.tables.steps)
        self._promises = PromiseCounts(plan, promises)
        self._plan = plan
        self._model = model
        self._judged = np.array([each.judged for each in plan.phases])
        self._outcomes = np.zeros((steps, len(Outcome)), np.int64)
        self._everything = np.zeros(len(Outcome), np.int64)
        self._times = np.zeros((steps, BINS), np.int64)
        self._finished_ok = np.zeros(WINDOWS + 1, np.int64)
        self._peaks = Peaks(plan.duration_s, model)
        self._queues: dict[str, Backlog] = {}
        self._backlog = Backlog()

    def actions(self, block: ActionBlock) -> None:
        self._everything += np.bincount(block.outcome, minlength=len(Outcome))
        judged = self._judged[block.phase]
        step, outcome = block.step[judged].astype(np.int64), block.outcome[judged]
        pairs = np.bincount(step * len(Outcome) + outcome, minlength=self._outcomes.size)
        self._outcomes += pairs.reshape(self._outcomes.shape)
        times_s = block.finished_s[judged] - block.intended_s[judged]
        there = np.isfinite(times_s)
        cells = step[there] * BINS + bins_of(times_s[there])
        np.add.at(self._times.reshape(-1), cells, 1)
        ok = block.outcome == Outcome.OK
        width_s = max(self._plan.duration_s, 1e-9) / WINDOWS
        window = np.minimum(block.finished_s[ok] / width_s, WINDOWS).astype(np.int64)
        self._finished_ok += np.bincount(window, minlength=WINDOWS + 1)
        self._promises.actions(block)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        together = 0.0
        ratios = {}
        for name, value in values.items():
            kind, _, station = name.partition(":")
            if kind == "queue_length":
                together += value
                self._queues.setdefault(station, Backlog()).read(at_s, value)
            elif kind == "utilisation_ratio":
                ratios[station] = value
        self._peaks.gauges(at_s, ratios)
        self._backlog.read(at_s, together)

    def copies(self, at_s: float, ratios: Mapping[str, Floats]) -> None:
        self._peaks.copies(at_s, ratios)

    def trace(self, event: TraceEvent) -> None:
        """Traces are for others."""

    def observed(self, played: Played) -> Observations:
        """What the run showed, once it is over."""
        steps = self._plan.tables.steps
        figures = dict(self._of_steps())
        figures |= self._of_stations(played)
        figures |= _of_platform(self._model, played, self._plan.duration_s, self._orders())
        figures |= {"backlog": self._backlog.longest, "backlog_drain_s": self._backlog.drain_s}
        width_s = max(self._plan.duration_s, 1e-9) / WINDOWS
        return Observations(
            figures=figures,
            times={step: _times(self._times[code]) for code, step in enumerate(steps)},
            outcomes={each.word: int(self._everything[each]) for each in Outcome},
            goodput_per_s=self._finished_ok[:WINDOWS] / width_s,
            kept=self._promises.kept(),
            elapsed={name: _times(_until(each)) for name, each in played.marks.items()},
        )

    def _orders(self) -> int:
        """Accepted orders, or ok actions where nobody orders."""
        ok = self._outcomes[:, Outcome.OK]
        steps = self._plan.tables.steps
        return int(ok[steps.index(ORDER_STEP)] if ORDER_STEP in steps else ok.sum())

    def _of_steps(self) -> Iterator[tuple[str, float]]:
        judged_s = sum(each.duration_s for each in self._plan.phases if each.judged)
        for code, step in enumerate(self._plan.tables.steps):
            for kind, level in LEVELS.items():
                if (value_s := quantile_s(self._times[code], level)) is not None:
                    yield f"{kind}:{step}", value_s
            if actions := int(self._outcomes[code].sum()):
                yield f"success_ratio:{step}", int(self._outcomes[code, Outcome.OK]) / actions
        if judged_s:
            yield "goodput_per_s", float(self._outcomes[:, Outcome.OK].sum()) / judged_s

    def _of_stations(self, played: Played) -> Iterator[tuple[str, float]]:
        yield from self._peaks.figures().items()
        actions = max(played.actions, 1)
        # The area counts those who gave up, and beyond shared servers, of whom nobody waits.
        waiting_s = sum(each.queue_area for each in played.stations.values())
        for name, each in played.stations.items():
            if self._model.stations[name].servers == UNLIMITED:
                continue
            queue = self._queues.get(name, Backlog())
            lost = each.refused + each.abandoned + each.errors
            yield f"utilisation_ratio:{name}", each.utilisation_ratio
            yield f"longest_queue:{name}", float(each.longest_queue)
            yield f"drain_s:{name}", queue.drain_s
            yield f"waiting_s:{name}", each.queue_area / actions
            yield f"waiting_ratio:{name}", each.queue_area / waiting_s if waiting_s else 0.0
            yield f"lost_ratio:{name}", lost / max(each.arrivals, 1)


def _times(histogram: npt.NDArray[np.int64]) -> Times:
    bins = np.flatnonzero(histogram)
    return Times(bins=bins.astype(np.int32), counts=histogram[bins])


def bins_of(durations_s: Floats) -> npt.NDArray[np.int64]:
    """`sim.engine.log_bins.bin_of` of each."""
    with np.errstate(divide="ignore"):
        inner = np.log(durations_s / SMALLEST_S) / math.log(RATIO)
    bins = np.where(durations_s < SMALLEST_S, -1.0, inner)
    return np.minimum(BINS - 1, 1 + bins.astype(np.int64))


def _until(mark: MarkTotals) -> npt.NDArray[np.int64]:
    """The histogram of the times until the mark, where who has missed it takes for ever."""
    histogram = mark.histogram.copy()
    histogram[-1] += mark.missed
    return histogram


def _of_mark(name: str, mark: MarkTotals, *, was_stopped: bool) -> Iterator[tuple[str, float]]:
    """Who was to come and has not is as good as infinitely late."""
    decided = mark.count + mark.missed
    if decided:
        yield f"in_time_ratio:{name}", mark.in_time / decided
        value_s = quantile_s(_until(mark), QUANTILES[ELAPSED])
        if value_s is not None and value_s < NEVER_S:
            yield f"{ELAPSED}:{name}", value_s
    if was_stopped and decided + mark.underway:
        yield f"undecided_ratio:{name}", mark.underway / (decided + mark.underway)


def _of_platform(
    model: ServiceModel, played: Played, plan_s: float, orders: int
) -> Iterator[tuple[str, float]]:
    for name, mark in played.marks.items():
        yield from _of_mark(name, mark, was_stopped=played.unfinished > 0)
    for name, (hits, misses) in played.caches.items():
        if hits + misses:
            yield f"hit_ratio:{name}", hits / (hits + misses)
    for name, tries in played.attempts.items():
        if tries.first_tries:
            yield f"retry_ratio:{name}", tries.retries / tries.first_tries
    if played.stock:
        yield "oversold", float(sum(max(0, -each.left) for each in played.stock.values()))
        yield "stranded", float(sum(each.stranded for each in played.stock.values()))
    # What the days after the plan cost is for the orders of those days.
    hours = plan_s / 3600 / played.at_s if played.at_s else 0.0
    cost = sum(
        each.cost_per_server_hour * played.stations[name].server_area * hours
        for name, each in model.stations.items()
        if each.cost_per_server_hour and each.servers != UNLIMITED
    )
    if cost and orders:
        yield "cost_per_1000_orders", 1000 * cost / orders
