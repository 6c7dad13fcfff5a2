"""Counts of a search fall into the window in which an action was due, and add up."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reports.record.manifest import Stair
from reports.slo.objective import Objective
from reports.slo.stair_counts import StairCounts, count_stairs, window_s, windows_in
from tests.reports.ramps import BROKEN, HELD, Level, ramp_record, stairs_of

IN_TIME = Objective(
    name="in time", indicator="response_time", target=Fraction(95, 100), below_s=0.5
)
LEVELS = (*HELD, BROKEN)


def as_arrays(counts: StairCounts) -> dict[str, object]:
    return {each.name: getattr(counts, each.name) for each in dataclasses.fields(counts)}


def test_only_the_part_after_the_settling_time_is_counted(tmp_path: Path) -> None:
    counts = count_stairs(ramp_record(tmp_path, LEVELS), stairs_of(LEVELS), [IN_TIME])
    assert counts.started.shape == (4, 8)
    assert counts.started.tolist() == [[each.rate_per_s] * 8 for each in LEVELS]
    assert counts.total[0].tolist() == counts.sent.tolist()
    assert counts.good[0].sum(axis=1).tolist() == [160, 320, 480, 0]


def test_goodput_counts_actions_when_they_finish(tmp_path: Path) -> None:
    """Replies of the slow stair come 2 s late: the first two seconds of it have none."""
    counts = count_stairs(ramp_record(tmp_path, LEVELS), stairs_of(LEVELS), [])
    assert counts.finished_ok[0].tolist() == [20] * 8
    assert counts.finished_ok[3].tolist() == [80] * 8
    stairs = stairs_of(LEVELS, settle_s=0.0)
    counts = count_stairs(ramp_record(tmp_path / "b", LEVELS), stairs, [])
    assert counts.finished_ok[3].tolist() == [6, 0, *[80] * 8]


def test_counts_of_the_parts_of_a_record_add_up_to_those_of_the_whole(tmp_path: Path) -> None:
    record, stairs = ramp_record(tmp_path, LEVELS), stairs_of(LEVELS)
    parts = [
        count_stairs(
            dataclasses.replace(record, actions=record.actions[part::3]), stairs, [IN_TIME]
        )
        for part in range(3)
    ]
    whole = as_arrays(count_stairs(record, stairs, [IN_TIME]))
    together = as_arrays(parts[0].plus(parts[1]).plus(parts[2]))
    for name, values in whole.items():
        assert together[name] == pytest.approx(values), name


def test_a_late_start_counts_in_its_window(tmp_path: Path) -> None:
    level = Level(rate_per_s=20, late=(3,))
    counts = count_stairs(ramp_record(tmp_path, [level]), stairs_of([level]), [])
    assert counts.late.tolist() == [[0, 20, *[0] * 6]]


@pytest.mark.parametrize(
    ("duration_s", "settle_s", "windows", "length_s"),
    [(12.0, 4.0, 8, 1.0), (6.5, 2.0, 4, 1.125), (0.02, 0.0, 4, 0.005), (60.0, 0.0, 60, 1.0)],
)
def test_a_window_is_about_a_second_and_there_are_at_least_four(
    duration_s: float, settle_s: float, windows: int, length_s: float
) -> None:
    stair = Stair(rate_per_s=1.0, start_s=0.0, duration_s=duration_s, settle_s=settle_s)
    assert windows_in(stair) == windows
    assert window_s(stair) == pytest.approx(length_s)


def test_instants_outside_of_every_stair_count_nowhere(tmp_path: Path) -> None:
    record = ramp_record(tmp_path, HELD)
    later = tuple(dataclasses.replace(each, start_s=each.start_s + 100) for each in stairs_of(HELD))
    assert not np.any(count_stairs(record, later, []).sent)
