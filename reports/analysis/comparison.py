"""A measured run beside a simulated one, step by step: where does the model differ?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from reports.analysis.quantiles import Quantiles, known_quantiles, response_times_s
from reports.record.reader import RunRecord

COMPARED = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepComparison:
    """One step in both runs: quantiles of the response time in seconds, and how actions ended.

    `ratios` are simulated / measured by quantile, None where a side has too few values for the
    quantile to be more than its largest one.
    """

    step: str
    measured: Quantiles
    simulated: Quantiles
    measured_outcomes: Mapping[str, int]
    simulated_outcomes: Mapping[str, int]
    ratios: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The largest relative distance |simulated / measured - 1|, and where it is."""

    step: str
    level: str
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`first` and `second` name the two runs in words; `cautions` say why they may not fit."""

    measured: RunRecord
    simulated: RunRecord
    first: str
    second: str
    steps: tuple[StepComparison, ...]
    largest: Distance | None
    cautions: tuple[str, ...] = ()


def compare(one: RunRecord, other: RunRecord) -> Comparison:
    """`one` beside `other`, the measured run first. Two runs of one origin keep their order."""
    origins = (one.manifest.origin, other.manifest.origin)
    if origins == ("simulated", "measured"):
        one, other = other, one
    same = one.manifest.origin == other.manifest.origin
    found = tuple(_steps(one, other))
    return Comparison(
        measured=one,
        simulated=other,
        first="this run" if same else "measured",
        second="other run" if same else "simulated",
        steps=found,
        largest=_largest(found),
        cautions=tuple(_cautions(one, other)),
    )


def _steps(one: RunRecord, other: RunRecord) -> Iterator[StepComparison]:
    steps = dict.fromkeys((*one.manifest.plan.tables["step"], *other.manifest.plan.tables["step"]))
    for step in steps:
        here = one.actions[one.actions["step"] == step]
        there = other.actions[other.actions["step"] == step]
        measured, simulated = (known_quantiles(response_times_s(each)) for each in (here, there))
        if measured.n or simulated.n:
            yield StepComparison(
                step=step,
                measured=measured,
                simulated=simulated,
                measured_outcomes=_outcomes(here),
                simulated_outcomes=_outcomes(there),
                ratios={level: _ratio(measured, simulated, level) for level in COMPARED},
            )


def _outcomes(actions: pd.DataFrame) -> dict[str, int]:
    return {str(word): int(n) for word, n in actions["outcome"].value_counts().items() if n}


def _ratio(measured: Quantiles, simulated: Quantiles, level: str) -> float | None:
    below: float | None = getattr(measured, level)
    above: float | None = getattr(simulated, level)
    if not below or above is None:
        return None
    return above / below


def _largest(steps: tuple[StepComparison, ...]) -> Distance | None:
    distances = [
        Distance(step=each.step, level=level, ratio=abs(ratio - 1))
        for each in steps
        for level, ratio in each.ratios.items()
        if ratio is not None
    ]
    return max(distances, key=lambda each: each.ratio, default=None)


def _cautions(one: RunRecord, other: RunRecord) -> Iterator[str]:
    here, there = one.manifest, other.manifest
    if here.plan.text != there.plan.text:
        yield "the two runs played different campaign texts"
    if here.plan.seed != there.plan.seed:
        yield f"the seeds differ: {here.plan.seed} and {there.plan.seed}"
    if here.origin == there.origin == "measured" and here.host != there.host:
        yield "the two runs come from different hosts"
    for manifest in (here, there):
        if manifest.ending is None or manifest.ending.reason != "completed":
            yield f"run {manifest.run_id} did not complete"
