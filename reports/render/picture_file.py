"""A picture in a file of its own: a figure under its title, in a report's light style."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.render.figure import STYLE
from reports.render.palette import LIGHT, STAND_IN

FORMATS = (".svg", ".png")
WIDTH_IN, DOTS_PER_IN = 10.0, 144
TITLE_IN, SUBTITLE_IN = 0.25, 0.55
"""From the top."""


class PictureError(Exception):
    """A picture that cannot be written; the message names the file and the reason."""


def titled_figure(title: str, subtitle: str, *, height_in: float, left: float) -> Figure:
    """An empty figure below its titles, which begin at `left`, a ratio of the width."""
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DOTS_PER_IN)
    FigureCanvasAgg(figure)
    at, below = 1 - TITLE_IN / height_in, 1 - SUBTITLE_IN / height_in
    figure.text(left, at, title, fontsize=15, weight="bold", va="center")
    figure.text(left, below, subtitle, fontsize=10.5, va="center", color=LIGHT["muted"])
    return figure


def save_figure(drawn: Callable[[], Figure], file: Path, *, salt: str) -> None:
    """Writes what `drawn` draws in a report's style; `salt` makes an SVG's ids the same each time.
    Raises PictureError."""
    if file.suffix.lower() not in FORMATS:
        raise PictureError(f"{file}: must end in {' or '.join(FORMATS)}")
    light = {STAND_IN[name]: colour for name, colour in LIGHT.items()}
    style = {key: light.get(value, value) for key, value in STYLE.items()}
    style["figure.facecolor"] = LIGHT["page"]
    with matplotlib.rc_context({**style, "svg.hashsalt": salt}), warnings.catch_warnings():
        # A reader's fonts show the text of an SVG: a glyph that is missing here is no loss.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = drawn()
        metadata = {"Date": None} if file.suffix.lower() == ".svg" else None
        try:
            figure.savefig(file, format=file.suffix[1:].lower(), metadata=metadata)
        except OSError as error:
            raise PictureError(f"{file}: cannot be written: {error.strerror}") from error
