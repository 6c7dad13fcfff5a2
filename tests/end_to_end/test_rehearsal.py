"""A whole rehearsal on the real servers: what it says, what it leaves behind."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest

import reports.render
from reports.record.reader import RunRecord, read_record
from tests.end_to_end.command import STEPS, doorbuster
from tests.end_to_end.conftest import Rehearsed

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.fixture(scope="module")
def verdict(rehearsed: Rehearsed) -> dict:
    return json.loads(rehearsed.text("verdict.json"))


@pytest.fixture(scope="module")
def measured(rehearsed: Rehearsed) -> RunRecord:
    return read_record(rehearsed.directory / "measured")


@pytest.fixture(scope="module")
def simulated(rehearsed: Rehearsed) -> RunRecord:
    return read_record(rehearsed.directory / "simulated")


def test_it_says_what_it_does_and_ends_with_the_verdict(rehearsed):
    said = rehearsed.finished.out
    for words in (
        "postgres",
        "valkey",
        "nats",
        "shop",
        "playing short",
        "the home page opens",
        "objectives: ",
    ):
        assert words in said
    assert said.splitlines()[-1].endswith("report.html")
    assert rehearsed.finished.err == ""


def test_the_verdicts_take_at_most_25_lines(rehearsed):
    _, _, verdicts = rehearsed.finished.out.rpartition("\n\n" + "Held:")
    assert 0 < len(("Held:" + verdicts).splitlines()) <= 25


def test_without_a_terminal_there_is_a_line_of_the_run_and_no_escape_code(rehearsed):
    assert "started of" in rehearsed.finished.out
    assert "\x1b" not in rehearsed.finished.said


def test_the_shop_reports_every_colour_and_trace_id_that_was_looked_at(rehearsed, measured):
    facts = measured.manifest.colouring
    assert facts.colour.right == facts.trace.right == facts.sampled > 0
    said = f"reported colour and trace id back on {facts.sampled} of {facts.sampled} sampled"
    assert said in rehearsed.finished.out


def test_verdict_json_is_what_its_schema_says(rehearsed, verdict):
    schema = Path(reports.render.__path__[0]) / "verdict.schema.json"
    jsonschema.validate(verdict, json.loads(schema.read_text(encoding="utf-8")))
    assert (verdict["outcome"], verdict["exit_code"], verdict["origin"]) == ("met", 0, "measured")


def test_every_planned_visit_is_accounted_for(verdict, measured):
    validity = verdict["validity"]
    planned = validity["planned_visits"]
    assert planned == validity["started_visits"] + validity["not_sent_visits"]
    assert (
        planned == len(measured.first_actions()) == sum(measured.manifest.plan.arrivals_per_second)
    )
    assert planned > 30


def test_every_invariant_of_the_sale_held_with_evidence(verdict):
    assert len(verdict["invariants"]) == 5
    for each in verdict["invariants"]:
        assert each["held"], each
        assert re.search(r"\d", each["evidence"])


def test_the_page_fetches_nothing(rehearsed):
    page = rehearsed.text("report.html")
    fetched = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)""", page)
    assert [each for each in fetched if not each.startswith(("#", "data:"))] == []
    assert "@import" not in page
    assert re.findall(r"url\((?!#|data:)", page) == []
    assert "the home page opens" in page


def test_the_junit_file_has_a_case_for_every_objective_and_invariant(rehearsed):
    cases = [
        each.get("name")
        for each in ElementTree.fromstring(rehearsed.text("junit.xml")).iter("testcase")
    ]
    assert any("the home page opens" in str(name) for name in cases)
    assert len(cases) >= 6


def test_the_record_tells_the_whole_run(measured):
    manifest = measured.manifest
    assert manifest.ending is not None
    assert manifest.ending.reason == "completed"
    assert manifest.plan.name == "short"
    assert "the home page opens" in manifest.objectives_text
    assert set(measured.actions["step"].unique()) <= set(STEPS)
    assert {"in_flight", "schedule_lag_s", "player_cpu_ratio", "stock_left:1"} <= set(
        measured.gauges["name"]
    )
    sent = measured.actions
    assert (sent["intended_s"] <= sent["started_s"]).all()
    assert (sent["started_s"] <= sent["finished_s"]).all()


def test_the_platform_sold_what_shoppers_were_told(measured):
    reading = measured.gauges.query("name == 'stock_left:1'").iloc[-1]
    orders = measured.actions.query("step == 'place_order' and outcome == 'ok'")
    told = orders[orders["finished_s"] < reading["t_s"]]
    assert 0 < len(told) <= 500 - reading["value"]


def test_measured_and_simulated_share_the_planned_visits(measured, simulated):
    columns = ["visit", "phase", "persona", "channel", "tier", "step", "sku", "quantity"]
    first, second = (each.first_actions().sort_values("visit") for each in (measured, simulated))
    for column in columns:
        assert first[column].astype(str).tolist() == second[column].astype(str).tolist()
    assert np.array_equal(first["intended_s"].to_numpy(), second["intended_s"].to_numpy())
    assert measured.manifest.plan == simulated.manifest.plan


def test_the_directory_and_both_records_have_one_name(rehearsed, measured, simulated, verdict):
    assert measured.manifest.run_id == simulated.manifest.run_id == verdict["run_id"]
    assert verdict["run_id"] == rehearsed.directory.name


def test_nothing_but_the_files_of_the_rehearsal_is_left_behind(rehearsed):
    assert {each.name for each in rehearsed.directory.iterdir()} == {
        "measured", "simulated", "platform", "report.html", "verdict.json", "junit.xml",
    }  # fmt: skip
    assert not list(rehearsed.directory.rglob("*.part"))


def test_the_record_can_be_judged_again_with_the_same_verdict(rehearsed, verdict):
    judged = doorbuster(rehearsed.workspace, "gate", str(rehearsed.directory / "measured"))
    assert judged.code == 0, judged.said
    told = doorbuster(
        rehearsed.workspace,
        *("report", str(rehearsed.directory / "measured"), "--json", "--no-write"),
    )
    again = json.loads(told.out)
    assert again["objectives"] == verdict["objectives"]
    assert again["validity"] == verdict["validity"]
