"""What a search found, whatever way it ended, and what it exits by."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from reports.record.manifest import Ending, Invariant
from reports.record.reader import RunRecord
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import Judgement, judge
from reports.slo.limit import Limit, limit_of
from reports.slo.limit_interval import RateInterval
from reports.slo.objective import Objective
from tests.reports.ramps import ALL, BROKEN, HELD, Level, ramp_record
from tests.reports.records import shop_record

IN_TIME = Objective(
    name="in time", indicator="response_time", target=Fraction(95, 100), below_s=0.5
)
GLITCH = Level(rate_per_s=40, slow=[5])
LATE = Level(rate_per_s=80, late=ALL)


def found(record: RunRecord) -> Limit:
    limit = limit_of(record, [IN_TIME])
    assert limit is not None
    return limit


def judged(record: RunRecord, at_least_per_s: float | None = None) -> Judgement:
    return judge(record, [IN_TIME], at_least_per_s=at_least_per_s)


def rates(limit: Limit) -> tuple[float | None, float | None]:
    held, broke = (each.stair.rate_per_s if each else None for each in (limit.held, limit.broke))
    return held, broke


def test_a_run_of_another_kind_is_no_search(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    assert limit_of(record, [IN_TIME]) is None
    assert judged(record).limit is None


def test_the_limit_lies_between_the_last_that_held_and_the_first_that_broke(
    tmp_path: Path,
) -> None:
    limit = found(ramp_record(tmp_path, [*HELD, BROKEN]))
    assert limit.outcome == "found"
    assert rates(limit) == (60, 80)
    assert limit.interval == RateInterval(lowest_per_s=60, highest_per_s=80)


def test_a_glitch_on_the_way_neither_ends_the_search_nor_lowers_what_held(tmp_path: Path) -> None:
    """It only makes less sure: had two seconds been bad, the limit would have seemed lower."""
    limit = found(ramp_record(tmp_path, [HELD[0], GLITCH, HELD[2], BROKEN]))
    assert [each.outcome for each in limit.stairs] == ["held", "unclear", "held", "broke"]
    assert rates(limit) == (60, 80)
    assert limit.interval == RateInterval(lowest_per_s=20, highest_per_s=80)


def test_what_lies_beyond_the_break_counts_no_more(tmp_path: Path) -> None:
    """A simulation plays its stairs to the end."""
    limit = found(ramp_record(tmp_path, [*HELD, BROKEN, Level(rate_per_s=100)]))
    assert rates(limit) == (60, 80)


@pytest.mark.parametrize(
    ("levels", "outcome", "code"),
    [
        ([*HELD, BROKEN], "found", ExitCode.MET),
        ([BROKEN], "below", ExitCode.VIOLATED),
        (HELD, "not_reached", ExitCode.INCONCLUSIVE),
        ([*HELD, LATE], "generator_limited", ExitCode.RUN_INVALID),
        ([Level(rate_per_s=1)], "no_data", ExitCode.INCONCLUSIVE),
    ],
)
def test_each_end_of_a_search_has_its_exit_code(
    tmp_path: Path, levels: list[Level], outcome: str, code: ExitCode
) -> None:
    judgement = judged(ramp_record(tmp_path, levels))
    assert judgement.limit is not None
    assert judgement.limit.outcome == outcome
    assert judgement.exit_code is code


@pytest.mark.parametrize(
    ("levels", "at_least_per_s", "code"),
    [
        ([*HELD, BROKEN], 60.0, ExitCode.MET),
        ([*HELD, BROKEN], 60.5, ExitCode.VIOLATED),
        (HELD, 60.0, ExitCode.MET),
        (HELD, 100.0, ExitCode.INCONCLUSIVE),
        ([*HELD, LATE], 40.0, ExitCode.MET),
        ([*HELD, LATE], 80.0, ExitCode.RUN_INVALID),
        ([BROKEN], 20.0, ExitCode.VIOLATED),
    ],
)
def test_a_demanded_rate_must_have_held(
    tmp_path: Path, levels: list[Level], at_least_per_s: float, code: ExitCode
) -> None:
    assert judged(ramp_record(tmp_path, levels), at_least_per_s).exit_code is code


def test_objectives_are_judged_on_the_stairs_that_held(tmp_path: Path) -> None:
    verdict = judged(ramp_record(tmp_path, [*HELD, BROKEN])).verdicts[0]
    assert verdict.outcome == "met"
    assert (verdict.good, verdict.total) == (8 * 120, 8 * 120)


def test_a_limit_makes_up_for_no_broken_invariant(tmp_path: Path) -> None:
    record = ramp_record(tmp_path, [*HELD, BROKEN])
    oversold = Invariant(name="no oversell", held=False, evidence="1 unit too many")
    manifest = dataclasses.replace(record.manifest, invariants=(oversold,))
    judgement = judged(dataclasses.replace(record, manifest=manifest))
    assert judgement.exit_code is ExitCode.VIOLATED


def test_a_search_that_ended_by_itself_was_not_cut_short(tmp_path: Path) -> None:
    ending = Ending(reason="limit_found", at_s=42.0, detail="broke at 80/s")
    judgement = judged(ramp_record(tmp_path, [*HELD, BROKEN], ending=ending))
    assert judgement.cut_short == ""
    assert judgement.exit_code is ExitCode.MET


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (Ending(reason="interrupted", at_s=35.0), ExitCode.INTERRUPTED),
        (Ending(reason="aborted", at_s=35.0), ExitCode.ABORTED),
    ],
)
def test_a_search_cut_short_tells_what_was_played_to_its_end(
    tmp_path: Path, ending: Ending, code: ExitCode
) -> None:
    judgement = judged(ramp_record(tmp_path, [*HELD, BROKEN], ending=ending), 20.0)
    assert judgement.exit_code is code
    assert judgement.limit is not None
    assert rates(judgement.limit) == (60, None)


def test_the_same_record_gives_the_same_intervals(tmp_path: Path) -> None:
    record = ramp_record(tmp_path, [HELD[0], GLITCH, HELD[2], BROKEN])
    assert found(record).interval == found(record).interval
    assert found(record).knee == found(record).knee
