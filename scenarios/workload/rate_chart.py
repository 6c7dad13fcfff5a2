"""The planned arrival rate as a chart of text, with the phases below it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import PlannedPhase
from scenarios.workload.shape_in_words import duration_in_words, number_in_words

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_SAMPLES_PER_COLUMN = 16
_IN_ASCII = str.maketrans("▁▂▃▄▅▆▇█┤└─┴", "   #####|+-+")


def rate_chart(plan: CampaignPlan, *, columns: int = 60, rows: int = 8) -> list[str]:
    """Lines of text: `rows` of bars with the rate at their left, the phases, the clock.

    A bar shows the largest rate within its stretch of time, so that no short peak is lost. The
    lines are the same on every call.
    """
    assert columns > 0
    assert rows > 0
    samples = columns * _SAMPLES_PER_COLUMN
    instants_s = (np.arange(samples, dtype=np.float64) + 0.5) * plan.duration_s / samples
    # The jump of a spike is at an instant that no sample within a column hits.
    turns_s = np.append(plan.turns_s, 0.0)
    rates = plan.rate_at(instants_s).reshape(columns, _SAMPLES_PER_COLUMN).max(axis=1)
    at_turns = np.minimum((turns_s / plan.duration_s * columns).astype(int), columns - 1)
    np.maximum.at(rates, at_turns, plan.rate_at(turns_s))
    top = float(rates.max()) or 1.0
    eighths = np.rint(rates / top * rows * 8).astype(int)
    labels = [f"{number_in_words(top * (row + 1) / rows, 3)}/s" for row in range(rows)]
    margin = max(len(each) for each in labels)
    lines = [
        f"{labels[row]:>{margin}} ┤"
        + "".join(_EIGHTHS[min(max(e - 8 * row, 0), 8)] for e in eighths)
        for row in reversed(range(rows))
    ]
    indent = " " * (margin + 1)
    return [
        *(each.rstrip() for each in lines),
        indent + "└" + _phase_names(plan.phases, plan.duration_s, columns),
        indent + " " + _clock(plan.phases, plan.duration_s, columns),
    ]


def _column(instant_s: float, duration_s: float, columns: int) -> int:
    return round(instant_s / duration_s * columns)


def _phase_names(phases: Sequence[PlannedPhase], duration_s: float, columns: int) -> str:
    """`─warm-up─┴──sale──`: each name centred below its phase, cut where it does not fit."""
    text = ""
    for index, each in enumerate(phases):
        start, end = (_column(t_s, duration_s, columns) for t_s in (each.start_s, each.end_s))
        last = index == len(phases) - 1
        room = max(end - start - (not last), 0)
        name = _cut(each.name, room)
        before = (room - _width(name)) // 2
        text += "─" * before + name + "─" * (room - before - _width(name))
        text += "" if last or end == start else "┴"
    return text


def _clock(phases: Sequence[PlannedPhase], duration_s: float, columns: int) -> str:
    """The instants at which phases start, and the end, where there is room for them."""
    text = ""
    for t_s in (*(each.start_s for each in phases), duration_s):
        column = max(_column(t_s, duration_s, columns) - 1, 0)
        if column >= len(text) + bool(text):
            text += " " * (column - len(text)) + duration_in_words(t_s)
    return text


def _cut(name: str, room: int) -> str:
    while _width(name) > room:
        name = name[:-1]
    return name


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def for_encoding(line: str, encoding: str) -> str:
    """`line`, or the nearest that a terminal of `encoding` can show."""
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        return line.translate(_IN_ASCII).encode(encoding, "replace").decode(encoding)
    return line
