"""One run after the other until there are enough: so many as asked, or until all is precise."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from scenarios.workload.plan import VisitPlan
from sim.answers.observations import LEVELS, Observations
from sim.answers.promise_answer import spent_and_all
from sim.answers.promises import Kept, Promise
from sim.answers.stop_reason import StopReason
from sim.model.service_model import ServiceModel
from sim.replication.replications import refuse_beyond_memory, replicated
from sim.statistics.interval import Interval
from sim.statistics.pooled_quantile import least_of_a_part
from sim.statistics.replications import (
    Asked,
    BudgetPrecision,
    Observation,
    Precision,
    Replications,
    Standing,
)

Found = TypeVar("Found")
MOST_AUTOMATIC = 1000
BYTES_A_FIGURE = 150
"""A named float in a dictionary: its entry, and the object."""
FIGURES_A_STEP, FIGURES_A_STATION = 5, 7
ABSOLUTE_RATIO = 0.001
"""A ratio is known closely enough to a tenth of a percent: near 0 nothing relative can be had."""
AMPLE = 2
"""A step's quantile is an objective when its first replication has so many times the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """So many of the replications `wanted` by now are done; with a precision to reach, the widest
    interval there is has `reached_ratio` of its estimate on either side."""

    done: int
    wanted: int
    reached_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicated:
    """`runs` by their number, from 0. `stopped` says why there are not more, unless so many were
    asked for."""

    runs: tuple[Observations, ...]
    stopped: StopReason | None = None


Play = Callable[[int], Observations]
Tell = Callable[[Progress], None]


def replicate(
    first: Observations,
    play: Play,
    *,
    number: int | None,
    precision: float,
    tell: Tell,
    promises: Sequence[Promise] = (),
) -> Replicated:
    """`number` replications in all, of which `first` is number 0; None for as many as the
    `precision` takes. Raises MemoryNeededError before any is played, ReplicationError."""
    if number is None:
        return precise_replications(first, play, precision, promises, tell=tell)
    return fixed_replications(first, play, number=number, tell=tell)


def fixed_replications(first: Observations, play: Play, *, number: int, tell: Tell) -> Replicated:
    """`number` replications in all."""
    refuse_beyond_memory(number, bytes_held(first))
    runs = [first]
    tell(Progress(done=1, wanted=number))
    with closing(replicated(play, range(1, number))) as results:
        for _, found in results:
            runs.append(found)
            tell(Progress(done=len(runs), wanted=number))
    return Replicated(runs=tuple(runs))


def precise_replications(
    first: Observations,
    play: Play,
    precision: float,
    promises: Sequence[Promise] = (),
    *,
    tell: Tell,
    most: int = MOST_AUTOMATIC,
) -> Replicated:
    """As many replications as it takes, but at most `most`, until every objective is precise at
    once, and stays so: the error budget spent of all `promises` (see `BudgetPrecision`), or
    without them each figure of `objectives_of` to +-`precision` of itself."""
    refuse_beyond_memory(most, bytes_held(first))
    asked = budgets_asked(promises, [first.kept], BudgetPrecision(absolute=precision))
    if not asked:
        asked = {name: _precision(name, precision) for name in objectives_of(first)}
    with closing(_first_and_more(first, play)) as results:
        runs, stopped = until_precise(
            results,
            lambda _: asked,
            lambda run: _values(run, asked, promises),
            tell=tell,
            most=most,
        )
    return Replicated(runs=runs, stopped=stopped)


def budgets_asked(
    promises: Sequence[Promise], kept: Sequence[Mapping[str, Kept]], asked: Asked
) -> dict[str, Asked]:
    """What is `asked` of the promises that all of `kept` say something of and that may be broken by
    degrees. One of 100 % is broken for good by a single bad action, and there is nothing to be
    precise about."""
    return {
        f"objective:{each.name}": asked
        for each in promises
        if each.target < 1 and all(run[each.name].total for run in kept)
    }


def _values(
    run: Observations, asked: Mapping[str, Asked], promises: Sequence[Promise]
) -> dict[str, Observation]:
    spent: dict[str, Observation] = {
        f"objective:{each.name}": spent_and_all(each, run.kept[each.name])
        for each in promises
        if each.target < 1
    }
    return {name: spent[name] if name in spent else run.figures[name] for name in asked}


def until_precise(
    results: Iterable[tuple[int, Found]],
    asked: Callable[[Found], Mapping[str, Asked]],
    values: Callable[[Found], Mapping[str, Observation]],
    *,
    tell: Tell,
    most: int = MOST_AUTOMATIC,
) -> tuple[tuple[Found, ...], StopReason]:
    """Takes `results`, numbered from 0, until those `values` are as precise as is `asked` when
    the first is known, or `most` are there. Gives them, and why there are not more."""
    found: list[Found] = []
    controller: Replications | None = None
    for number, each in results:
        found.append(each)
        if controller is None:
            controller = Replications(asked(each), most=most)
        controller.tell(number, values(each))
        standing = controller.standing()
        tell(_progress(standing))
        if standing.reached:
            return tuple(found), StopReason(decided_by=standing.decided_by)
        if len(found) >= most:
            return tuple(found), StopReason(imprecise=standing.imprecise or standing.decided_by)
    raise AssertionError("replications ended by themselves")


def objectives_of(first: Observations) -> tuple[str, ...]:
    """The figures that are to be precise: of each step the success and those quantiles that a
    replication has ample response times for, and the goodput."""
    return tuple(
        name
        for name in first.figures
        if name.startswith(("success_ratio:", "goodput_per_s")) or _is_ample(name, first)
    )


def refuse_before_the_first(
    number: int | None, plan: VisitPlan, models: Sequence[ServiceModel]
) -> None:
    """Raises MemoryNeededError for a `number` of replications, each of these `models`, that is
    out of the question, before any shows how much exactly it leaves."""
    figures = FIGURES_A_STEP * len(plan.tables.steps) * len(models)
    figures += FIGURES_A_STATION * sum(len(each.stations) for each in models)
    refuse_beyond_memory(number or MOST_AUTOMATIC, BYTES_A_FIGURE * figures)


def bytes_held(run: Observations) -> int:
    """How much memory a replication takes up until the end."""
    durations = (*run.times.values(), *run.elapsed.values())
    bins = sum(each.bins.nbytes + each.counts.nbytes for each in durations)
    return bins + BYTES_A_FIGURE * len(run.figures)


def _first_and_more(
    first: Observations, play: Play
) -> Generator[tuple[int, Observations], None, None]:
    yield 0, first
    with closing(replicated(play, count(1))) as results:
        yield from results


def _is_ample(name: str, first: Observations) -> bool:
    kind, _, step = name.partition(":")
    return kind in LEVELS and len(first.times[step]) >= AMPLE * least_of_a_part(LEVELS[kind])


def _precision(name: str, relative: float) -> Precision:
    is_ratio = name.startswith("success_ratio:")
    return Precision(relative=relative, absolute=ABSOLUTE_RATIO if is_ratio else 0.0)


def _progress(standing: Standing) -> Progress:
    """Of objectives only those that are still open have a width to tell, in error budgets."""
    if any(name.startswith("objective:") for name in standing.intervals):
        found = [standing.intervals[name] for name in standing.imprecise]
        widths = [each.half_width for each in found if isinstance(each, Interval)]
    else:
        found = list(standing.intervals.values())
        widths = [each.relative_half_width for each in found if isinstance(each, Interval)]
    reached = max(widths) if widths and len(widths) == len(found) else None
    return Progress(done=standing.n, wanted=standing.wanted, reached_ratio=reached)
