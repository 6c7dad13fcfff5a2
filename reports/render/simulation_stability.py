"""The picture of a load that a push took down: what was asked for, and what was answered."""

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

Floats = npt.NDArray[np.float64]
HEIGHT_IN = 4.6
FRAME = (0.07, 0.11, 0.765, 0.64)


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityPicture:
    """Rates of actions in windows of `width_s`; the push lasts from `pulse_s[0]` to
    `pulse_s[1]`."""

    title: str
    subtitle: str
    width_s: float
    due_per_s: Floats
    answered_per_s: Floats
    pulse_s: tuple[float, float]


def write_stability_picture(picture: StabilityPicture, file: Path) -> None:
    """Writes `file`, an SVG or a PNG by its suffix. Raises PictureError."""
    save_figure(lambda: _drawn(picture), file, salt="stability")


def _drawn(picture: StabilityPicture) -> Figure:
    figure = titled_figure(picture.title, picture.subtitle, height_in=HEIGHT_IN, left=FRAME[0])
    _draw_rates(figure.add_axes(FRAME), picture)
    return figure


def _draw_rates(axes: Axes, picture: StabilityPicture) -> None:
    middle_s = (np.arange(len(picture.due_per_s)) + 0.5) * picture.width_s
    axes.axvspan(*picture.pulse_s, color=LIGHT["band"], linewidth=0)
    axes.text(
        sum(picture.pulse_s) / 2, 1.02, "pulse", transform=axes.get_xaxis_transform(),
        ha="center", va="bottom", fontsize=10, color=LIGHT["muted"],
    )  # fmt: skip
    axes.plot(middle_s, picture.due_per_s, color=LIGHT["planned"], linewidth=4)
    axes.plot(middle_s, picture.answered_per_s, color=LIGHT["first"], linewidth=1.8)
    due, answered = (_last(each) for each in (picture.due_per_s, picture.answered_per_s))
    top = float(picture.due_per_s.max()) or 1.0
    for name, height, colour in (
        ("due", due, "muted"),
        (
            "answered in time",
            answered if due - answered > 0.07 * top else due - 0.07 * top,
            "first",
        ),
    ):
        axes.annotate(
            name, (1.01, height), xycoords=("axes fraction", "data"), va="center",
            color=LIGHT[colour], annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(0, len(middle_s) * picture.width_s)
    axes.set_ylim(0, 1.08 * top)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t_s, _: f"{t_s:g} s"))
    axes.grid(axis="y")
    axes.text(
        0.0, 1.02, "actions a second", transform=axes.transAxes, fontsize=9.5,
        color=LIGHT["muted"], va="bottom",
    )  # fmt: skip


def _last(rates: Floats) -> float:
    """The mean of the last tenth."""
    return float(rates[-max(1, len(rates) // 10) :].mean())
