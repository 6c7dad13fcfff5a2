"""The stations of a simulated run over time: what is drawn is what was read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from reports.analysis.station_course import station_courses
from reports.record.reader import RunRecord
from reports.record.row import GaugeRow
from reports.render.palette import STAND_IN
from reports.render.simulation_charts import MOST_STATIONS, station_charts
from tests.reports.records import manifest_of, record_of, row


def simulated(
    directory: Path, levels: dict[str, list[tuple[float, float]]], *, origin: str = "simulated"
) -> RunRecord:
    """A run with (busy, queue) of each station at 1, 2, 3, ... s; the last queue is as read."""
    gauges = [
        GaugeRow(at_s + 1.0, f"{kind}:{name}", value)
        for name, readings in levels.items()
        for at_s, pair in enumerate(readings)
        for kind, value in zip(("utilisation_ratio", "queue_length"), pair, strict=True)
    ]
    manifest = manifest_of(arrivals_per_second=[1] * 10, origin=origin)
    return record_of(directory, [row(0)], gauges=gauges, manifest=manifest)


LEVELS = {
    "付款": [(0.5, 0), (1.0, 4), (1.0, 400)] + [(0.2, 0)] * 7,
    "gateway": [(0.1, 0)] * 10,
}


def test_a_reading_is_of_the_time_before_it(tmp_path: Path) -> None:
    courses = station_courses(simulated(tmp_path / "run", LEVELS))
    assert courses is not None
    assert courses.window_s == 1
    assert list(courses.stations) == ["付款", "gateway"]
    course = courses.stations["付款"]
    assert course.busy_ratio[:4].tolist() == [0.5, 1.0, 1.0, 0.2]
    assert np.nanmax(course.longest_queue) == 400


def test_stations_that_work_on_after_the_plan_are_drawn_to_their_end(tmp_path: Path) -> None:
    record = simulated(tmp_path / "run", {"warehouse": [(0.9, 1)] * 25 + [(0.0, 0)] * 5})
    courses = station_courses(record)
    assert courses is not None
    assert courses.end_s == 25


def test_the_chart_names_each_station_and_its_highest_figures(tmp_path: Path) -> None:
    (chart,) = station_charts(simulated(tmp_path / "run", LEVELS))
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", chart.svg)
    assert {"付款: up to 100 %", "up to 400 waiting", "gateway: up to 10 %"} <= {*texts}
    assert "At least 95 % busy: 付款 for 2 s." in chart.caption
    assert not any(colour in chart.svg for colour in STAND_IN.values())


def test_the_least_busy_of_many_stations_are_counted_and_not_drawn(tmp_path: Path) -> None:
    levels = {f"desk_{k}": [((k + 1) / 100, 0.0)] * 10 for k in range(MOST_STATIONS + 3)}
    (chart,) = station_charts(simulated(tmp_path / "run", levels))
    assert "3 stations that were less busy are not drawn" in chart.caption
    assert "desk_0:" not in chart.svg


@pytest.mark.parametrize(
    ("levels", "origin"), [({}, "simulated"), ({"desk": [(0.5, 1)]}, "measured")]
)
def test_a_run_without_stations_has_no_such_chart(
    tmp_path: Path, levels: dict[str, list[tuple[float, float]]], origin: str
) -> None:
    assert not list(station_charts(simulated(tmp_path / "run", levels, origin=origin)))
