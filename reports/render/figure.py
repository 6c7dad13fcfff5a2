"""The frame that every chart shares: size, type, grid, phase bands, labels at the line's end."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FuncFormatter,
    Locator,
    LogLocator,
    MaxNLocator,
    MultipleLocator,
    NullFormatter,
)

from reports.record.manifest import PhaseSpan
from reports.render import wording
from reports.render.palette import STAND_IN as C
from reports.render.palette import with_variables

WIDTH_PT, HEIGHT_PT = 720.0, 250.0
LEFT_PT, RIGHT_PT, TOP_PT, BOTTOM_PT = 52.0, 100.0, 40.0, 26.0
TYPE_PT, SMALL_PT = 11.0, 10.0
LABEL_GAP_PT = 13.0
LETTER_PT = 5.6
END_GAP_PT = 12.0
ABOVE_PHASES_PT = 24.0
MILLION = 1_000_000
CLOCK_STEPS_S = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": TYPE_PT,
    "text.color": C["ink"],
    "axes.facecolor": "none",
    "axes.edgecolor": C["line"],
    "axes.labelcolor": C["muted"],
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": C["line"],
    "grid.linewidth": 0.8,
    "xtick.color": C["line"],
    "ytick.color": C["line"],
    "xtick.labelcolor": C["muted"],
    "ytick.labelcolor": C["muted"],
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLabel:
    """A name at the right end of a line, at the height `y` in data units."""

    y: float
    text: str
    colour: str


def drawn(
    name: str,
    draw: Callable[[Axes], None],
    *,
    height_pt: float = HEIGHT_PT,
    left_pt: float = LEFT_PT,
    right_pt: float = RIGHT_PT,
    top_pt: float = TOP_PT,
) -> str:
    """The SVG of what `draw` puts into a frame, ready to stand in an HTML page. Its text stays
    text, its colours are CSS variables and it refers to nothing outside of itself."""

    def one(figure: Figure) -> None:
        width, height = WIDTH_PT - left_pt - right_pt, height_pt - top_pt - BOTTOM_PT
        left, wide = left_pt / WIDTH_PT, width / WIDTH_PT
        bottom, high = BOTTOM_PT / height_pt, height / height_pt
        draw(figure.add_axes((left, bottom, wide, high)))

    return drawn_figure(name, one, height_pt=height_pt)


def drawn_figure(name: str, draw: Callable[[Figure], None], *, height_pt: float) -> str:
    """The same of a figure whose frames `draw` adds itself."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # The reader's fonts show the text; that the drawing library's own lacks a glyph is no loss.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH_PT / 72, height_pt / 72))
        FigureCanvasSVG(figure)
        draw(figure)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return _inline(text.getvalue())


def _inline(svg: str) -> str:
    svg = svg[svg.index("<svg") :]
    for pattern in (r"<metadata>.*?</metadata>", r"<style.*?</style>", r"<!--.*?-->"):
        svg = re.sub(pattern, "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"| version="[^"]*"', "", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r" font-family: [^;\"]*(?:'[^']*'[^;\"]*)*;?", "", svg)
    svg = re.sub(r' id="(figure|axes|patch|text|line2d|xtick|ytick|matplotlib)[^"]*"', "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", svg)
    svg = svg.replace("xlink:href", "href").replace(" \n", "\n").strip()
    return with_variables(svg)


def time_axis(axes: Axes, end_s: float, phases: Sequence[PhaseSpan]) -> None:
    """Seconds since the start along the bottom, the phases as bands with their names on top."""
    axes.set_xlim(0, end_s)
    axes.xaxis.set_major_locator(_time_ticks(end_s))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t_s, _: wording.clock(t_s)))
    points = float(axes.bbox.width * 72 / axes.figure.dpi)
    for number, phase in enumerate(phases):
        if number % 2 == 0:
            axes.axvspan(phase.start_s, phase.end_s, color=C["band"], linewidth=0, zorder=-5)
        names = (phase.name, "") if phase.judged else (f"{phase.name} (not judged)", phase.name)
        room = phase.duration_s / end_s * points
        name = next((each for each in names if _width_pt(each) <= room), "")
        axes.text(
            phase.start_s + phase.duration_s / 2, 1.02, name, ha="center", va="bottom",
            transform=axes.get_xaxis_transform(), fontsize=SMALL_PT, color=C["muted"],
        )  # fmt: skip


def _time_ticks(end_s: float) -> Locator:
    """At most nine ticks; from 10 minutes on at whole minutes, quarters of an hour, hours."""
    if end_s < wording.CLOCK_FROM_S:
        return MaxNLocator(8, steps=[1, 1.5, 2, 3, 5, 6, 10])
    fitting = (each for each in CLOCK_STEPS_S if end_s <= 8 * each)
    return MultipleLocator(next(fitting, end_s / 8))


def _width_pt(text: str, size_pt: float = SMALL_PT) -> float:
    """About how wide `text` will be: an ideograph takes two letters' room."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) + wide) * LETTER_PT * size_pt / SMALL_PT


def room_for(texts: Iterable[str]) -> float:
    """The room that the longest of these end labels takes to the right of the frame, in points;
    no less than that of the other charts."""
    return max(RIGHT_PT, *(END_GAP_PT + _width_pt(each, TYPE_PT) for each in texts))


def value_axis(axes: Axes, what: str, *, top: float | None = None) -> None:
    """A linear axis from 0 with horizontal grid lines and its unit above it."""
    axes.set_ylim(0, top if top else None)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axes.grid(axis="y")
    unit_label(axes, what)


def plain(value: float) -> str:
    """A tick's number: `1,500`, `2.5`, `0.004`, from a million on `104.5 M`."""
    if abs(value) >= MILLION:
        millions = value / MILLION
        return f"{millions:,.0f} M" if abs(millions) >= 1000 else f"{millions:.4g} M"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.6g}"


def seconds_axis(axes: Axes, lowest_s: float, highest_s: float, *, vertical: bool = True) -> None:
    """A logarithmic axis of seconds with ticks at 1, 2, 5."""
    axis = axes.yaxis if vertical else axes.xaxis
    (axes.set_yscale if vertical else axes.set_xscale)("log")
    (axes.set_ylim if vertical else axes.set_xlim)(lowest_s, highest_s)
    decades = np.log10(highest_s / lowest_s)
    subs = (1.0, 2.0, 5.0) if decades < 2.6 else (1.0, 3.0) if decades < 4 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=20))
    axis.set_minor_formatter(NullFormatter())
    axis.set_minor_locator(LogLocator(subs=()))
    axis.set_major_formatter(FuncFormatter(lambda value_s, _: _tick_s(value_s)))
    axes.grid(axis="y" if vertical else "x")


def _tick_s(value_s: float) -> str:
    """`20 ms`, `5 s`, `1,000 s`: of a logarithmic axis, where nobody counts hours."""
    return wording.seconds(value_s) if value_s < 100 else f"{value_s:,.0f} s"


def unit_label(axes: Axes, what: str, *, above_pt: float = ABOVE_PHASES_PT) -> None:
    """What the values are, `above_pt` over the upper left corner of the area."""
    height_pt = _height_pt(axes)
    axes.annotate(
        what, (0, height_pt + above_pt), xycoords="axes points", ha="left", va="bottom",
        annotation_clip=False, fontsize=SMALL_PT, color=C["muted"],
    )  # fmt: skip


def _height_pt(axes: Axes) -> float:
    """The height of the area between the axes; a point is a pixel of the canvas at 72 dpi."""
    return float(axes.bbox.height * 72 / axes.figure.dpi)


def end_labels(axes: Axes, labels: Sequence[EndLabel]) -> None:
    """Names to the right of the frame, at the heights of their lines but never on each other.
    Call it last: it needs the final scale."""
    height_pt = _height_pt(axes)
    placed: list[tuple[float, EndLabel]] = []
    for label in labels:
        at = axes.transAxes.inverted().transform(axes.transData.transform((0, label.y)))[1]
        placed.append((float(np.clip(at, 0, 1)) * height_pt, label))
    placed.sort(key=lambda each: each[0])
    heights = spread([at for at, _ in placed], LABEL_GAP_PT, height_pt)
    for height, (_, label) in zip(heights, placed, strict=True):
        axes.text(
            1.012, height / height_pt, label.text, transform=axes.transAxes, ha="left",
            va="center_baseline", color=label.colour, fontsize=TYPE_PT,
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float, top: float) -> list[float]:
    """Ascending `heights` moved apart to be at least `gap` from each other, at most `top`
    while there is room."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + gap) if moved else height)
    limit = max(top, gap * (len(moved) - 1))
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved
