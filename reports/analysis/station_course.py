"""How busy each simulated station was in the course of a run, and how long its queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.analysis.quantiles import Floats
from reports.analysis.timeline import window_for
from reports.record.reader import RunRecord

BUSY, QUEUE = "utilisation_ratio:", "queue_length:"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationCourse:
    """Arrays of shape (windows,), NaN where nothing was read: the mean share of the servers at
    work in each window, and the longest queue that was read in it."""

    busy_ratio: Floats
    longest_queue: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class StationCourses:
    """Window k is [k window_s, (k + 1) window_s), up to when the last station had somebody.
    `stations` are those with limited servers, the busiest first."""

    window_s: float
    end_s: float
    stations: Mapping[str, StationCourse]

    @property
    def middle_s(self) -> Floats:
        windows = len(next(iter(self.stations.values())).busy_ratio)
        middle_s: Floats = (np.arange(windows, dtype=np.float64) + 0.5) * self.window_s
        return middle_s


def station_courses(record: RunRecord) -> StationCourses | None:
    """The courses of a simulated run's stations; None of a run that read no such gauges."""
    gauges = record.gauges
    gauges = gauges[gauges["name"].str.startswith((BUSY, QUEUE))]
    if gauges.empty:
        return None
    active = gauges[gauges["value"] > 0]
    end_s = max(record.manifest.plan.duration_s, float(active["t_s"].max() if len(active) else 0.0))
    window_s = window_for(end_s)
    names = [name.removeprefix(BUSY) for name in gauges["name"].unique() if name.startswith(BUSY)]
    courses = {name: _course(gauges, name, window_s, end_s) for name in names}
    ordered = sorted(courses, key=lambda name: -np.nanmax(courses[name].busy_ratio, initial=0.0))
    return StationCourses(
        window_s=window_s, end_s=end_s, stations={name: courses[name] for name in ordered}
    )


def _course(gauges: pd.DataFrame, name: str, window_s: float, end_s: float) -> StationCourse:
    return StationCourse(
        busy_ratio=_windowed(gauges, BUSY + name, window_s, end_s, "mean"),
        longest_queue=_windowed(gauges, QUEUE + name, window_s, end_s, "max"),
    )


def _windowed(gauges: pd.DataFrame, name: str, window_s: float, end_s: float, how: str) -> Floats:
    """A gauge says what was up to its instant, so the reading at a window's end is of it."""
    readings = gauges[(gauges["name"] == name) & (gauges["t_s"] > 0) & (gauges["t_s"] <= end_s)]
    windows = max(1, int(np.ceil(end_s / window_s - 1e-9)))
    window = np.ceil(readings["t_s"].to_numpy() / window_s - 1e-9).astype(np.int64) - 1
    of_each = readings["value"].groupby(window).agg(how)
    return of_each.reindex(range(windows)).to_numpy(dtype=np.float64)
