"""What a steady run answers: long-run means and quantiles, or why one is not given.

The warm-up is left out by MSER-5 (`sim.statistics.warm_up`): of a step as its response times show
it, and its throughput; of a station as the number of customers there does. Each figure's interval
is by batch means and leans as these do, a quantile's by those of the share below it, a ratio's by
those of its residuals (`sim.statistics.batch_means`). A figure is named `KIND:SUBJECT`:

    mean_s:STEP  p50_s:STEP  p95_s:STEP  p99_s:STEP   response times
    success_ratio:STEP                                ok actions / all actions
    throughput_per_s:STEP                             actions that ended
    utilisation_ratio:STATION                         share of the servers at work
    queue_length:STATION                              number waiting
    waiting_time_s:STATION                            of those who were served
    served_per_s:STATION                              its throughput
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sim.answers.steady_series import CELLS, Floats, SteadySeries
from sim.statistics.batch_means import (
    BURSTS,
    DEPENDENT,
    SteadyMean,
    steady_mean,
    steady_quantile,
    steady_ratio,
)
from sim.statistics.interval import Interval, TooFew
from sim.statistics.warm_up import UNSETTLED, warm_up_length

QUANTILES = {"p50_s": 0.5, "p95_s": 0.95, "p99_s": 0.99}
WHY = {
    UNSETTLED: "it has not settled in the first half of the run",
    DEPENDENT: "what it is made of depends on what came before for too long",
    BURSTS: "so long response times come in bursts, and there were too few",
}
TOO_FEW = "too few observations"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyAnswer:
    """A figure with its interval from `batches`, `warm_up_s` of the run left out; or `refused`,
    why there is none, and how long the run would have to be at least, which is infinite where
    nothing at all was observed."""

    name: str
    interval: Interval | None = None
    batches: int = 0
    warm_up_s: float = 0.0
    refused: str = ""
    needed_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        if self.interval is None:
            needed_s = self.needed_s if math.isfinite(self.needed_s) else None
            return {"refused": self.refused, "needed_s": needed_s}
        found = self.interval
        return {
            "estimate": found.estimate,
            "low": found.low,
            "high": found.high,
            "batches": self.batches,
            "warm_up_s": self.warm_up_s,
        }


def steady_answers(series: SteadySeries, stations: Iterable[str]) -> dict[str, SteadyAnswer]:
    """Every figure of the run by its name, of the steps and of these `stations`."""
    found = [*_of_steps(series), *_of_stations(series, stations)]
    return {each.name: each for each in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """A series of a run of `duration_s` whose first `left_out` of `n` observations, `warm_up_s`
    of the run, are no part of the steady state; or why that cannot be told."""

    n: int
    left_out: int | TooFew
    duration_s: float
    warm_up_s: float

    def at(self, n: int) -> _Settled:
        """The same of a series of `n` observations, evenly spread over the run."""
        if isinstance(self.left_out, TooFew):
            return self
        left_out = math.ceil(self.warm_up_s / self.duration_s * n)
        return replace(self, n=n, left_out=left_out)

    def rest(self, values: Floats) -> Floats:
        """The steady part of `values`."""
        return values[:0] if isinstance(self.left_out, TooFew) else values[self.left_out :]

    def answer(
        self, name: str, rest: Floats, figure: Callable[[Floats], SteadyMean | Interval | TooFew]
    ) -> SteadyAnswer:
        """The `figure` of the steady part of a series."""
        if isinstance(self.left_out, TooFew):
            return self._refusal(name, self.left_out, begin=0)
        found = figure(rest)
        if isinstance(found, TooFew):
            return self._refusal(name, found, begin=self.left_out)
        interval, batches = (
            (found.mean, found.batches) if isinstance(found, SteadyMean) else (found, found.n)
        )
        return SteadyAnswer(name=name, interval=interval, batches=batches, warm_up_s=self.warm_up_s)

    def _refusal(self, name: str, found: TooFew, begin: int) -> SteadyAnswer:
        times = (begin + found.needed) / self.n if self.n and found.have else math.inf
        why = WHY.get(found.what, TOO_FEW)
        return SteadyAnswer(name=name, refused=why, needed_s=times * self.duration_s)


def _of_steps(series: SteadySeries) -> Iterator[SteadyAnswer]:
    whole_s, cell_s = series.duration_s, series.duration_s / CELLS
    for name, each in series.steps.items():
        settled = _settled(each.times_s, whole_s, each.due_s)
        times_s = settled.rest(each.times_s)
        yield settled.answer(f"mean_s:{name}", times_s, _mean)
        for kind, level in QUANTILES.items():
            yield settled.answer(f"{kind}:{name}", times_s, partial(steady_quantile, level=level))
        cells = settled.at(CELLS)
        ratio = partial(_ratio, below=cells.rest(each.ended))
        yield cells.answer(f"success_ratio:{name}", cells.rest(each.ended_ok), ratio)
        cells = _settled(each.ended, whole_s)
        per_s = cells.rest(each.ended / cell_s)
        yield cells.answer(f"throughput_per_s:{name}", per_s, _mean)


def _of_stations(series: SteadySeries, stations: Iterable[str]) -> Iterator[SteadyAnswer]:
    """A station has settled when the number at it has, waiting and served: the queue alone may be
    empty but for a few instants, and would seem to settle after the last of these."""
    width_s = series.interval_s or 1.0
    for name in stations:
        each = series.stations[name]
        settled = _settled(each.busy_area + each.queue_area, series.duration_s)
        rest = settled.rest
        servers = partial(_ratio, below=rest(each.server_area))
        yield settled.answer(f"utilisation_ratio:{name}", rest(each.busy_area), servers)
        yield settled.answer(f"queue_length:{name}", rest(each.queue_area) / width_s, _mean)
        served = partial(_ratio, below=rest(each.served))
        yield settled.answer(f"waiting_time_s:{name}", rest(each.waits_s), served)
        yield settled.answer(f"served_per_s:{name}", rest(each.served) / width_s, _mean)


def _mean(values: Floats) -> SteadyMean | TooFew:
    return steady_mean(values, skewed=True)


def _ratio(above: Floats, *, below: Floats) -> SteadyMean | TooFew:
    return steady_ratio(above, below, skewed=True)


def _settled(values: Floats, duration_s: float, at_s: Floats | None = None) -> _Settled:
    """Where the steady part of `values` begins, at instants `at_s` or evenly spread."""
    n, left_out = len(values), warm_up_length(values)
    if isinstance(left_out, TooFew) or not left_out:
        return _Settled(n=n, left_out=left_out, duration_s=duration_s, warm_up_s=0.0)
    warm_up_s = duration_s * left_out / n if at_s is None else float(at_s[left_out])
    return _Settled(n=n, left_out=left_out, duration_s=duration_s, warm_up_s=warm_up_s)
