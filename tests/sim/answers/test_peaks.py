"""The busiest window of levels that are written down here."""

from __future__ import annotations

import numpy as np
import pytest

from sim.answers.peaks import STARTS, BusiestWindow, peak_widths_s
from sim.model.call import Branch, Choice, Demand, Hold, Send
from sim.model.distribution import until
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from tests.sim.plays import fixed


def highest(width_s: float, readings: list[tuple[float, float]]) -> BusiestWindow:
    window = BusiestWindow(width_s, 2)
    for at_s, mean in readings:
        window.read(at_s, np.array([mean, 1.0 - mean]))
    return window


def test_the_highest_mean_is_that_of_the_busiest_window_of_each_level():
    levels = [0.0, 0.2, 0.9, 0.7, 0.1, 0.1, 0.1]
    window = highest(2.0, list(enumerate(levels)))
    assert window.highest.tolist() == pytest.approx([0.8, 0.9])


def test_a_reading_counts_for_the_time_since_the_one_before():
    window = highest(3.0, [(0.0, 0.0), (1.0, 1.0), (3.0, 0.4)])
    assert window.highest[0] == pytest.approx((1.0 + 2 * 0.4) / 3)


def test_a_reading_of_more_than_the_width_is_a_window_by_itself():
    assert highest(2.0, [(0.0, 0.0), (2.0, 0.1), (10.0, 0.6)]).highest[0] == pytest.approx(0.6)


def test_a_run_that_is_shorter_than_the_window_is_one_window():
    window = highest(60.0, [(0.0, 0.0), (1.0, 1.0), (4.0, 0.0)])
    assert (window.highest[0], window.width_s) == (pytest.approx(0.25), 4.0)


def test_a_window_of_many_readings_may_begin_at_a_few_of_them():
    """Full for exactly the width: at least all but one 60th of it is found."""
    readings = [(float(at_s), float(700 < at_s <= 1300)) for at_s in range(3000)]
    window = highest(600.0, readings)
    assert 1 - 1 / STARTS <= window.highest[0] <= 1.0


def test_a_window_is_a_twentieth_of_the_plan_but_a_minute_at_most_or_ten_services():
    step = StepModel(
        call=(
            fixed("web", 0.1),
            Hold(station="desk", call=(
                Choice(name="who", branches=(
                    Branch(share=0.5, call=(fixed("talk", 300.0), fixed("talk", 60.0))),
                    Branch(share=0.5, call=(fixed("talk", 100.0),)),
                )),
                Send(name="later", call=(fixed("web", 1.0),)),
            )),
        ),
        background=(Demand(station="truck", time=until(86_400.0)), fixed("picker", 40.0)),
    )  # fmt: skip
    names = ("web", "desk", "talk", "truck", "picker")
    stations = {name: StationModel(servers=1) for name in names}
    model = ServiceModel(name="tiny", stations=stations, steps={"buy": step})
    short = {"web": 10.0, "desk": 3600.0, "talk": 3000.0, "truck": 5.0, "picker": 400.0}
    assert peak_widths_s(60.0, model) == short
    assert peak_widths_s(93_600.0, model) == {**short, "web": 60.0, "truck": 60.0}
    assert peak_widths_s(600.0, model)["truck"] == 30.0
    assert peak_widths_s(3.0, model)["truck"] == 3.0
