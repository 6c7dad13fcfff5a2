"""A stair breaks by more than chance, and never through the generator's fault."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from reports.slo.objective import Objective
from reports.slo.stair_counts import count_stairs
from reports.slo.stair_verdict import StairVerdict, judge_stairs, ratio_interval
from tests.reports.ramps import ALL, BROKEN, HELD, Level, ramp_record, stairs_of

SUCCESS = Objective(name="succeeds", indicator="success", target=Fraction(99, 100))
IN_TIME = Objective(
    name="in time", indicator="response_time", target=Fraction(95, 100), below_s=0.5
)
AT_60 = 60


def judged(directory: Path, *levels: Level) -> tuple[StairVerdict, ...]:
    stairs = stairs_of(levels)
    counts = count_stairs(ramp_record(directory, levels), stairs, [SUCCESS, IN_TIME])
    return judge_stairs(counts, stairs, [SUCCESS, IN_TIME])


def outcomes(directory: Path, *levels: Level) -> list[str]:
    return [each.outcome for each in judged(directory, *levels)]


def test_stairs_hold_until_one_breaks(tmp_path: Path) -> None:
    assert outcomes(tmp_path, *HELD, BROKEN) == ["held", "held", "held", "broke"]
    last = judged(tmp_path / "b", *HELD, BROKEN)[-1]
    assert [each.objective.name for each in last.broken] == ["in time"]
    assert (last.broken[0].good, last.broken[0].total) == (0, 640)
    assert last.started_per_s == pytest.approx(80)


def test_one_bad_second_breaks_nothing_however_many_actions_it_hits(tmp_path: Path) -> None:
    """60 of 480 actions are slow: Clopper and Pearson alone would be sure that 95 % is missed."""
    assert outcomes(tmp_path, Level(rate_per_s=60, slow=[5])) == ["unclear"]


def test_bad_seconds_all_over_a_stair_break_it(tmp_path: Path) -> None:
    assert outcomes(tmp_path, Level(rate_per_s=60, slow=[2, 4, 5, 7, 8])) == ["broke"]


def test_seconds_in_which_the_generator_was_late_are_left_out(tmp_path: Path) -> None:
    stair = judged(tmp_path, Level(rate_per_s=60, slow=[3, 4], late=[3, 4]))[0]
    assert stair.outcome == "held"
    assert stair.usable.tolist() == [True, False, False, *[True] * 5]
    assert stair.shares[1].total == 6 * AT_60


def test_a_stair_at_which_the_generator_was_mostly_late_says_nothing(tmp_path: Path) -> None:
    assert outcomes(tmp_path, Level(rate_per_s=60, late=[2, 3, 4, 5, 6])) == ["generator_limited"]


@pytest.mark.parametrize(
    ("below_s", "lag_s", "outcome"),
    [
        # Replies take 2 s. Missed by 1.5 s: a generator half a second late cannot have done that.
        (0.5, 0.2, "broke"),
        (0.5, 0.6, "generator_limited"),
        # Missed by 0.8 s: the generator may have started and read each half a second late.
        (1.2, 0.2, "generator_limited"),
    ],
)
def test_a_platform_that_is_far_too_slow_has_no_excuse_in_a_late_generator(
    tmp_path: Path, below_s: float, lag_s: float, outcome: str
) -> None:
    level = Level(rate_per_s=60, slow=ALL, late=ALL, lag_s=lag_s)
    objective = dataclasses.replace(IN_TIME, below_s=below_s)
    counts = count_stairs(ramp_record(tmp_path, [level]), stairs_of([level]), [SUCCESS, objective])
    stair = judge_stairs(counts, stairs_of([level]), [SUCCESS, objective])[0]
    assert stair.outcome == outcome
    assert stair.in_spite is (outcome == "broke")


def test_a_failure_never_breaks_a_stair_at_which_the_generator_was_late(tmp_path: Path) -> None:
    """It may have been the generator's: no more sockets, no more memory."""
    assert outcomes(tmp_path, Level(rate_per_s=60, failing=ALL, late=ALL)) == ["generator_limited"]


def test_half_of_the_windows_are_enough(tmp_path: Path) -> None:
    late = Level(rate_per_s=60, late=[2, 3, 4, 5])
    assert outcomes(tmp_path, late) == ["held"]


def test_too_few_events_hold_nothing(tmp_path: Path) -> None:
    """99 % needs a hundred events and 95 % twenty: 8 s at 2/s are 16."""
    assert outcomes(tmp_path, Level(rate_per_s=2)) == ["unclear"]


def test_a_fall_of_the_goodput_breaks_a_stair(tmp_path: Path) -> None:
    """Errors that no objective speaks of: at 60/s one second of eight is ok, after 40/s before."""
    stairs = stairs_of(HELD)
    levels = (*HELD[:2], Level(rate_per_s=60, failing=[2, 3, 4, 5, 6, 7, 8]))
    elsewhere = dataclasses.replace(IN_TIME, steps=("search",))
    counts = count_stairs(ramp_record(tmp_path, levels), stairs, [elsewhere])
    last = judge_stairs(counts, stairs, [elsewhere])[-1]
    assert last.outcome == "broke"
    assert last.fall is not None
    assert (last.fall.from_rate_per_s, last.fall.from_goodput_per_s) == (40.0, 40.0)
    assert last.goodput_per_s < 10


def test_a_fall_that_chance_could_explain_is_none(tmp_path: Path) -> None:
    """30/s after 40/s, through two bad seconds of eight: half of the interval is 15/s wide."""
    levels = (*HELD[:2], Level(rate_per_s=40, failing=[3, 6]))
    elsewhere = dataclasses.replace(IN_TIME, steps=("search",))
    counts = count_stairs(ramp_record(tmp_path, levels), stairs_of(levels), [elsewhere])
    last = judge_stairs(counts, stairs_of(levels), [elsewhere])[-1]
    assert last.goodput_per_s == pytest.approx(30)
    assert last.fall is None


def test_goodput_that_stays_level_is_no_fall(tmp_path: Path) -> None:
    assert outcomes(tmp_path, *HELD[:2], Level(rate_per_s=40)) == ["held"] * 3


def test_a_window_is_the_unit_of_chance() -> None:
    """Cochran's formula by hand: p = 0.5, residuals 10, -10, 10, -10, t of 3 degrees 3.182."""
    good, total = np.array([20.0, 0.0, 20.0, 0.0]), np.full(4, 20.0)
    low, high = ratio_interval(good, total)
    half = 3.18245 * np.sqrt(4 / 3 * 400) / 80
    assert (low, high) == pytest.approx((max(0.0, 0.5 - half), min(1.0, 0.5 + half)), rel=1e-5)


def test_equal_windows_leave_no_doubt_between_them() -> None:
    assert ratio_interval(np.full(8, 9.0), np.full(8, 10.0)) == pytest.approx((0.9, 0.9))


def test_one_window_tells_nothing() -> None:
    assert ratio_interval(np.array([5.0]), np.array([10.0])) == (0.0, 1.0)
