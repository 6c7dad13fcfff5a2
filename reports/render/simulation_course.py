"""The picture of a sale as replications had it: what was answered ok, instant by instant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.render.palette import LIGHT
from reports.render.picture_file import save_figure, titled_figure
from reports.render.wording import clock

Floats = npt.NDArray[np.float64]
HEIGHT_IN = 4.6
FRAME = (0.07, 0.11, 0.9, 0.62)
NARROWEST_NAME = 0.05
"""Of the width: what a phase must have for its name to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePicture:
    """Ok actions a second in windows of `width_s`: the mean over replications and, between `low`
    and `high`, its interval in each window by itself. `phases` are names with begin and end."""

    title: str
    subtitle: str
    width_s: float
    mean_per_s: Floats
    low_per_s: Floats
    high_per_s: Floats
    phases: tuple[tuple[str, float, float], ...]


def write_course_picture(picture: CoursePicture, file: Path) -> None:
    """Writes `file`, an SVG or a PNG by its suffix. Raises PictureError."""
    save_figure(lambda: _drawn(picture), file, salt="course")


def _drawn(picture: CoursePicture) -> Figure:
    figure = titled_figure(picture.title, picture.subtitle, height_in=HEIGHT_IN, left=FRAME[0])
    axes = figure.add_axes(FRAME)
    _draw_phases(axes, picture)
    middle_s = (np.arange(len(picture.mean_per_s)) + 0.5) * picture.width_s
    axes.fill_between(
        middle_s, picture.low_per_s, picture.high_per_s, color=LIGHT["first"], alpha=0.3,
        linewidth=0,
    )  # fmt: skip
    axes.plot(middle_s, picture.mean_per_s, color=LIGHT["first"], linewidth=1.4)
    axes.set_ylim(0, 1.08 * (float(np.nanmax(picture.high_per_s)) or 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t_s, _: clock(t_s)))
    axes.grid(axis="y")
    return figure


def _draw_phases(axes: Axes, picture: CoursePicture) -> None:
    end_s = len(picture.mean_per_s) * picture.width_s
    axes.set_xlim(0, end_s)
    for number, (name, begin_s, until_s) in enumerate(picture.phases):
        if number % 2 == 0:
            axes.axvspan(begin_s, until_s, color=LIGHT["band"], linewidth=0, zorder=-5)
        if until_s - begin_s >= NARROWEST_NAME * end_s:
            axes.text(
                (begin_s + until_s) / 2, 1.02, name, transform=axes.get_xaxis_transform(),
                ha="center", va="bottom", fontsize=9.5, color=LIGHT["muted"],
            )  # fmt: skip
