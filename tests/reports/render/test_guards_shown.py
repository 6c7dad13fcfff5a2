"""A guard that fired is in every output: the page, the verdict, the words of the terminal."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema

from reports.record.manifest import ArmedGuard, Ending
from reports.record.reader import RunRecord
from reports.render.page import html_page
from reports.render.verdict_json import SCHEMA_FILE, verdict_text
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import judge
from tests.reports.records import manifest_of, record_of, row

FIRED = ArmedGuard(
    condition="errors > 20 % for 10 s",
    action="ramp_down",
    nearest="at most 31.4 % (113 of 360 actions) at 12.25 s",
    fired_at_s=12.25,
)
QUIET = ArmedGuard(condition="rejected > 5 % for 1 s", action="abort", nearest="<b>at most 1 %</b>")
WHY = "guard errors > 20 % for 10 s: 31.4 % (113 of 360 actions) at 12.25 s"


def guarded(directory: Path) -> RunRecord:
    ending = Ending(
        reason="aborted", at_s=12.25, detail=WHY, cut_off_visits=1, thinned_visits=1_234
    )
    manifest = dataclasses.replace(
        manifest_of(arrivals_per_second=[1] * 20), guards=(FIRED, QUIET), ending=ending
    )
    rows = [row(k, intended_s=float(k)) for k in range(12)]
    return record_of(directory, rows, manifest=manifest, ending=ending)


def test_the_judgement_says_what_stopped_the_run_and_whom_it_left_out(tmp_path: Path) -> None:
    judgement = judge(guarded(tmp_path), ())
    assert judgement.exit_code is ExitCode.ABORTED
    assert judgement.cut_short == (
        f"the run was aborted after 12 s: {WHY}; 1,234 visits were left out; 1 visit was cut off"
    )


def test_visits_left_out_by_a_ramp_down_are_not_missing(tmp_path: Path) -> None:
    """Nothing was due after the guard fired, so the run is cut short and not invalid."""
    assert judge(guarded(tmp_path), ()).validity.missing_visits == 0


def test_the_page_shows_every_guard_and_when_it_held(tmp_path: Path) -> None:
    record = guarded(tmp_path)
    page = html_page(record, judge(record, ()))
    assert "<h2>Guards</h2>" in page
    assert "errors &gt; 20 % for 10 s" in page
    assert "at 12.25 s</span>" in page
    assert "&lt;b&gt;at most 1 %" in page
    plain = record_of(tmp_path / "plain", [row(0)])
    assert "<h2>Guards</h2>" not in html_page(plain, judge(plain, ()))


def test_the_verdict_carries_the_guards(tmp_path: Path) -> None:
    record = guarded(tmp_path)
    document = json.loads(verdict_text(record, judge(record, ())))
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    assert document["guards"] == [dataclasses.asdict(FIRED), dataclasses.asdict(QUIET)]
    assert document["ending"]["thinned_visits"] == 1_234
