"""The metastable band: is the load so high that a push takes the platform down for good?

A load is played steadily; it *trips by itself* when in the end too few actions are answered. A
load that does not is raised by a pulse and lowered again: it is *stable* when in the end enough
actions are answered again within the time allowed, else *vulnerable*, for the cause has gone and
the trouble has not. Both borders are found by bisection, which takes it that what trips at one
load trips at all above it.

Source of the words: Bronson, Aghayev, Charapko and Zhu, Metastable Failures in Distributed
Systems (HotOS 2021).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from reports.record.outcome import Outcome
from scenarios.workload.campaign import Campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.limits import TIMEOUT_S
from scenarios.workload.phase import Phase
from scenarios.workload.plan import VisitPlan
from sim.engine.conservation import refuse_unconserved
from sim.engine.contract import ActionBlock, Engine, EngineOptions, TraceEvent
from sim.model.service_model import ServiceModel

Floats = npt.NDArray[np.float64]
Band = Literal["stable", "vulnerable", "self-tripping"]
ANSWERED = (200, 402, 409)
"""A shopper who is told "declined" or "sold out" has been answered."""
MOST_DOUBLINGS = 16
WINDOWS = 120
AMPLE_UNITS = 1_000_000_000
UNLIMITED_VISITS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A steady load for `settle_s`, times `pulse` for `pulse_s`, and `recover_s` to recover in.
    In the last quarter of that time it is healthy when at least `healthy_ratio` of the actions
    due are answered."""

    pulse: float = 3.0
    pulse_s: float = 30.0
    settle_s: float = 60.0
    recover_s: float = 120.0
    healthy_ratio: float = 0.9

    def __post_init__(self) -> None:
        assert self.pulse > 1
        assert min(self.pulse_s, self.settle_s, self.recover_s) > 0
        assert 0 < self.healthy_ratio <= 1

    @property
    def duration_s(self) -> float:
        return self.settle_s + self.pulse_s + self.recover_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A load as played. Window k is [k width_s, (k + 1) width_s); the rates are of actions that
    were due in it, and of those that were answered."""

    rate_per_s: float
    pulsed: bool
    healthy: bool
    width_s: float
    due_per_s: Floats
    answered_per_s: Floats


PlayTrial = Callable[[float, bool], Trial]
"""Plays a base load, in visits a second, with the pulse or without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Each border lies between two loads: the highest that was seen on its lower side and the
    lowest on its upper side, None where none was found. `shown` is a vulnerable load's trial."""

    highest_stable_per_s: float | None
    lowest_vulnerable_per_s: float | None
    highest_standing_per_s: float | None
    lowest_tripping_per_s: float | None
    shown: Trial | None
    trials: tuple[Trial, ...]

    def band(self, rate_per_s: float) -> Band | None:
        """The band of a load; None between two loads that were tried, where a border lies."""
        if self.lowest_tripping_per_s and rate_per_s >= self.lowest_tripping_per_s:
            return "self-tripping"
        if self.highest_stable_per_s and rate_per_s <= self.highest_stable_per_s:
            return "stable"
        low, high = self.lowest_vulnerable_per_s, self.highest_standing_per_s
        return "vulnerable" if low and high and low <= rate_per_s <= high else None


@dataclass(slots=True)
class Course:
    """A `Sink` that keeps how many actions were due in each window, and how many answered."""

    duration_s: float
    due: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(WINDOWS, np.int64))
    answered: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(WINDOWS, np.int64))

    def actions(self, block: ActionBlock) -> None:
        window = (block.intended_s / self.duration_s * WINDOWS).astype(np.int64)
        inside = window < WINDOWS
        business = (block.outcome == Outcome.REJECTED) & np.isin(block.status, ANSWERED)
        good = inside & ((block.outcome == Outcome.OK) | business)
        self.due += np.bincount(window[inside], minlength=WINDOWS)
        self.answered += np.bincount(window[good], minlength=WINDOWS)

    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        """Levels do not matter here."""

    def trace(self, event: TraceEvent) -> None:
        """Nor do traces."""


def pushed_campaign(campaign: Campaign, push: Push, *, rate_per_s: float, pulsed: bool) -> Campaign:
    """`campaign` with its phases replaced by a steady load and, if `pulsed`, a push. Personas,
    products and funnel stay; there is more stock than anybody buys."""
    pulse = push.pulse if pulsed else 1.0
    phases = tuple(
        Phase(name=name, duration_s=duration_s, at_per_s=rate_per_s * times)
        for name, duration_s, times in (
            ("steady", push.settle_s, 1.0),
            ("pulse", push.pulse_s, pulse),
            ("recovery", push.recover_s, 1.0),
        )
    )
    hot = tuple(replace(each, units=AMPLE_UNITS) for each in campaign.products.hot)
    return replace(campaign, phases=phases, products=replace(campaign.products, hot=hot))


def trials_of(
    campaign: Campaign, model: ServiceModel, engine: Engine, *, seed: int, push: Push
) -> PlayTrial:
    """Plays pushed campaigns, all with the same seed. The number of visits in play is not
    limited: the generator is not what is looked at."""
    options = EngineOptions(seed=seed, in_flight_limit=UNLIMITED_VISITS, drain_s=TIMEOUT_S)

    def play(rate_per_s: float, pulsed: bool) -> Trial:
        pushed = pushed_campaign(campaign, push, rate_per_s=rate_per_s, pulsed=pulsed)
        plan = CampaignPlan(pushed, seed)
        return played_trial(
            plan, model, engine, options, push=push, rate_per_s=rate_per_s, pulsed=pulsed
        )

    return play


def played_trial(
    plan: VisitPlan,
    model: ServiceModel,
    engine: Engine,
    options: EngineOptions,
    *,
    push: Push,
    rate_per_s: float,
    pulsed: bool,
) -> Trial:
    """Plays `plan`, whose base load is `rate_per_s`, and looks at its last quarter. Raises
    ConservationError for a run that breaks the laws that hold of every run."""
    course = Course(duration_s=plan.duration_s)
    played = engine(plan, model, course, options, progress=lambda _: None, ended=lambda _: False)
    refuse_unconserved(played, model)
    width_s = plan.duration_s / WINDOWS
    last = slice(WINDOWS - max(1, round(push.recover_s / 4 / width_s)), WINDOWS)
    due, answered = int(course.due[last].sum()), int(course.answered[last].sum())
    return Trial(
        rate_per_s=rate_per_s,
        pulsed=pulsed,
        healthy=due == 0 or answered >= push.healthy_ratio * due,
        width_s=width_s,
        due_per_s=course.due / width_s,
        answered_per_s=course.answered / width_s,
    )


def find_bands(
    play: PlayTrial,
    *,
    start_per_s: float,
    precision: float = 0.05,
    tried: Callable[[Trial], None] = lambda _: None,
) -> Stability:
    """Searches from `start_per_s` on, first where the load trips by itself, then below it where
    the pulse takes it down; each border to `precision` of itself. `tried` is told each trial."""
    assert start_per_s > 0
    assert 0 < precision < 1
    trials: list[Trial] = []

    def healthy(rate_per_s: float, *, pulsed: bool) -> bool:
        trials.append(play(rate_per_s, pulsed))
        tried(trials[-1])
        return trials[-1].healthy

    standing, tripping = _border(
        lambda rate: healthy(rate, pulsed=False), start_per_s, math.inf, precision
    )
    stable, vulnerable = None, None
    if standing is not None:
        first = min(standing, start_per_s)
        stable, vulnerable = _border(
            lambda rate: healthy(rate, pulsed=True), first, standing, precision
        )
    return Stability(
        highest_stable_per_s=stable,
        lowest_vulnerable_per_s=vulnerable,
        highest_standing_per_s=standing,
        lowest_tripping_per_s=tripping,
        shown=_shown(trials),
        trials=tuple(trials),
    )


def _border(
    holds: Callable[[float], bool], start: float, most: float, precision: float
) -> tuple[float | None, float | None]:
    """The highest rate found up to `most` at which it `holds`, and the lowest at which it does
    not; None for what was not found by doubling and halving from `start`."""
    low, high = None, None
    rate = min(start, most)
    for _ in range(MOST_DOUBLINGS):
        if holds(rate):
            low = rate
            if high is not None or rate >= most:
                break
            rate = min(2 * rate, most)
        else:
            high = rate
            if low is not None:
                break
            rate = rate / 2
    while low and high and high - low > precision * high:
        middle = math.sqrt(low * high)
        if holds(middle):
            low = middle
        else:
            high = middle
    return low, high


def _shown(trials: list[Trial]) -> Trial | None:
    """The pulsed trial that went down at the middle of the loads that did."""
    down = sorted((each for each in trials if each.pulsed and not each.healthy), key=_rate)
    return down[len(down) // 2] if down else None


def _rate(trial: Trial) -> float:
    return trial.rate_per_s
