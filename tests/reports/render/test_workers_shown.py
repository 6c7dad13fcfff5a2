"""Who played a run is on its page: each worker, its clock and what became of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.record.manifest import LostVisits
from reports.render import worker_wording
from reports.render.page import html_page
from reports.slo.judgement import judge
from tests.reports.records import record_of, row
from tests.reports.render.samples import lost_worker, worker


@pytest.mark.parametrize(
    ("offset_s", "round_trip_s", "words"),
    [
        (0.00005, 0.0009, "+0.05 ± 0.45 ms"),
        (-0.25, 0.003, "-250.00 ± 1.50 ms"),
        (3600.0, 0.02, "+3,600.000 ± 0.010 s"),
    ],
)
def test_a_clock_is_known_to_within_half_the_round_trip(offset_s, round_trip_s, words) -> None:
    assert worker_wording.clock(offset_s, round_trip_s) == words


def test_a_worker_has_a_name_only_where_it_is_not_its_hosts() -> None:
    assert worker_wording.name(worker(2, name="east")) == "2 (east)"
    assert worker_wording.name(worker(2, name="buyer", host="buyer")) == "2"


def test_one_visit_is_not_several() -> None:
    lost = LostVisits(worker=2, from_s=1.0, until_s=1.0, visits=1, why="killed by SIGKILL")
    assert "; 1 visit due from 1.00 s" in worker_wording.went_down(lost)


def test_the_page_shows_every_worker_and_its_fate(tmp_path: Path) -> None:
    record = lost_worker(tmp_path / "fleet")
    page = html_page(record, judge(record, ()))
    _, _, after = page.partition("<h2>Workers</h2>")
    table, _, _ = after.partition("</table>")
    assert table.count("<small>pid&nbsp;471") == 2
    assert table.count("<td>2,500</td><td>2,500</td>") == 2
    assert "+0.05 ± 0.45 ms<small>+1.250 ± 0.002 s</small>" in table
    assert "handed over all that it played" in table
    assert table.count("went down with it") == 1
    alone = record_of(tmp_path / "alone", [row(0)])
    assert "<h2>Workers</h2>" not in html_page(alone, judge(alone, ()))
