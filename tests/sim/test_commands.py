from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from reports.documents.mistake import DocumentError
from reports.record.reader import read_record
from sim.commands import simulate


def run(*words: str):
    return CliRunner().invoke(simulate, words, catch_exceptions=False)


def test_simulate_writes_a_record_and_tells_its_place(tmp_path):
    result = run("smoke", "--out", str(tmp_path / "run"))
    assert result.exit_code == 0
    assert str(tmp_path / "run") in result.output.replace("\n", "")
    assert "place_order" in result.output
    assert read_record(tmp_path / "run").manifest.plan.name == "smoke"


def test_simulate_prints_json_that_agrees_with_its_record(tmp_path):
    result = run("smoke", "--out", str(tmp_path / "run"), "--json", "--seed", "5")
    told = json.loads(result.stdout)
    record = read_record(tmp_path / "run")
    assert told["directory"] == str(tmp_path / "run")
    assert told["actions"] == len(record.actions) == sum(told["outcomes"].values())
    assert told["planned_visits"] == record.manifest.plan.planned_visits
    assert record.manifest.plan.seed == 5


@pytest.mark.parametrize("words", [["no_such_campaign"], ["smoke", "--model", "no_such_model"]])
def test_an_unknown_campaign_or_model_is_a_users_mistake(words):
    with pytest.raises(DocumentError, match="known: "):
        run(*words)


def test_help_shows_an_example():
    assert "doorbuster simulate flash_sale" in run("--help").output
