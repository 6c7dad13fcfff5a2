"""The picture of a sale with its band."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from reports.render.picture_file import PictureError
from reports.render.simulation_course import CoursePicture, write_course_picture

PICTURE = CoursePicture(
    title="flash_sale 大促",
    subtitle="12 replications",
    width_s=1.0,
    mean_per_s=np.array([10.0] * 60),
    low_per_s=np.array([8.0] * 60),
    high_per_s=np.array([12.0] * 60),
    phases=(("preheat", 0.0, 30.0), ("blink", 30.0, 31.0), ("sale", 31.0, 60.0)),
)


def test_the_picture_names_what_it_shows_and_every_phase_that_has_room(tmp_path: Path) -> None:
    write_course_picture(PICTURE, tmp_path / "course.svg")
    svg = (tmp_path / "course.svg").read_text("utf-8")
    texts = {*re.findall(r"<text[^>]*>([^<]*)</text>", svg)}
    assert {PICTURE.title, PICTURE.subtitle, "preheat", "sale"} <= texts
    assert "blink" not in texts


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"must end in \.svg or \.png"):
        write_course_picture(PICTURE, tmp_path / "course.gif")
