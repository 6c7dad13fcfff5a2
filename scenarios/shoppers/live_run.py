"""The figures of a run as it goes on: one source for its screen, its metrics and Locust's page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.record.manifest import ArmedGuard, Manifest
from reports.record.outcome import Outcome
from scenarios.shoppers.playing import Playing
from scenarios.shoppers.tally import Counted
from scenarios.shoppers.time_counts import BOUNDS_S, TimeCounts

AFTER_THE_LAST = "last replies"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStep:
    """One step of the funnel: all its actions by outcome code, their response times, and both
    within the last seconds."""

    step: str
    outcomes: tuple[int, ...]
    times: TimeCounts
    recent_outcomes: tuple[int, ...]
    recent_times: TimeCounts

    @property
    def recent_ended(self) -> int:
        """Actions that came to an end; a visit that was not sent never began one."""
        return sum(self.recent_outcomes) - self.recent_outcomes[Outcome.NOT_SENT]

    @property
    def recent_not_ok(self) -> int:
        return self.recent_ended - self.recent_outcomes[Outcome.OK]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """A run at `now_s` of its clock. Recent is what happened in the last `recent_s` seconds.

    `planned_rate_per_s` is the planned arrival rate now. `own_levels` are the last readings of the
    player's own gauges (see reports/record/player_gauge.py). `stopping` says why the run ends
    early, once it does; `limits_s` are those of response time that the objectives speak of.
    """

    run_id: str
    campaign: str
    url: str
    now_s: float
    duration_s: float
    phase: str
    phases: tuple[str, ...]
    planned_rate_per_s: float
    planned_visits: int
    due_visits: int
    started_visits: int
    not_sent_visits: int
    thinned_visits: int
    in_flight: int
    in_flight_limit: int
    worst_lag_s: float
    lags: TimeCounts
    recent_s: float
    recent_lags: TimeCounts
    recent_not_sent: int
    steps: tuple[LiveStep, ...]
    own_levels: Mapping[str, float]
    target_levels: Mapping[str, float]
    workers: str
    guards: tuple[ArmedGuard, ...]
    stopping: str
    limits_s: tuple[float, ...] = ()

    @property
    def recent_times(self) -> TimeCounts:
        """The recent response times of all steps."""
        bounds_s = self.steps[0].recent_times.bounds_s if self.steps else BOUNDS_S
        return TimeCounts(bounds_s).plus([each.recent_times for each in self.steps])

    @property
    def outcomes(self) -> tuple[int, ...]:
        """All actions by outcome code."""
        return tuple(sum(each.outcomes[code] for each in self.steps) for code in Outcome)


class LiveRun:
    """Reads `playing`, whose run has `manifest`. `figures` may be asked for in any thread.

    Response times are counted exactly up to each of `limits_s`. To be made before the run begins.
    """

    def __init__(
        self, playing: Playing, manifest: Manifest, *, limits_s: tuple[float, ...] = ()
    ) -> None:
        playing.tally.count_by(limits_s)
        self._limits_s = limits_s
        self.facts = manifest.plan
        self.tally = playing.tally
        self._playing = playing
        self._manifest = manifest
        self._due = np.concatenate([[0], np.cumsum(self.facts.arrivals_per_second)])
        # Asked for once: to tell it anew may cost a look at every session of a log.
        middles_s = np.arange(math.ceil(self.facts.duration_s)) + 0.5
        self._rates_per_s = playing.plan.rate_at(np.minimum(middles_s, self.facts.duration_s))

    def now_s(self) -> float:
        return self._playing.clock.now_s()

    def due_visits(self, now_s: float) -> int:
        """Planned arrivals until `now_s`; within a second they are taken as evenly spread."""
        return int(np.interp(now_s, np.arange(len(self._due)), self._due))

    def arrivals_between(self, edges_s: Sequence[float]) -> list[float]:
        """Planned arrivals between each two neighbours of `edges_s`."""
        due = np.interp(edges_s, np.arange(len(self._due)), self._due)
        return [float(each) for each in np.diff(due)]

    def planned_rate_per_s(self, now_s: float) -> float:
        """The planned arrival rate in the middle of the second of `now_s`."""
        inside = 0 <= now_s < self.facts.duration_s
        return float(self._rates_per_s[int(now_s)]) if inside else 0.0

    def phase(self, now_s: float) -> str:
        names = (each.name for each in self.facts.phases if now_s < each.end_s)
        return next(names, AFTER_THE_LAST)

    def figures(self) -> LiveFigures:
        """The run as it is now."""
        now_s, tally, facts = self.now_s(), self.tally, self.facts
        recent, counted = tally.recent(now_s), tally.counted(now_s)
        gone = tally.started_visits + tally.not_sent_visits
        stop = self._playing.stop
        return LiveFigures(
            run_id=self._manifest.run_id,
            campaign=facts.name,
            url=self._manifest.target.get("url", ""),
            now_s=now_s,
            duration_s=facts.duration_s,
            phase=self.phase(now_s),
            phases=tuple(each.name for each in facts.phases),
            planned_rate_per_s=self.planned_rate_per_s(now_s),
            planned_visits=facts.planned_visits,
            due_visits=max(gone, self.due_visits(now_s)),
            started_visits=tally.started_visits,
            not_sent_visits=tally.not_sent_visits,
            thinned_visits=self._playing.admission.thinned_visits,
            in_flight=tally.in_flight,
            in_flight_limit=int(self._manifest.options.get("in_flight_limit", 0)),
            worst_lag_s=tally.worst_lag_s,
            lags=counted.lags,
            recent_s=recent.over_s,
            recent_lags=recent.lags,
            recent_not_sent=sum(
                each[Outcome.NOT_SENT] for each in recent.outcomes_by_step.values()
            ),
            steps=_steps(facts.tables["step"], counted, recent),
            own_levels=dict(tally.own_levels),
            target_levels=dict(tally.levels),
            workers=tally.workers,
            guards=tally.guards(),
            stopping=f"{stop.reason}: {stop.detail}" if stop.reason else "",
            limits_s=self._limits_s,
        )


def _steps(order: Sequence[str], counted: Counted, recent: Counted) -> tuple[LiveStep, ...]:
    """Those steps of which an action has been counted, in the order of the funnel."""
    bounds_s = next((each.bounds_s for each in counted.times_by_step.values()), BOUNDS_S)
    none, nothing = TimeCounts(bounds_s), (0,) * len(Outcome)
    return tuple(
        LiveStep(
            step=step,
            outcomes=tuple(counted.outcomes_by_step[step]),
            times=counted.times_by_step.get(step, none),
            recent_outcomes=tuple(recent.outcomes_by_step.get(step, nothing)),
            recent_times=recent.times_by_step.get(step, none),
        )
        for step in order
        if step in counted.outcomes_by_step
    )
