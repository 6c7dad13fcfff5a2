"""The picture of a plan: its text can be read and searched, its file is what its name says."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from reports.record.manifest import PhaseSpan
from reports.render.palette import STAND_IN
from reports.render.picture_file import PictureError
from reports.render.plan_picture import PlanPicture, write_picture

PICTURE = PlanPicture(
    title="双十一 <sale>",
    subtitle="1,000 visits expected in 10 s",
    duration_s=10.0,
    phases=(
        PhaseSpan(name="warm-up", start_s=0.0, duration_s=2.0, judged=False),
        PhaseSpan(name="秒杀", start_s=2.0, duration_s=8.0),
    ),
    t_s=np.array([0.0, 1.999, 2.0, 9.999]),
    rates_per_s=np.array([50.0, 50.0, 112.5, 112.5]),
    visits=np.array([0.0, 100.0, 100.0, 1_000.0]),
)


def texts(file: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", file.read_text("utf-8"))


def test_text_of_an_svg_stays_text(tmp_path: Path) -> None:
    write_picture(PICTURE, tmp_path / "plan.svg")
    found = texts(tmp_path / "plan.svg")
    assert {
        "双十一 &lt;sale&gt;",
        "秒杀",
        "warm-up (not judged)",
        "visits a second",
        "visits so far",
    } <= {*found}
    assert "10 s" in found


def test_colours_are_real_ones(tmp_path: Path) -> None:
    write_picture(PICTURE, tmp_path / "plan.svg")
    svg = (tmp_path / "plan.svg").read_text("utf-8")
    assert not any(colour in svg for colour in STAND_IN.values())


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        write_picture(PICTURE, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_png_is_one(tmp_path: Path) -> None:
    write_picture(PICTURE, tmp_path / "plan.PNG")
    assert (tmp_path / "plan.PNG").read_bytes().startswith(b"\x89PNG\r\n")


def test_a_plan_without_visits_is_drawn(tmp_path: Path) -> None:
    still = dataclasses.replace(PICTURE, rates_per_s=np.zeros(4), visits=np.zeros(4))
    write_picture(still, tmp_path / "plan.svg")
    assert "秒杀" in texts(tmp_path / "plan.svg")


@pytest.mark.parametrize(
    ("duration_s", "shown"), [(10.0, "10 s"), (1_800.0, "25:00"), (86_400.0, "18 h")]
)
def test_a_long_plan_has_a_clock_of_hours(tmp_path: Path, duration_s: float, shown: str) -> None:
    long = dataclasses.replace(
        PICTURE, duration_s=duration_s, t_s=PICTURE.t_s * duration_s / 10,
        phases=(PhaseSpan(name="day", start_s=0.0, duration_s=duration_s),),
    )  # fmt: skip
    write_picture(long, tmp_path / "plan.svg")
    assert shown in texts(tmp_path / "plan.svg")


@pytest.mark.parametrize(
    ("name", "told"),
    [("plan.gif", "must end in .svg or .png"), ("plan", "must end in"),
     ("no/plan.svg", "cannot be written: No such file")],
)  # fmt: skip
def test_a_picture_that_cannot_be_written_is_refused(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(PictureError, match=told):
        write_picture(PICTURE, tmp_path / name)


def test_crowded_phases_have_names_in_rows_and_those_without_room_none(tmp_path: Path) -> None:
    phases = tuple(
        PhaseSpan(name=f"a long name {number}", start_s=number / 2, duration_s=0.5)
        for number in range(20)
    )
    write_picture(dataclasses.replace(PICTURE, phases=phases), tmp_path / "plan.svg")
    svg = (tmp_path / "plan.svg").read_text("utf-8")
    named = [each for each in texts(tmp_path / "plan.svg") if each.startswith("a long")]
    assert 6 < len(named) < 20
    heights = re.findall(r'y="([\d.]+)"[^>]*>a long name', svg)
    assert len(set(heights)) == 3
