"""The answers of a steady run as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from sim.answer_table import NOTHING, answer_in_words
from sim.answers.answer import Answer
from sim.answers.figure_wording import duration_in_words, figure_in_words
from sim.answers.steady import SteadyAnswer
from sim.answers.steady_series import SteadySeries
from sim.statistics.interval import CONFIDENCE
from sim.steady_request import SteadyRequest

Answers = Mapping[str, SteadyAnswer]
STEP_COLUMNS = {
    "mean": "mean_s",
    "p50": "p50_s",
    "p95": "p95_s",
    "p99": "p99_s",
    "success": "success_ratio",
    "throughput": "throughput_per_s",
}
STATION_COLUMNS = {
    "busy": "utilisation_ratio",
    "queue length": "queue_length",
    "waiting time": "waiting_time_s",
    "throughput": "served_per_s",
}


def steady_lines(
    asked: SteadyRequest, series: SteadySeries, answers: Answers
) -> Iterator[str | Table]:
    """The whole result, part by part."""
    lasting = duration_in_words(series.duration_s)
    yield f"steady: {asked.rate_per_s:,.4g} visits/s for {lasting}, {_left_out(answers)}"
    yield _table("step", STEP_COLUMNS, answers, series.steps)
    yield ""
    if stations := asked.told(series):
        yield _table("station", STATION_COLUMNS, answers, stations)
        yield ""
    yield from _refused_lines(answers)
    if asked.by_the_clock:
        yield f"not given: {', '.join(sorted(asked.by_the_clock))}, which swing by the clock"
    if series.of_visits > 1:
        yield f"response times are those of one in {series.of_visits} visits, for want of memory"
    yield f"one run, ± at {100 * CONFIDENCE:g} % from batches of it"


def steady_json(asked: SteadyRequest, series: SteadySeries, answers: Answers) -> dict[str, Any]:
    """The same, ready for JSON."""
    return {
        "rate_per_s": asked.rate_per_s,
        "duration_s": series.duration_s,
        "of_visits": series.of_visits,
        "by_the_clock": sorted(asked.by_the_clock),
        "confidence": CONFIDENCE,
        "figures": {name: each.as_json() for name, each in answers.items()},
    }


def _left_out(answers: Answers) -> str:
    """The longest warm-up, and whose it is."""
    given = [each for each in answers.values() if each.interval]
    longest = max(given, key=lambda each: each.warm_up_s, default=None)
    if longest is None or not longest.warm_up_s:
        return "no warm-up to leave out"
    lasts = duration_in_words(longest.warm_up_s)
    return f"warm-up left out by MSER-5: up to {lasts} ({figure_in_words(longest.name)})"


def _table(
    what: str, columns: Mapping[str, str], answers: Answers, subjects: Iterable[str]
) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(what)
    for title in (*columns, "warm-up", "batches"):
        table.add_column(title, justify="right")
    for subject in subjects:
        row = [answers[f"{kind}:{subject}"] for kind in columns.values()]
        table.add_row(subject, *map(_in_words, row), *_how(row))
    return table


def _in_words(answer: SteadyAnswer) -> str:
    if answer.interval is None:
        return NOTHING
    estimate = answer.interval.estimate
    return answer_in_words(Answer(name=answer.name, estimate=estimate, interval=answer.interval))


def _how(row: Sequence[SteadyAnswer]) -> tuple[str, str]:
    """The longest warm-up of a row and its numbers of batches."""
    given = [each for each in row if each.interval]
    if not given:
        return NOTHING, NOTHING
    fewest, most = (of(each.batches for each in given) for of in (min, max))
    batches = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return duration_in_words(max(each.warm_up_s for each in given)), batches


def _refused_lines(answers: Answers) -> Iterator[str]:
    """What is not given, reason by reason, with the run that it needs at least."""
    refused: dict[str, list[str]] = {}
    for name, each in answers.items():
        if each.refused:
            longer = f" (--for {_for(each.needed_s)})" if math.isfinite(each.needed_s) else ""
            refused.setdefault(each.refused, []).append(figure_in_words(name) + longer)
    for why, names in refused.items():
        yield f"not given: {', '.join(names)}: {why}"


def _for(duration_s: float) -> str:
    """At least `duration_s`, as it is typed."""
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if duration_s > 2 * length_s:
            return f"{math.ceil(duration_s / length_s)}{unit}"
    return f"{math.ceil(duration_s)}s"
