"""Charts that set the plan, the measured and the simulated run beside each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from reports.analysis.comparison import COMPARED, Comparison, StepComparison
from reports.analysis.quantiles import response_times_s
from reports.analysis.timeline import actions_by_step
from reports.record.reader import RunRecord
from reports.render import wording
from reports.render.charts import Chart
from reports.render.figure import (
    BOTTOM_PT,
    SMALL_PT,
    EndLabel,
    drawn,
    end_labels,
    seconds_axis,
    unit_label,
)
from reports.render.palette import STAND_IN as C

ROW_PT = 27.0
NAMES_PT = 118.0
MOST_POINTS = 400
BARE_TOP_PT, UNIT_TOP_PT, ABOVE_PT = 4.0, 31.0, 14.0


def funnel_chart(record: RunRecord, comparison: Comparison | None) -> Chart:
    """Actions of each step: as planned if every reply were ok, as measured, as simulated."""
    title, plan = "Funnel", record.manifest.plan
    runs = _runs(record, comparison)
    counts = [(name, actions_by_step(run), colour) for name, run, colour in runs]
    steps = [
        step
        for step in plan.tables["step"]
        if plan.expected_actions.get(step) or any(found.get(step) for _, found, _ in counts)
    ]
    if not any(found.get(step) for _, found, _ in counts for step in steps):
        return Chart(title=title, caption="No action was started, so there is no funnel.")

    def draw(axes: Axes) -> None:
        _bars(axes, steps, [plan.expected_actions.get(step, 0.0) for step in steps], counts)

    legend = [("planned", "planned, if every reply were ok", "")] * bool(plan.expected_actions)
    legend += [(colour, name, "") for colour, (name, _, _) in zip(_NAMES, runs, strict=False)]
    return Chart(
        title=title,
        caption="Actions of each step, and their share of the visits planned. What is missing "
        "against the plan was refused, failed, gave up or was not sent.",
        svg=drawn(
            "funnel", draw, height_pt=_height(len(steps)), left_pt=NAMES_PT, top_pt=BARE_TOP_PT
        ),
        legend=tuple(legend),
    )


def _runs(record: RunRecord, comparison: Comparison | None) -> list[tuple[str, RunRecord, str]]:
    """Name, record and colour of each run there is."""
    if comparison is None:
        return [(record.manifest.origin, record, C["first"])]
    return [
        (comparison.first, comparison.measured, C["first"]),
        (comparison.second, comparison.simulated, C["second"]),
    ]


_NAMES = ("first", "second")


def _bars(
    axes: Axes,
    steps: list[str],
    expected: list[float],
    counts: list[tuple[str, dict[str, int], str]],
) -> None:
    rows = np.arange(len(steps))
    axes.barh(rows, expected, height=0.78, color=C["band"], edgecolor=C["planned"], linewidth=0.8)
    height = 0.5 / len(counts)
    for number, (_, found, colour) in enumerate(counts):
        offset = (number - (len(counts) - 1) / 2) * height
        axes.barh(
            rows + offset,
            [found.get(step, 0) for step in steps],
            height=height * 0.92,
            color=colour,
        )
    _name_rows(axes, steps)
    widest = max([*expected, *(found.get(step, 0) for _, found, _ in counts for step in steps)])
    axes.set_xlim(0, widest)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    entered = max([expected[0], *(found.get(steps[0], 0) for _, found, _ in counts)])
    _figures_beside(axes, [counts[0][1].get(step, 0) for step in steps], entered)


def _figures_beside(axes: Axes, numbers: list[int], entered: float) -> None:
    """Each number and its share of those who entered, in two columns right of the bars."""
    for at, number in enumerate(numbers):
        figures = (
            (1.09, f"{number:,}", "ink"),
            (1.18, wording.part_percent(number, entered), "muted"),
        )
        for x, figure, colour in figures:
            axes.text(x, at, figure, ha="right", va="center_baseline", color=C[colour],
                      transform=axes.get_yaxis_transform(), fontsize=SMALL_PT)  # fmt: skip


def _name_rows(axes: Axes, steps: list[str]) -> None:
    axes.set_ylim(len(steps) - 0.5, -0.5)
    axes.set_yticks(range(len(steps)), steps)
    axes.tick_params(axis="y", labelcolor=C["ink"])


def _height(rows: int) -> float:
    return UNIT_TOP_PT + BOTTOM_PT + ROW_PT * rows


def percentile_chart(comparison: Comparison) -> Chart:
    """p50, p95 and p99 of each step in both runs, joined by a line."""
    title = "Percentiles by step"
    steps = [each for each in comparison.steps if each.measured.n and each.simulated.n]
    values = [
        getattr(side, level) or 0.0
        for each in steps
        for side in (each.measured, each.simulated)
        for level in COMPARED
    ]
    positive = [value for value in values if value > 0]
    if not positive:
        return Chart(title=title, caption="No step has response times in both runs.")

    def draw(axes: Axes) -> None:
        _name_rows(axes, [each.step for each in steps])
        seconds_axis(axes, min(positive) / 1.3, max(positive) * 1.3, vertical=False)
        unit_label(axes, "response time, logarithmic", above_pt=ABOVE_PT)
        for row, each in enumerate(steps):
            _pairs(axes, row, each)

    return Chart(
        title=title,
        caption="From left to right p50, p95 and p99 of each step. The longer the bar between "
        "the two signs, the further the runs are apart.",
        svg=drawn("percentiles", draw, height_pt=_height(len(steps)), left_pt=NAMES_PT,
                  top_pt=UNIT_TOP_PT),
        legend=(("first", f"{comparison.first} (circle)", ""),
                ("second", f"{comparison.second} (diamond)", "")),
    )  # fmt: skip


def _pairs(axes: Axes, row: int, step: StepComparison) -> None:
    """A circle and a diamond for each level; the first row names the levels."""
    for level in COMPARED:
        pair = [getattr(step.measured, level), getattr(step.simulated, level)]
        if None in pair:
            continue
        axes.plot(pair, [row, row], color=C["planned"], linewidth=3, zorder=1)
        axes.plot(pair[:1], [row], "o", color=C["first"], markersize=7, zorder=3)
        axes.plot(pair[1:], [row], "D", color=C["second"], markersize=5.5, zorder=2)
        if row == 0:
            axes.annotate(
                level, (float(np.sqrt(pair[0] * pair[1])), row), (0, 9), ha="center",
                textcoords="offset points", fontsize=SMALL_PT, color=C["muted"],
            )  # fmt: skip


def tail_chart(comparison: Comparison) -> Chart:
    """The share of actions slower than x, both runs on one logarithmic pair of axes."""
    title = "Slower than"
    runs = (
        (comparison.first, _ascending(comparison.measured), C["first"], "-"),
        (comparison.second, _ascending(comparison.simulated), C["second"], (0, (4, 2))),
    )
    if not all(len(values) for _, values, _, _ in runs):
        return Chart(title=title, caption="One of the runs has no response times.")

    def draw(axes: Axes) -> None:
        labels = []
        for name, values, colour, style in runs:
            x_s, share = _tail(values)
            axes.plot(x_s, share, color=colour, linewidth=1.8, linestyle=style)
            labels.append(EndLabel(y=float(share[-1]), text=name, colour=colour))
        _tail_axes(axes, [values for _, values, _, _ in runs])
        end_labels(axes, labels)

    return Chart(
        title=title,
        caption="All steps together. Where the lines part to the right, the tails differ, "
        "which a median hides.",
        svg=drawn("tail", draw, height_pt=270, top_pt=UNIT_TOP_PT),
    )


def _tail_axes(axes: Axes, samples: list[npt.NDArray[np.float64]]) -> None:
    axes.set_yscale("log")
    axes.set_ylim(0.8 / max(len(values) for values in samples), 1.15)
    lowest_s = min(float(values[0]) for values in samples)
    highest_s = max(float(values[-1]) for values in samples)
    seconds_axis(axes, lowest_s / 1.1, highest_s * 1.1, vertical=False)
    axes.grid(axis="y")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda share, _: f"{share * 100:g} %")
    unit_label(axes, "share of actions slower than the time below", above_pt=ABOVE_PT)


def _ascending(record: RunRecord) -> npt.NDArray[np.float64]:
    values = response_times_s(record.actions)
    return np.sort(values[np.isfinite(values) & (values > 0)])


def _tail(ascending: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], ...]:
    """Times and the share of values at least as large, at most 400 points, the tail whole."""
    n = len(ascending)
    picked = np.unique(n - np.geomspace(n, 1, min(n, MOST_POINTS)).astype(np.int64))
    return ascending[picked], (n - picked) / n
