"""The frame of every chart."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes

from reports.render import wording
from reports.render.figure import EndLabel, drawn, end_labels, plain, spread, value_axis
from reports.render.palette import DARK, LIGHT, STAND_IN, stylesheet


def test_labels_keep_their_order_and_their_distance() -> None:
    assert spread([5.0, 6.0, 50.0], 10.0, 100.0) == [5.0, 15.0, 50.0]
    assert spread([95.0, 96.0, 97.0], 10.0, 100.0) == [80.0, 90.0, 100.0]


@given(st.lists(st.floats(0, 100), max_size=8))
def test_labels_never_overlap(heights: list[float]) -> None:
    moved = spread(sorted(heights), 13.0, 100.0)
    assert len(moved) == len(heights)
    assert all(b - a >= 13.0 - 1e-9 for a, b in itertools.pairwise(moved))


def test_a_chart_keeps_its_text_and_uses_variables_for_colours() -> None:
    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [1, 2], color=STAND_IN["first"])
        value_axis(axes, "每秒访问 $1 & <b>", top=3)
        end_labels(axes, [EndLabel(y=1, text="双十一", colour=STAND_IN["second"])])

    svg = drawn("test", draw)
    assert svg.startswith("<svg")
    assert "双十一" in svg
    assert "每秒访问 $1 &amp; &lt;b&gt;" in svg
    assert "var(--first)" in svg
    assert not re.search(
        r"#[0-9a-f]{6}\b(?!\w)", re.sub(r'(href|id)="[^"]*"|url\([^)]*\)', "", svg)
    )
    assert "http" not in svg
    assert "font-family" not in svg


def test_the_same_chart_has_the_same_bytes() -> None:
    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [1, 2], marker="o")

    assert drawn("same", draw) == drawn("same", draw)


def test_every_colour_is_told_apart_from_every_other() -> None:
    assert len(set(STAND_IN.values())) == len(STAND_IN) == len(LIGHT) == len(DARK)
    assert "prefers-color-scheme:dark" in stylesheet()


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_text_is_readable_in_light_and_dark() -> None:
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1."""
    for colours in (LIGHT, DARK):
        for name in ("ink", "muted", "good", "bad", "unsure", "void", "first", "limit"):
            for ground in ("page", "card"):
                pair = sorted((luminance(colours[name]), luminance(colours[ground])))
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (name, ground)


def test_long_runs_have_clock_times() -> None:
    assert [wording.clock(t) for t in (0, 90, 600, 3725)] == ["0 s", "90 s", "10:00", "1:02:05"]


def test_ticks_of_small_values_are_told_apart() -> None:
    assert [plain(v) for v in (0, 0.004, 2.5, 60, 1500, 999_999, 1e6, 104_494_312, 5e9)] == [
        "0", "0.004", "2.5", "60", "1,500", "999,999", "1 M", "104.5 M", "5,000 M",
    ]  # fmt: skip
