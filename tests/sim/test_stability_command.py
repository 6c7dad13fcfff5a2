from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sim.stability_command import stability

STORM = """\
service_model: storm
stations:
  desk: {servers: 1}
steps:
  ask:
    call:
      - try: desk
        timeout: 500ms
        retries: 3
        call: [{at: desk, mean: 50ms}]
"""
CROWD = """\
campaign: crowd
seed: 1
phases: [{name: steady, duration: 10s, at: 3/s}]
products: {catalogue: 10}
personas:
  - {name: any, share: 100 %, channels: {web: 100 %}, tiers: {regular: 100 %}, patience: 60s}
funnel: [{step: ask}]
"""
PUSH = ("--pulse", "10", "--for", "3s", "--settle", "20s", "--within", "60s", "--precision", "30 %")


@pytest.fixture
def storm(tmp_path):
    for name, text in (("storm.yaml", STORM), ("crowd.yaml", CROWD)):
        (tmp_path / name).write_text(text, "utf-8")
    return str(tmp_path / "storm.yaml"), str(tmp_path / "crowd.yaml")


def run(*words: str):
    return CliRunner().invoke(stability, words, catch_exceptions=False)


def test_bands_come_in_their_order_and_a_load_that_stays_down_is_drawn(storm, tmp_path):
    """mu = 20/s and 3 retries: recovers for sure below 20 / (1 + 3) = 5/s."""
    found = run(*storm, *PUSH, "--json", "--picture", str(tmp_path / "band.svg"))
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["highest_stable_per_s"] < told["lowest_vulnerable_per_s"]
    assert told["lowest_vulnerable_per_s"] <= told["highest_standing_per_s"]
    assert told["highest_standing_per_s"] < told["lowest_self_tripping_per_s"]
    assert told["highest_stable_per_s"] >= 3
    assert "answered in time" in (tmp_path / "band.svg").read_text("utf-8")


def test_the_text_names_the_three_bands(storm):
    shown = run(*storm, *PUSH).output
    assert "stable         up to " in shown
    assert "vulnerable     from " in shown
    assert "self-tripping  from " in shown
    assert "█" in shown


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--pulse", "1"], "not in the range"),
        (["--for", "long"], "such as"),
        (["--picture", "band.gif"], "must end in .svg or .png"),
    ],
)
def test_a_wrong_option_is_refused_in_words(words, why):
    result = run(*words)
    assert result.exit_code == 2
    assert why in result.output
