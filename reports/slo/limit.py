"""The limit of a platform, from a run that raised the arrival rate stair by stair."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from reports.analysis.knee import Knee, Windows, knee_of
from reports.analysis.quantiles import Floats, Quantiles, known_quantiles, response_times_s
from reports.record.manifest import Manifest, Stair
from reports.record.reader import RunRecord
from reports.slo.limit_interval import RateInterval, limit_interval
from reports.slo.objective import Objective
from reports.slo.stair_counts import StairCounts, count_stairs, window_s
from reports.slo.stair_verdict import StairVerdict, judge_stairs

LimitOutcome = Literal["found", "below", "not_reached", "generator_limited", "no_data"]
SEED = 20020171
"""Of the bootstrap, so that a record gives the same intervals every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a search found.

    `found`: stairs held until one broke. `below`: a stair broke before any held. `not_reached`:
    nothing broke. `generator_limited`: nothing broke before the generator was at its own limit.
    `no_data`: no stair was played to its end, or none could be decided. `broke` is the first stair
    that broke, `held` the last one that held before it, and the limit lies within `interval`.
    `times_s` are the response times of each stair's judged part.
    """

    outcome: LimitOutcome
    stairs: tuple[StairVerdict, ...] = ()
    times_s: tuple[Quantiles, ...] = ()
    held: StairVerdict | None = None
    broke: StairVerdict | None = None
    interval: RateInterval | None = None
    knee: Knee | None = None


def limit_of(record: RunRecord, objectives: Sequence[Objective]) -> Limit | None:
    """The limit that `record` shows by `objectives`; None when its plan was no search for one."""
    planned = searched_stairs(record.manifest)
    if not planned:
        return None
    until_s = played_until_s(record)
    played = [each for each in planned if each.end_s <= until_s + 1e-9]
    counts = count_stairs(record, planned, objectives)
    verdicts = judge_stairs(counts, played, objectives)
    return dataclasses.replace(_limit(counts, verdicts), times_s=_times_s(record, played))


def searched_stairs(manifest: Manifest) -> tuple[Stair, ...]:
    """The stairs of the plan's search for the limit; none when it is no search."""
    return tuple(stair for phase in manifest.plan.phases for stair in phase.stairs)


def played_until_s(record: RunRecord) -> float:
    """The instant until which the plan was played; of a killed run its last row's."""
    ending = record.manifest.ending
    if ending is None:
        intended_s = record.actions["intended_s"].to_numpy()
        return float(intended_s[-1]) if len(intended_s) else 0.0
    return record.manifest.plan.duration_s if ending.reason == "completed" else ending.at_s


def within_limit(record: RunRecord, limit: Limit) -> RunRecord:
    """`record` without the actions of a search that were not judged or lay beyond the limit: by
    the rest its objectives are judged as those of any run."""
    intended_s = record.actions["intended_s"].to_numpy()
    keep = np.ones(len(intended_s), dtype=np.bool_)
    for phase in record.manifest.plan.phases:
        if phase.stairs:
            keep &= (record.actions["phase"] != phase.name).to_numpy()
    for each in limit.stairs:
        if each is limit.broke:
            break
        if each.outcome == "held":
            keep |= _in_usable_windows(each, intended_s)
    return dataclasses.replace(record, actions=record.actions[keep])


def _limit(counts: StairCounts, verdicts: tuple[StairVerdict, ...]) -> Limit:
    broke = next((each for each in verdicts if each.outcome == "broke"), None)
    until = verdicts.index(broke) + 1 if broke else len(verdicts)
    held = next((each for each in verdicts[:until][::-1] if each.outcome == "held"), None)
    judged = [
        (row, each)
        for row, each in enumerate(verdicts[:until])
        if each.outcome != "generator_limited"
    ]
    random = np.random.default_rng(SEED)
    found = Limit(
        outcome=_outcome(verdicts, held, broke),
        stairs=verdicts,
        held=held,
        broke=broke,
        knee=_knee(counts, judged, random),
    )
    if not broke:
        return found
    interval = limit_interval(counts, judged, broke, random=random)
    return dataclasses.replace(found, interval=interval)


def _outcome(
    verdicts: Sequence[StairVerdict], held: StairVerdict | None, broke: StairVerdict | None
) -> LimitOutcome:
    if broke:
        return "found" if held else "below"
    if verdicts and verdicts[-1].outcome == "generator_limited":
        return "generator_limited"
    return "not_reached" if held else "no_data"


def _knee(
    counts: StairCounts,
    judged: Sequence[tuple[int, StairVerdict]],
    random: np.random.Generator,
) -> Knee | None:
    stairs = []
    for row, each in judged:
        ended = counts.ended[row, each.usable]
        mean_s = np.divide(
            counts.response_s[row, each.usable],
            ended,
            out=np.full(len(ended), np.inf),
            where=ended > 0,
        )
        goodput_per_s = counts.finished_ok[row, each.usable] / window_s(each.stair)
        stairs.append(Windows(goodput_per_s=goodput_per_s, response_s=mean_s))
    rates = np.array([each.stair.rate_per_s for _, each in judged])
    return knee_of(rates, stairs, random=random)


def _times_s(record: RunRecord, stairs: Sequence[Stair]) -> tuple[Quantiles, ...]:
    intended_s = record.actions["intended_s"].to_numpy()
    response_s = response_times_s(record.actions)
    return tuple(known_quantiles(response_s[_judged(each, intended_s)]) for each in stairs)


def _in_usable_windows(verdict: StairVerdict, intended_s: Floats) -> npt.NDArray[np.bool_]:
    stair, length_s = verdict.stair, window_s(verdict.stair)
    window = (intended_s - stair.start_s - stair.settle_s) / length_s
    last = len(verdict.usable) - 1
    usable = verdict.usable[np.clip(window, 0, last).astype(np.int64)]
    return _judged(stair, intended_s) & usable


def _judged(stair: Stair, intended_s: Floats) -> npt.NDArray[np.bool_]:
    """Which instants lie in the judged part of `stair`."""
    return (intended_s >= stair.start_s + stair.settle_s) & (intended_s < stair.end_s)
