"""A search ends the run when a stair has broken, on the rows that are written by then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from reports.record.writer import RecordWriter
from reports.slo.judgement import judge
from reports.slo.objective_file import parse_objectives
from scenarios.rehearsal.stair_search import SearchEnd, StairSearch, stair_search
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Phase, Stairs
from tests.reports.ramps import ALL, BROKEN, HELD, Level, ramp_manifest, ramp_record, rows_of
from tests.scenarios.workload.campaigns import campaign, flat

OBJECTIVES = """\
objectives:
  - {name: in time, indicator: response_time, below: 500ms, target: 95 %}
"""
LATE = Level(rate_per_s=80, late=ALL)


def looked_on(directory: Path, levels: Sequence[Level]) -> tuple[float, SearchEnd | None]:
    """Plays `levels` into a record second by second; when the search ended, and how."""
    rows = rows_of(levels)
    manifest = ramp_manifest(levels)
    with RecordWriter(directory, manifest) as writer:
        search = StairSearch(directory, manifest, parse_objectives(OBJECTIVES, "x.yaml"))
        for now_s in range(1, 10 * len(levels) + 5):
            for each in rows:
                if now_s - 1 <= each.finished_s < now_s:
                    writer.action(each)
            writer.flush()
            if end := search.look(float(now_s)):
                return float(now_s), end
    return float(now_s), None


def test_the_run_ends_two_seconds_after_the_stair_that_broke(tmp_path: Path) -> None:
    at_s, end = looked_on(tmp_path, [*HELD, BROKEN, Level(rate_per_s=100)])
    assert at_s == 42
    assert end is not None
    assert end.reason == "limit_found"
    assert end.detail == "broke at 80/s: in time: 0.00 % (target 95 %)"


def test_what_broke_while_it_ran_has_broken_in_the_report(tmp_path: Path) -> None:
    levels = [*HELD, Level(rate_per_s=80, slow=[2, 4, 6, 8]), BROKEN]
    _, end = looked_on(tmp_path / "live", levels)
    record = ramp_record(tmp_path / "whole", levels)
    limit = judge(record, parse_objectives(OBJECTIVES, "x.yaml")).limit
    assert end is not None
    assert limit is not None
    assert limit.broke is not None
    assert end.detail.startswith(f"broke at {limit.broke.stair.rate_per_s:g}/s")


def test_a_generator_at_its_limit_ends_the_search_too(tmp_path: Path) -> None:
    at_s, end = looked_on(tmp_path, [*HELD, LATE, Level(rate_per_s=100)])
    assert at_s == 48
    assert end is not None
    assert end.reason == "generator_limited"
    assert "the generator, not the platform, was at its limit at 80/s" in end.detail


def test_stairs_at_which_the_generator_goes_on_being_late_do_not_put_the_end_off(
    tmp_path: Path,
) -> None:
    late = [Level(rate_per_s=rate, late=ALL) for rate in (20, 40, 60)]
    assert looked_on(tmp_path, late)[0] == 18


def test_replies_that_come_late_may_show_that_the_platform_had_broken_before(
    tmp_path: Path,
) -> None:
    """Replies of the late stair take 5 s: at its end half of them are still out."""
    slow = Level(rate_per_s=80, slow=ALL, late=ALL, slow_s=5.0)
    _, end = looked_on(tmp_path, [*HELD, slow, Level(rate_per_s=100, late=ALL)])
    assert end is not None
    assert end.reason == "limit_found"
    assert "far beyond what a late generator explains" in end.detail


def test_a_platform_that_holds_is_searched_to_the_end_of_the_ramp(tmp_path: Path) -> None:
    assert looked_on(tmp_path, HELD)[1] is None


def test_the_screen_is_told_the_rate_and_how_the_last_one_fared(tmp_path: Path) -> None:
    manifest = ramp_manifest(HELD)
    with RecordWriter(tmp_path, manifest) as writer:
        search = StairSearch(tmp_path, manifest, parse_objectives(OBJECTIVES, "x.yaml"))
        assert search.look(0.5) is None
        assert search.reading(1.0) == "20/s since 1 s, settling"
        for each in rows_of(HELD[:1]):
            writer.action(each)
        writer.flush()
        assert search.look(12.0) is None
        assert search.reading(14.0) == "40/s since 4 s · 20/s held"
        assert search.reading(31.0) == "20/s held"


def test_only_a_plan_with_stairs_until_broken_is_a_search(tmp_path: Path) -> None:
    shape = Stairs(from_per_s=1.0, by_per_s=1.0, every_s=5.0, until="broken")
    ramp = CampaignPlan(campaign(phases=(Phase(name="r", duration_s=20.0, step=shape),)))
    assert stair_search(ramp, tmp_path, "x.yaml", OBJECTIVES) is not None
    plain = CampaignPlan(campaign(phases=(flat(),)))
    assert stair_search(plain, tmp_path, "x.yaml", OBJECTIVES) is None


@pytest.mark.parametrize("name", ["actions-000001.parquet", "actions-w02-000001.parquet"])
def test_a_damaged_segment_is_an_error_of_the_record(tmp_path: Path, name: str) -> None:
    from reports.record.manifest import RecordError

    search = StairSearch(tmp_path, ramp_manifest(HELD), parse_objectives(OBJECTIVES, "x.yaml"))
    (tmp_path / name).write_bytes(b"no parquet")
    with pytest.raises(RecordError, match="cannot be read"):
        search.look(1.0)
