"""Charts of a simulated run's stations, one small frame beside the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.analysis.quantiles import Floats
from reports.analysis.station_course import StationCourse, StationCourses, station_courses
from reports.record.manifest import PhaseSpan
from reports.record.reader import RunRecord
from reports.render import wording
from reports.render.charts import Chart
from reports.render.figure import SMALL_PT, WIDTH_PT, drawn_figure, plain
from reports.render.palette import STAND_IN as C

MOST_STATIONS = 16
TOP_PT, ROW_PT, NAME_PT, BOTTOM_PT = 20.0, 74.0, 22.0, 26.0
LEFT_PT, WIDE_PT, GAP_PT = 40.0, 300.0, 60.0
FULL_RATIO = 0.95


def station_charts(record: RunRecord) -> Iterator[Chart]:
    """How busy each station was and how many waited there; none of a run without stations."""
    if record.manifest.origin != "simulated":
        return
    courses = station_courses(record)
    if courses is None or not courses.stations:
        return
    shown = list(courses.stations)[:MOST_STATIONS]
    hidden = len(courses.stations) - len(shown)
    more = f" {hidden} stations that were less busy are not drawn." if hidden else ""
    phases = record.manifest.plan.phases
    height_pt = TOP_PT + ROW_PT * len(shown) + BOTTOM_PT
    yield Chart(
        title="Stations",
        caption="On the left the share of a station's servers at work, on the right the longest "
        f"queue, the busiest station first. Windows of "
        f"{wording.short_seconds(courses.window_s)}.{_full(courses)}"
        f"{more}",
        svg=drawn_figure(
            "stations",
            lambda figure: _draw(figure, courses, shown, phases, height_pt),
            height_pt=height_pt,
        ),
    )


def _full(courses: StationCourses) -> str:
    """Which stations had hardly a server free, and for how long, as a sentence."""
    long_s = {
        name: float(np.count_nonzero(each.busy_ratio >= FULL_RATIO)) * courses.window_s
        for name, each in courses.stations.items()
    }
    told = [f"{name} for {wording.seconds(each)}" for name, each in long_s.items() if each]
    return f" At least {wording.percent(FULL_RATIO, 0)} busy: {', '.join(told)}." if told else ""


def _draw(
    figure: Figure,
    courses: StationCourses,
    shown: Sequence[str],
    phases: Sequence[PhaseSpan],
    height_pt: float,
) -> None:
    for row, name in enumerate(shown):
        bottom_pt = height_pt - TOP_PT - ROW_PT * (row + 1)
        pair = [
            figure.add_axes(
                (
                    (LEFT_PT + column * (WIDE_PT + GAP_PT)) / WIDTH_PT,
                    bottom_pt / height_pt,
                    WIDE_PT / WIDTH_PT,
                    (ROW_PT - NAME_PT) / height_pt,
                )
            )
            for column in (0, 1)
        ]
        for axes in pair:
            _frame(axes, courses, phases, is_last=row == len(shown) - 1)
        _draw_station(pair[0], pair[1], name, courses.stations[name], courses.middle_s)


def _draw_station(
    busy: Axes, queue: Axes, name: str, course: StationCourse, middle_s: Floats
) -> None:
    """A name and its highest figures stand above the frames."""
    top_ratio = float(np.nanmax(course.busy_ratio, initial=0.0))
    longest = float(np.nanmax(course.longest_queue, initial=0.0))
    colour = C["limit"] if top_ratio >= FULL_RATIO else C["first"]
    there = np.nan_to_num(course.busy_ratio)
    busy.fill_between(middle_s, there, color=colour, alpha=0.25, linewidth=0)
    busy.plot(middle_s, course.busy_ratio, color=colour, linewidth=1.4)
    busy.set_ylim(0, 1.05)
    busy.set_yticks([0, 0.5, 1])
    busy.yaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{100 * ratio:.0f} %"))
    queue.plot(middle_s, course.longest_queue, color=C["second"], linewidth=1.4)
    queue.set_ylim(0, max(4.0, 1.08 * longest))
    queue.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    queue.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    for axes, text in (
        (busy, f"{name}: up to {wording.percent(top_ratio, 0)}"),
        (
            queue,
            f"up to {plain(longest)} waiting" if longest else "nobody waiting when it was read",
        ),
    ):
        axes.text(
            0.0, 1.06, text, transform=axes.transAxes, fontsize=SMALL_PT, va="bottom",
            color=C["ink"] if axes is busy else C["muted"],
        )  # fmt: skip


def _frame(
    axes: Axes, courses: StationCourses, phases: Sequence[PhaseSpan], *, is_last: bool
) -> None:
    axes.set_xlim(0, courses.end_s)
    axes.grid(axis="y")
    for phase in phases[::2]:
        axes.axvspan(phase.start_s, phase.end_s, color=C["band"], linewidth=0, zorder=-5)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 1.5, 2, 3, 6, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t_s, _: wording.clock(t_s)))
    axes.tick_params(labelbottom=is_last, bottom=is_last)
