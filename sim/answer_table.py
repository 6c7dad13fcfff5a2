"""The answers of a simulation as text: steps, stations, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from rich.table import Table

from reports.record.manifest import Invariant
from sim.answers.answer import NEVER, Answer, bottleneck_of, durations_in_words, is_hotter, peak_of
from sim.answers.figure_wording import (
    duration_in_words,
    figure_in_words,
    is_ratio,
    plus_minus,
    share_in_words,
    value_in_words,
)
from sim.answers.observations import QUANTILES
from sim.answers.promise_answer import PromiseAnswer
from sim.model.service_model import ServiceModel
from sim.recorded_simulation import RecordedSimulation
from sim.replication.replicated_run import Replicated
from sim.statistics.interval import CONFIDENCE, Interval, never_seen
from sim.statistics.pooled_quantile import least_of_a_part

NOTHING = "-"
MOST_SURE = 0.999
STEP_COLUMNS = {
    "success": "success_ratio",
    "p50": "p50_s",
    "p95": "p95_s",
    "p99": "p99_s",
    "p99.9": "p999_s",
}
STATION_COLUMNS = {
    "busy at its peak": "peak_utilisation_ratio",
    "busy": "utilisation_ratio",
    "longest queue": "longest_queue",
    "drained in": "drain_s",
    "waiting per action": "waiting_s",
    "of all waiting": "waiting_ratio",
    "lost": "lost_ratio",
}
FEWEST_STATIONS = 8
NOTICED_BY = ("utilisation_ratio", "waiting_ratio", "lost_ratio")
NOTICED_RATIO = 0.01
WITH_THE_PEAK = {"peak_window_s", "peak_copy_ratio"}
SAID_ELSEWHERE = {*STEP_COLUMNS.values(), *STATION_COLUMNS.values(), *WITH_THE_PEAK}


def answer_in_words(answer: Answer | None) -> str:
    """`31.2 ms ±1.3 %`, a ratio as `99.6 % ±0.1`, without an interval when there is none."""
    if answer is None or answer.estimate is None:
        return NOTHING
    shown = value_in_words(answer.name, answer.estimate)
    interval = answer.interval
    if interval is None:
        return shown
    if is_ratio(answer.name):
        return shown + plus_minus(100 * interval.half_width)
    half = plus_minus(100 * interval.relative_half_width)
    return f"{shown}{half} %" if half else shown


def _shown(answers: Mapping[str, Answer], name: str) -> str:
    return answer_in_words(answers.get(name))


def said(
    recorded: RecordedSimulation,
    model: ServiceModel,
    answers: Mapping[str, Answer],
    found: Replicated,
    promised: Sequence[PromiseAnswer] = (),
) -> Iterator[str | Table]:
    """The whole result, part by part."""
    plan, outcomes = recorded.manifest.plan, recorded.observations.outcomes
    told = ", ".join(f"{word} {count:,}" for word, count in outcomes.items() if count)
    yield f"{plan.whole_plan_visits:,} visits, {sum(outcomes.values()):,} actions: {told}"
    yield step_table(answers, plan.tables["step"])
    yield ""
    yield station_table(answers, model)
    yield ""
    if promised:
        yield objective_table(promised)
        if any(each.never_varied for each in promised):
            yield room_left(len(found.runs))
        yield ""
    yield from answer_lines(answers, model, plan.tables["step"])
    yield from invariant_lines(recorded.manifest.invariants)
    yield _how_sure(found)


def invariant_lines(invariants: Iterable[Invariant]) -> Iterator[str]:
    """`held         Little's law: ...`, each with its evidence."""
    for each in invariants:
        yield f"{'held' if each.held else 'BROKEN':<13}{each.name}: {each.evidence}"


def _how_sure(found: Replicated) -> str:
    n = len(found.runs)
    if n == 1:
        return "one run, so no intervals: --replications auto tells how sure each figure is"
    why = f": {found.stopped.in_words}" if found.stopped else ""
    return f"{n:,} replications, ± at {100 * CONFIDENCE:g} %{why}"


def objective_table(promised: Sequence[PromiseAnswer]) -> Table:
    """A line for each objective: the error budget that it spends, in how many replications it was
    met, and what that says of it in the long run."""
    table = Table(box=None, pad_edge=False)
    table.add_column("objective")
    for title in ("target", "good", "budget spent", "met in"):
        table.add_column(title, justify="right")
    table.add_column("in the long run")
    for each in promised:
        table.add_row(
            each.promise.name,
            share_in_words(each.promise.target),
            NOTHING if each.share is None else share_in_words(each.share),
            _budget_in_words(each.budget_spent),
            f"{each.met_in:,} of {each.replications:,}",
            _outlook_in_words(each),
        )
    return table


def room_left(n: int) -> str:
    """What `n` replications that were all alike say of others."""
    rare = f"{100 * never_seen(n):.2g} %"
    seen = f"each time in {n:,} replications"
    return f"{seen}: what happens in fewer than {rare} of them may not have been seen"


def _budget_in_words(spent: Interval | None) -> str:
    if spent is None:
        return NOTHING
    shown = value_in_words("budget_spent", 100 * spent.estimate)
    return f"{shown} %{plus_minus(100 * spent.half_width)}"


def _outlook_in_words(answer: PromiseAnswer) -> str:
    if answer.confidence is None:
        return f"{answer.outlook} each time" if answer.never_varied else answer.outlook
    sure = min(answer.confidence, MOST_SURE)
    more = "over " if answer.confidence > MOST_SURE else ""
    return f"{answer.outlook}, {more}{100 * sure:.3g} % sure"


def step_table(answers: Mapping[str, Answer], steps: Sequence[str]) -> Table:
    """A line a step."""
    return _table("step", STEP_COLUMNS, answers, steps)


def station_table(answers: Mapping[str, Answer], model: ServiceModel) -> Table:
    """A line for each station with servers that can run out, the busiest at its own peak first; of
    many those where something happens. A peak is told with how long it is."""
    finite = [name for name in model.stations if f"utilisation_ratio:{name}" in answers]
    finite.sort(key=lambda name: -peak_of(answers, name))
    shown = [
        name
        for place, name in enumerate(finite)
        if place < FEWEST_STATIONS
        or peak_of(answers, name) >= NOTICED_RATIO
        or any(_of(answers, kind, name) >= NOTICED_RATIO for kind in NOTICED_BY)
    ]
    table = _table("station", STATION_COLUMNS, answers, shown, _shown_with_peak)
    if len(shown) < len(finite):
        left = len(finite) - len(shown)
        table.caption = f"{left} stations are hardly busy and not shown; --json has them"
        table.caption_justify = "left"
    return table


def _shown_with_peak(answers: Mapping[str, Answer], name: str) -> str:
    """`63 % in 60 s`, `12.5 %, one copy 99 %, in 5 s`."""
    shown = _shown(answers, name)
    kind, _, station = name.partition(":")
    if kind != "peak_utilisation_ratio":
        return shown
    copy = answers.get(f"peak_copy_ratio:{station}")
    if copy and is_hotter(copy.estimate or 0.0, _of(answers, kind, station)):
        shown += f", one copy {answer_in_words(copy)},"
    return f"{shown} in {duration_in_words(_of(answers, 'peak_window_s', station))}"


def _of(answers: Mapping[str, Answer], kind: str, station: str) -> float:
    return answers[f"{kind}:{station}"].estimate or 0.0


def answer_lines(
    answers: Mapping[str, Answer], model: ServiceModel, steps: Collection[str] = ()
) -> Iterator[str]:
    """The bottleneck, then every figure that no table has, then what is not given and why."""
    found = bottleneck_of(model, answers)
    of_replies = bottleneck_of(model, answers, of_replies=True)
    if found:
        yield f"bottleneck   {found.in_words}"
    if found and of_replies and not of_replies.is_none and of_replies.station != found.station:
        yield f"of replies   {of_replies.in_words}"
    for name, each in answers.items():
        if name.partition(":")[0] not in SAID_ELSEWHERE and each.estimate is not None:
            yield f"{figure_in_words(name)}: {answer_in_words(each)}"
        elif each.refused == NEVER:
            yield f"not given: {figure_in_words(name)}, where {NEVER}"
    few = (name for name, each in answers.items() if each.refused not in ("", NEVER))
    yield from refused_lines(few, steps)


def refused_lines(
    names: Iterable[str], steps: Collection[str] = (), *, where: str = ""
) -> Iterator[str]:
    """The quantiles of `names` that are not given, kind by kind, for want of durations `where`.
    When they are of all `steps`, these are not named."""
    refused: dict[str, list[str]] = {}
    for name in names:
        kind, _, step = name.partition(":")
        refused.setdefault(kind, []).append(step)
    for kind, these in refused.items():
        needed = least_of_a_part(QUANTILES[kind])
        every = set(these) == set(steps)
        name = figure_in_words(f"{kind}:{'every step' if every else ', '.join(these)}")
        yield f"not given: {name}, which needs {needed:,} {durations_in_words(kind)}{where}"


def _table(
    what: str,
    columns: Mapping[str, str],
    answers: Mapping[str, Answer],
    subjects: Sequence[str],
    in_words: Callable[[Mapping[str, Answer], str], str] = _shown,
) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(what)
    for title in columns:
        table.add_column(title, justify="right")
    for subject in subjects:
        names = (f"{kind}:{subject}" for kind in columns.values())
        table.add_row(subject, *(in_words(answers, name) for name in names))
    return table
