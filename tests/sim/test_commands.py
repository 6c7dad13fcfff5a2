from __future__ import annotations

import csv
import json

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from reports.documents.mistake import DocumentError
from reports.record.manifest import RecordError
from reports.record.reader import read_record, read_rows
from sim.commands import simulate
from sim.replication.replications import MemoryNeededError


def run(*words: str):
    return CliRunner().invoke(simulate, words, catch_exceptions=False)


def told(directory, *words: str):
    found = run("reference_shop", "smoke", "--out", str(directory), "--json", *words)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_simulate_writes_a_record_and_tells_its_place(tmp_path):
    result = run("reference_shop", "smoke", "--out", str(tmp_path / "run"))
    assert result.exit_code == 0
    assert str(tmp_path / "run") in result.output.replace("\n", "")
    assert "place_order" in result.output
    assert "bottleneck" in result.output
    assert read_record(tmp_path / "run").manifest.plan.name == "smoke"


def test_simulate_prints_json_that_agrees_with_its_record(tmp_path):
    found = told(tmp_path / "run", "--seed", "5")
    record = read_record(tmp_path / "run")
    assert found["directory"] == str(tmp_path / "run")
    assert found["actions"] == len(record.actions) == sum(found["outcomes"].values())
    assert found["planned_visits"] == record.manifest.plan.planned_visits
    assert found["engine"] == record.manifest.options["engine"]
    assert record.manifest.plan.seed == 5


def test_actions_that_are_not_kept_are_counted_and_cannot_be_judged(tmp_path):
    found = told(tmp_path / "run", "--rows", "none")
    assert found["actions"] == told(tmp_path / "with_rows")["actions"] > 0
    assert len(read_record(tmp_path / "run").actions) == 0
    with pytest.raises(RecordError, match="counted but not kept"):
        read_rows(tmp_path / "run")
    again = run("reference_shop", "smoke", "--rows", "none", "--out", str(tmp_path / "again"))
    assert "doorbuster report" not in again.output


def test_a_record_of_every_seventh_visit_has_their_rows_and_counts_by_them(tmp_path):
    whole = told(tmp_path / "whole")
    found = told(tmp_path / "part", "--rows", "7")
    every, kept = (read_rows(tmp_path / each) for each in ("whole", "part"))
    assert found["actions"] == whole["actions"], "all are played and counted"
    assert found["planned_visits"] == whole["planned_visits"]
    wanted = every.actions[every.actions["visit"] % 7 == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept.actions.reset_index(drop=True), wanted)
    facts = kept.manifest.plan
    assert facts.planned_visits == len(kept.first_actions()) == sum(facts.arrivals_per_second)
    assert facts.planned_visits == -(-whole["planned_visits"] // 7)
    assert kept.manifest.notes[-1].startswith("the record has one visit in 7")


@pytest.mark.parametrize("word", ["0", "some", "-3"])
def test_what_says_of_no_visit_whether_to_keep_it_is_refused(tmp_path, word):
    result = run("reference_shop", "smoke", "--rows", word, "--out", str(tmp_path / "run"))
    assert result.exit_code == 2
    assert "--rows" in result.output


def test_a_run_ends_so_long_after_its_last_arrival_as_it_is_given(tmp_path):
    whole, cut = told(tmp_path / "whole"), told(tmp_path / "cut", "--drain", "1s")
    record = read_record(tmp_path / "cut")
    assert record.manifest.ending is not None
    assert record.manifest.ending.at_s == record.first_actions()["intended_s"].max() + 1.0
    assert 0 < cut["actions"] < whole["actions"]


def test_a_response_time_is_the_exact_one_of_the_record_to_a_bin(tmp_path):
    found = told(tmp_path / "run")
    record = read_record(tmp_path / "run")
    steps = record.actions[record.actions["step"] == "open_home"]
    exact_s = (steps["finished_s"] - steps["intended_s"]).quantile(0.5, interpolation="lower")
    told_s = found["figures"]["p50_s:open_home"]["estimate"]
    assert told_s == pytest.approx(exact_s, rel=0.02)


def test_replications_give_every_figure_an_interval_and_record_the_first(tmp_path):
    one = told(tmp_path / "one")
    three = told(tmp_path / "three", "--replications", "3")
    assert three["replications"] == 3
    goodput = three["figures"]["goodput_per_s"]
    assert goodput["low"] < goodput["estimate"] < goodput["high"]
    assert goodput["n"] == 3
    course = three["goodput_course"]
    assert sum(course["mean"]) * course["window_s"] <= 10 * goodput["high"]
    assert all(low <= high for low, high in zip(course["low"], course["high"], strict=True))
    assert set(one["goodput_course"]["low"]) == {None}
    assert "low" not in one["figures"]["goodput_per_s"]
    records = [read_record(tmp_path / name).actions for name in ("one", "three")]
    assert records[0].equals(records[1])


def test_a_replication_is_seen_again_by_its_number(tmp_path):
    """Its record holds what the third of the replications found."""
    two = told(tmp_path / "two", "--replications", "2")["figures"]["goodput_per_s"]["estimate"]
    first = told(tmp_path / "first")["figures"]["goodput_per_s"]["estimate"]
    again = told(tmp_path / "again", "--replication", "1")["figures"]["goodput_per_s"]["estimate"]
    assert again != first
    assert (first + again) / 2 == pytest.approx(two)
    notes = read_record(tmp_path / "again").manifest.notes
    assert any(note.startswith("replication 1 of seed 1") for note in notes)


def test_a_change_of_the_model_is_played_and_noted(tmp_path):
    change = "stations.application.servers=3"
    found = told(tmp_path / "run", "--set", change)
    plain = told(tmp_path / "plain")
    busy = "utilisation_ratio:application"
    ratio = found["figures"][busy]["estimate"] / plain["figures"][busy]["estimate"]
    assert ratio == pytest.approx(1 / 3, rel=1e-3)
    assert f"model changed: {change}" in read_record(tmp_path / "run").manifest.notes


def test_more_replications_than_memory_are_refused_before_the_first(tmp_path):
    with pytest.raises(MemoryNeededError, match="at most"):
        run(
            "reference_shop", "smoke", "--out", str(tmp_path / "run"), "--replications", str(10**12)
        )
    assert not (tmp_path / "run").exists()


def test_a_traced_visit_is_told_step_by_step(tmp_path):
    result = run("reference_shop", "smoke", "--out", str(tmp_path / "run"), "--trace", "3")
    assert "visit 3\naction 0: open_home, due at" in result.output
    assert "is served by application" in result.output
    beyond = told(tmp_path / "beyond", "--trace", "100000")
    assert "was not played" in beyond["trace"][0]


def test_an_event_log_holds_the_traced_visits_and_no_others(tmp_path):
    log = tmp_path / "log.csv"
    told(tmp_path / "run", "--event-log", str(log), "--traced", "2:5", "--trace", "9")
    with log.open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    assert {row["case"] for row in rows} == {"2", "3", "4"}
    assert {"start", "complete", "schedule"} == {row["lifecycle"] for row in rows}


@pytest.mark.parametrize(("midnight", "hour"), [("2h", "22:00"), ("-10h", "10:00")])
def test_an_event_log_shows_the_models_time_of_day(tmp_path, midnight, hour):
    """So that shifts and trucks are at their hours in it; `smoke` begins within a minute."""
    log = tmp_path / "log.csv"
    told(tmp_path / "run", "--event-log", str(log), "--set", f"midnight={midnight}")
    with log.open(encoding="utf-8") as text:
        first = next(csv.DictReader(text))["timestamp"]
    assert first[11:16] == hour


@pytest.mark.parametrize(
    "words", [["reference_shop", "no_such_campaign"], ["no_such_model", "smoke"]]
)
def test_an_unknown_campaign_or_model_is_a_users_mistake(words):
    with pytest.raises(DocumentError, match="known: "):
        run(*words)


@pytest.mark.parametrize("words", [["smoke"], ["flash_sale", "reference_shop"]])
def test_a_campaign_given_as_the_model_is_told_the_order(words):
    with pytest.raises(DocumentError, match="the model comes first, as in: doorbuster simulate"):
        run(*words)


def test_a_campaign_file_given_as_the_model_is_told_the_order(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("campaign: mine\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="the model comes first"):
        run(str(file))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--replications", "0"], "0 is not in the range"),
        (["--replications", "many"], "not a valid integer"),
        (["--precision", "0 %"], "between 0 % and 100 %"),
        (["--precision", "close"], "must be a ratio"),
        (["--traced", "5:2"], "must be FIRST:END"),
        (["--replication", "2", "--replications", "3"], "plays that one alone"),
    ],
)
def test_a_wrong_option_is_refused_in_words(words, why):
    result = run(*words)
    assert result.exit_code == click.UsageError.exit_code
    assert why in result.output


def test_a_search_for_the_limit_is_played_once():
    result = run("reference_shop", "ramp_to_saturation", "--replications", "3")
    assert result.exit_code == 2
    assert "is played once" in result.output


def test_help_shows_an_example():
    assert "doorbuster simulate reference_shop flash_sale" in run("--help").output


def test_a_steady_run_tells_what_was_left_out_and_from_how_many_batches(tmp_path):
    words = ("reference_shop", "smoke", "--steady", "--for", "10min", "--amplify", "3")
    result = run(*words, "--out", str(tmp_path / "run"))
    assert result.exit_code == 0, result.output
    assert "steady: 30 visits/s for 10 min, " in result.output
    assert "throughput warm-up batches" in " ".join(result.output.split())
    assert "(--for " in result.output
    found = json.loads(run(*words, "--json", "--out", str(tmp_path / "json")).stdout)
    steady = found["steady"]
    assert steady["duration_s"] == 600
    home = steady["figures"]["mean_s:open_home"]
    assert home["low"] < home["estimate"] < home["high"]
    assert home["batches"] >= 10
    assert home["warm_up_s"] >= 0
    late = steady["figures"]["p99_s:track_order"]
    assert late["refused"] == "too few observations"
    assert late["needed_s"] > 600
    record = read_record(tmp_path / "run")
    assert len(record.actions) == found["actions"]


@pytest.mark.parametrize(
    "words",
    [
        ["--steady", "--replications", "3"],
        ["--for", "1h"],
        ["--steady", "--for", "0s"],
        ["--picture", "one.svg"],
        ["--replications", "2", "--picture", "two.gif"],
    ],
)
def test_what_does_not_go_together_is_a_usage_error(words, tmp_path):
    result = CliRunner().invoke(simulate, ["reference_shop", "smoke", *words])
    assert result.exit_code == 2


def test_a_steady_run_of_a_sale_is_refused_before_it_is_played(tmp_path):
    with pytest.raises(DocumentError, match=r'phases.*"sale" has no constant rate'):
        run("reference_shop", "flash_sale", "--steady", "--out", str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_steady_run_beyond_what_the_servers_can_do_is_refused(tmp_path):
    with pytest.raises(DocumentError, match="its queue would grow for ever"):
        run("reference_shop", "soak", "--steady", "--amplify", "1000")


def test_replications_judge_the_objectives_beside_the_campaign(tmp_path):
    words = ("reference_shop", "smoke", "--replications", "3", "--out", str(tmp_path / "run"))
    found = json.loads(run(*words, "--json").stdout)["objectives"]
    assert [each["name"] for each in found][:2] == ["every step succeeds", "orders are placed"]
    assert all(each["replications"] == 3 for each in found)
    assert all(each["good"] <= each["total"] for each in found)
    shown = run(*words[:-1], str(tmp_path / "again")).output
    assert "budget spent" in shown
    assert "3 of 3" in shown


def test_an_objective_about_what_the_campaign_does_not_have_is_refused_before_the_first(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "objectives: [{name: a, indicator: success, target: 99 %, steps: [pey]}]", encoding="utf-8"
    )
    words = ["reference_shop", "smoke", "--replications", "2", "--objectives", str(file)]
    with pytest.raises(DocumentError, match='unknown step "pey", did you mean "pay"'):
        run(*words, "--out", str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_picture_shows_the_course_of_the_sale_and_its_phases(tmp_path):
    file = tmp_path / "course.svg"
    told(tmp_path / "run", "--replications", "2", "--picture", str(file))
    svg = file.read_text(encoding="utf-8")
    assert "smoke: goodput on reference_shop" in svg
    assert "mean of 2 replications" in svg
