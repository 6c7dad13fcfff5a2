"""The picture of a plan: its arrival rate phase by phase, and the visits so far."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from reports.record.manifest import PhaseSpan
from reports.render.figure import plain
from reports.render.palette import LIGHT
from reports.render.picture_file import WIDTH_IN, save_figure, titled_figure

Floats = npt.NDArray[np.float64]
HEIGHT_IN = 5.6
LEFT, RIGHT, RATE_LOW, RATE_HIGH, VISITS_LOW, VISITS_HIGH = 0.07, 0.965, 0.36, 0.75, 0.065, 0.26
LETTER_IN, ROW, MOST_ROWS = 0.083, 0.068, 3
HOUR_S, LONG_S = 3_600.0, 600.0
STEPS_S = (60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 43_200, 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPicture:
    """What is drawn: `rates_per_s` at the instants `t_s` (a line, jumps upright), and the visits
    expected until each."""

    title: str
    subtitle: str
    duration_s: float
    phases: tuple[PhaseSpan, ...]
    t_s: Floats
    rates_per_s: Floats
    visits: Floats


def write_picture(picture: PlanPicture, file: Path) -> None:
    """Writes `file`, an SVG whose text stays text or a PNG, by its suffix. Raises PictureError."""
    save_figure(lambda: _drawn(picture), file, salt="plan")


def _drawn(picture: PlanPicture) -> Figure:
    figure = titled_figure(picture.title, picture.subtitle, height_in=HEIGHT_IN, left=LEFT)
    rate = figure.add_axes((LEFT, RATE_LOW, RIGHT - LEFT, RATE_HIGH - RATE_LOW))
    visits = figure.add_axes((LEFT, VISITS_LOW, RIGHT - LEFT, VISITS_HIGH - VISITS_LOW))
    _draw_rate(rate, picture)
    _draw_visits(visits, picture)
    for axes in (rate, visits):
        _time_axis(axes, picture)
    rate.tick_params(labelbottom=False)
    return figure


def _draw_rate(axes: Axes, picture: PlanPicture) -> None:
    """The area under the rate, phase by phase: what is not judged is grey."""
    for number, phase in enumerate(picture.phases):
        here = (picture.t_s >= phase.start_s) & (picture.t_s < phase.end_s)
        colour = (
            LIGHT["first" if number % 2 == 0 else "third"] if phase.judged else LIGHT["planned"]
        )
        axes.fill_between(
            picture.t_s[here], picture.rates_per_s[here], color=colour, alpha=0.32, linewidth=0
        )
    axes.plot(picture.t_s, picture.rates_per_s, color=LIGHT["first"], linewidth=1.5)
    top = float(picture.rates_per_s.max()) or 1.0
    axes.set_ylim(0, 1.06 * top)
    _value_axis(axes, "visits a second", ticks=5, at=1.03 + MOST_ROWS * ROW)
    _name_phases(axes, picture)


def _draw_visits(axes: Axes, picture: PlanPicture) -> None:
    axes.plot(picture.t_s, picture.visits, color=LIGHT["second"], linewidth=1.8)
    axes.set_ylim(0, 1.12 * (float(picture.visits[-1]) or 1.0))
    _value_axis(axes, "visits so far", ticks=3, at=1.06)


def _value_axis(axes: Axes, what: str, *, ticks: int, at: float) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.grid(axis="y")
    axes.text(
        0.0, at, what, transform=axes.transAxes, fontsize=9.5, color=LIGHT["muted"], va="bottom"
    )


def _time_axis(axes: Axes, picture: PlanPicture) -> None:
    axes.set_xlim(0, picture.duration_s)
    if picture.duration_s >= LONG_S:
        fitting = (each for each in STEPS_S if picture.duration_s <= 10 * each)
        axes.xaxis.set_major_locator(MultipleLocator(next(fitting, picture.duration_s / 8)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t_s, _: _clock(t_s, picture.duration_s)))
    for phase in picture.phases[1:]:
        axes.axvline(phase.start_s, color=LIGHT["line"], linewidth=1.0, zorder=0.5)


def _name_phases(axes: Axes, picture: PlanPicture) -> None:
    """Names above their phases, in up to three rows so that none stands on another."""
    inches = WIDTH_IN * (RIGHT - LEFT)
    ends_in = [-1.0] * MOST_ROWS
    for phase in picture.phases:
        middle_in = (phase.start_s + phase.duration_s / 2) / picture.duration_s * inches
        room_in = phase.duration_s / picture.duration_s * inches
        said = "" if phase.judged else " (not judged)"
        name = phase.name + (said if _width_in(phase.name + said) <= room_in else "")
        half_in = _width_in(name) / 2
        left_in = min(max(middle_in - half_in, 0.0), inches - 2 * half_in)
        row = next((row for row, end_in in enumerate(ends_in) if left_in > end_in), None)
        if row is None:
            continue
        ends_in[row] = left_in + 2 * half_in + LETTER_IN
        axes.text(
            (left_in + half_in) / inches, 1.03 + row * ROW, name, transform=axes.transAxes,
            ha="center", va="bottom", fontsize=9.5,
            color=LIGHT["ink" if phase.judged else "muted"],
        )  # fmt: skip


def _width_in(text: str) -> float:
    """About how wide `text` will be: an ideograph takes two letters' room."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) + wide) * LETTER_IN


def _clock(t_s: float, duration_s: float) -> str:
    """`45 s`, in a longer plan `12:30` minutes, in one of hours `6 h` or `6:30 h`."""
    if duration_s < LONG_S:
        return f"{t_s:g} s"
    minutes, seconds = divmod(round(t_s), 60)
    if duration_s < 2 * HOUR_S:
        return f"{minutes}:{seconds:02d}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d} h" if minutes else f"{hours} h"


def _short(value: float) -> str:
    """`1,500`, from a hundred thousand on `250 k`, `4.5 M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= max(size, 1e5):
            return f"{value / size:g} {letter}"
    return plain(value)
