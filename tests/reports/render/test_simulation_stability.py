"""The picture of a load that stays down."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from reports.render.picture_file import PictureError
from reports.render.simulation_stability import StabilityPicture, write_stability_picture

PICTURE = StabilityPicture(
    title="商城: a load that does not recover",
    subtitle="28.3 visits/s",
    width_s=1.0,
    due_per_s=np.array([28.0] * 30 + [280.0] * 5 + [28.0] * 65),
    answered_per_s=np.array([28.0] * 30 + [90.0] * 5 + [1.0] * 65),
    pulse_s=(30.0, 35.0),
)


def test_the_picture_names_its_lines_and_its_pulse(tmp_path: Path) -> None:
    write_stability_picture(PICTURE, tmp_path / "band.svg")
    svg = (tmp_path / "band.svg").read_text("utf-8")
    texts = {*re.findall(r"<text[^>]*>([^<]*)</text>", svg)}
    assert {"due", "answered in time", "pulse", PICTURE.title, "actions a second"} <= texts


def test_a_png_is_one(tmp_path: Path) -> None:
    write_stability_picture(PICTURE, tmp_path / "band.png")
    assert (tmp_path / "band.png").read_bytes().startswith(b"\x89PNG")


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"must end in \.svg or \.png"):
        write_stability_picture(PICTURE, tmp_path / "band.gif")
