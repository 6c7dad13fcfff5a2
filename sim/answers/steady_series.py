"""What a steady run shows, as series in the order of time.

Of each step the response times in the order in which the actions were due (in the order of their
end, those of the last minute that take longest would be missing), and in `CELLS` equal parts of
the run how many actions ended and how many of them ok. Of each station with limited servers, from
gauge to gauge, how much its areas and sums grew. A response time takes `BYTES_EACH`; of a run
that has more than `MOST_KEPT` those of every second, third, ... visit are kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.record.outcome import Outcome
from scenarios.workload.plan import VisitPlan
from sim.engine.contract import ActionBlock, StationTotals, TraceEvent
from sim.model.service_model import ServiceModel
from sim.model.station import UNLIMITED

Floats = npt.NDArray[np.float64]
MOST_KEPT = 5_000_000
BYTES_EACH = 18
"""While it is played; to put them in order takes three times as much again."""
CELLS = 6_000
SUMS = ("busy_area", "server_area", "queue_area", "waits_s", "served")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeries:
    """`times_s` are response times by the instant `due_s`, of every so many-th visit. `ended` and
    `ended_ok` count actions in equal cells of the run."""

    due_s: Floats
    times_s: Floats
    ended: Floats
    ended_ok: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSeries:
    """In each interval between gauges: the integrals of the number in service, of the servers
    and of the number waiting, the waits of the served and their number."""

    busy_area: Floats
    server_area: Floats
    queue_area: Floats
    waits_s: Floats
    served: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadySeries:
    """Of a run whose visits arrive for `duration_s`. `interval_s` lies between two gauges. The
    response times are of one in `of_visits` visits."""

    duration_s: float
    interval_s: float
    of_visits: int
    steps: Mapping[str, StepSeries]
    stations: Mapping[str, StationSeries]


class SteadySink:
    """A `Sink` and `StationSink` that keeps the series of a run of `plan`, but not what happens
    after the last arrival. Of the response times of more than `most` actions it keeps a part."""

    def __init__(self, plan: VisitPlan, model: ServiceModel, *, most: int = MOST_KEPT) -> None:
        self._plan = plan
        self._of_visits = max(1, math.ceil(sum(plan.expected_actions().values()) / most))
        shape = (len(plan.tables.steps), CELLS)
        self._ended, self._ended_ok = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self._kept: list[tuple[npt.NDArray[np.int16], Floats, Floats]] = []
        self._finite = [name for name, each in model.stations.items() if each.servers != UNLIMITED]
        self._read_s: list[float] = []
        self._sums: list[Floats] = []

    def actions(self, block: ActionBlock) -> None:
        duration_s = self._plan.duration_s
        was_sent = np.isfinite(block.finished_s)
        ended_s = np.where(was_sent, block.finished_s, block.intended_s)
        cell = (ended_s / duration_s * CELLS).astype(np.int64)
        place = block.step.astype(np.int64) * CELLS + cell
        inside = cell < CELLS
        is_ok = inside & (block.outcome == Outcome.OK)
        for counts, which in ((self._ended, inside), (self._ended_ok, is_ok)):
            np.add.at(counts.reshape(-1), place[which], 1)
        kept = was_sent & (block.intended_s < duration_s) & (block.visit % self._of_visits == 0)
        due_s = block.intended_s[kept]
        self._kept.append((block.step[kept], due_s, block.finished_s[kept] - due_s))

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        """Levels at an instant say less than what was between two."""

    def trace(self, event: TraceEvent) -> None:
        """Traces are for others."""

    def stations(self, at_s: float, totals: Mapping[str, StationTotals]) -> None:
        if at_s <= self._plan.duration_s:
            told = [[getattr(totals[name], each) for each in SUMS] for name in self._finite]
            self._read_s.append(at_s)
            self._sums.append(np.array(told, np.float64).reshape(len(self._finite), len(SUMS)))

    def series(self) -> SteadySeries:
        """The series of the run, once it is over; what they are made from is given up."""
        read_s = np.array(self._read_s)
        return SteadySeries(
            duration_s=self._plan.duration_s,
            interval_s=float(read_s[1] - read_s[0]) if len(read_s) > 1 else 0.0,
            of_visits=self._of_visits,
            steps=self._of_steps(),
            stations=self._of_stations(),
        )

    def _of_steps(self) -> dict[str, StepSeries]:
        columns = zip(*self._kept, strict=True) if self._kept else ([np.zeros(0)],) * 3
        step, due_s, times_s = (np.concatenate(list(each)) for each in columns)
        self._kept = []
        order = np.argsort(due_s, kind="stable")
        # The difference of two instants is not exact, and noise in its last digits never settles.
        step, due_s, times_s = step[order], due_s[order], np.round(times_s[order], 9)
        found = {}
        for code, name in enumerate(self._plan.tables.steps):
            its = step == code
            found[name] = StepSeries(
                due_s=due_s[its],
                times_s=times_s[its],
                ended=self._ended[code].astype(np.float64),
                ended_ok=self._ended_ok[code].astype(np.float64),
            )
        return found

    def _of_stations(self) -> dict[str, StationSeries]:
        grown = np.diff(np.array(self._sums), axis=0) if len(self._sums) > 1 else None
        return {
            name: StationSeries(
                **{
                    each: np.zeros(0) if grown is None else grown[:, place, column]
                    for column, each in enumerate(SUMS)
                }
            )
            for place, name in enumerate(self._finite)
        }
