from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from reports.documents.mistake import DocumentError
from sim.event_engine import engine
from sim.replication.replications import MemoryNeededError
from sim.what_if_command import what_if

LATE = """\
objectives:
  - {name: kept, indicator: success, steps: [open_home], target: 99 %}
  - {name: late, indicator: response_time, steps: [open_home], target: 90 %, below: 2ms}
"""


def run(*words: str):
    return CliRunner().invoke(what_if, ["reference_shop", "smoke", *words], catch_exceptions=False)


def told(*words: str):
    found = run("--json", *words)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_twice_the_servers_are_half_as_busy_with_an_interval_that_luck_hardly_widens():
    found = told("--set", "stations.application.servers=2", "--replications", "4")
    change = found["changes"]["utilisation_ratio:application"]
    assert change["changed"]
    assert change["relative"]["estimate"] == pytest.approx(-0.5, abs=1e-3)
    assert change["relative"]["high"] - change["relative"]["low"] < 0.01
    assert found["replications"] == 4


def test_auto_stops_when_it_is_known_what_every_objective_of_the_campaign_spends(tmp_path):
    """No home page is lost in either variant, and one server at half of its capacity is late for
    far more of them than two are: both are known after the fewest pairs."""
    file = tmp_path / "late.yaml"
    file.write_text(LATE, encoding="utf-8")
    words = ("--amplify", "20", "--set", "stations.application.servers=2", "--replications", "auto")
    found = told(*words, "--objectives", str(file))
    assert (found["replications"], found["stopped"]) == (15, {"imprecise": [], "decided_by": []})
    kept, late = found["objectives"]
    assert (kept["name"], kept["difference"]["high"], kept["met_in"]) == ("kept", 0, [15, 15])
    assert late["changed"]
    assert late["difference"]["high"] < 0
    shown = run(*words, "--objectives", str(file)).output
    assert "15 pairs: the fewest that are played were enough for every objective" in shown
    assert "each time in 15 replications: what happens in fewer" in shown


def test_a_change_without_an_effect_leaves_every_pair_the_same():
    found = told("--set", "stations.database.queue_limit=100000", "--replications", "2")
    assert found["changes"] == {}
    assert "utilisation_ratio:application" in found["same"]


def test_another_model_is_compared_with(tmp_path):
    from sim.model.model_file import MODELS

    text = (MODELS / "reference_shop.yaml").read_text("utf-8")
    other = tmp_path / "slow.yaml"
    other.write_text(text.replace("payment, mean: 30ms", "payment, mean: 90ms"), "utf-8")
    found = told("--against", str(other), "--replications", "3")
    median = found["changes"]["p50_s:pay"]
    assert 2 < median["other"] / median["one"] < 3


def test_mirrored_luck_and_a_control_report_what_they_save():
    words = ("--set", "stations.application.servers=2", "--antithetic", "--control")
    found = told(*words, "--replications", "5")
    left = found["changes"]["utilisation_ratio:application"]["variance_left"]
    assert left["control"]["estimate"] > 0
    assert left["antithetic"]["estimate"] > 0
    assert left["common_random_numbers"]["estimate"] < 1


def test_the_text_tells_what_changed_and_how_it_is_known():
    shown = run("--set", "stations.application.servers=2", "--replications", "4").output
    assert "figures changed for sure, over 4 pairs of runs:" in shown
    assert "application busy: " in shown
    assert "common random numbers left" in shown


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "nothing to compare with"),
        (["--set", "stations.application.servers=2", "--replications", "1"], "at least 2"),
        (["--against", "reference_shop", "--replications", "3", "--control"], "at least 4"),
    ],
)
def test_a_comparison_that_cannot_be_is_refused_in_words(words, why):
    result = run(*words)
    assert result.exit_code == 2
    assert why in result.output


@pytest.mark.parametrize(("more", "runs"), [((), 2), (("--antithetic",), 4)])
def test_more_pairs_than_memory_are_refused_before_the_first(monkeypatch, more, runs):
    """Of each run 5 figures of 10 steps and 7 of 8 stations, 150 bytes each: 15.9 kB."""

    def play(*_, **__):
        raise AssertionError("played")

    monkeypatch.setattr(engine, "play", play)
    words = ("--against", "reference_shop", "--replications", str(10**12), "--engine", "event")
    told = rf"--replications 1,000,000,000,000: at {15.9 * runs:.0f} kB each .* at most [\d,]+ fit"
    with pytest.raises(MemoryNeededError, match=told):
        run(*words, *more)


def test_a_wrong_path_is_a_users_mistake():
    with pytest.raises(DocumentError, match="did you mean"):
        run("--set", "stations.aplication.servers=2")
