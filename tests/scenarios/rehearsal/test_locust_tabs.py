"""The rows of the tabs on Locust's page."""

from __future__ import annotations

from reports.record.outcome import Outcome
from scenarios.rehearsal.locust_tabs import COLUMNS, STEPS, VISITS, rows
from tests.scenarios.shoppers.still_run import StillRun


def tables(run: StillRun) -> dict[str, list[dict[str, str]]]:
    return {each["key"]: each["data"] for each in rows(run.live.figures())}


def test_every_row_has_the_columns_of_its_table_and_none_is_called_name():
    """Locust's page would sort by a column of that name."""
    run = StillRun()
    run.player.tally.action_ended("look", 0.1, Outcome.OK)
    for key, table in tables(run).items():
        assert table
        assert all(row.keys() == COLUMNS[key].keys() for row in table)
        assert "name" not in COLUMNS[key]


def test_a_run_shows_what_was_planned_and_what_became_of_it():
    run = StillRun()
    for _ in range(38):
        run.player.tally.visit_started(0.002)
    for _ in range(2):
        run.player.tally.visit_not_sent("look")
    shown = {row["figure"]: row["value"] for row in tables(run)[VISITS]}
    assert shown["visits planned in the whole run"] == "100"
    assert shown["visits due by now"] == "40"
    assert shown["visits started"] == "38 (95.00 %)"
    assert shown["visits not sent"] == "2"
    assert shown["visits in flight"] == "38 of at most 500"
    assert shown["schedule lag of the last 5 s"] == "p50 2 ms, p99 2 ms, worst of the run 2 ms"


def test_a_step_shows_what_did_not_end_well_and_what_never_began():
    run = StillRun()
    for outcome in (Outcome.OK, Outcome.OK, Outcome.REJECTED, Outcome.FAILED):
        run.player.tally.action_ended("look", 0.1, outcome)
    run.player.tally.visit_not_sent("look")
    [row] = tables(run)[STEPS]
    assert (row["step"], row["ended"], row["ok"]) == ("look", "4", "2")
    assert row["not_ok"] == "1 rejected, 1 failed, 1 not_sent"
    assert row["recent_per_s"] == "1.0"


def test_before_the_first_visit_there_is_nothing_to_tell_of_times():
    run = StillRun()
    run.now_s = -0.2
    shown = {row["figure"]: row["value"] for row in tables(run)[VISITS]}
    assert shown["schedule lag of the last 5 s"] == "worst of the run 0 ms"
    assert shown["visits started"] == "0"
    assert tables(run)[STEPS] == []
