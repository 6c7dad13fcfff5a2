"""What is said of a model and a campaign together, before anything is played."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from doorbuster import main
from reports.documents.mistake import DocumentError
from sim.commands import simulate
from sim.simulation_request import read_request
from sim.stability_command import stability
from sim.what_if_command import what_if

MODEL = """\
service_model: desk
stations:
  desk:
    servers: 1
    priority: [dimond, gold, vip, staff]
  web:
    scaler: {least: 1, most: 2, sync: SYNC}
  road: {servers: unlimited}
steps:
  ask:
    call: [{at: web, mean: 1ms}, {at: desk, mean: 10ms}]
    background:
      - {at: road, mean: 1h}
"""
CAMPAIGN = """\
campaign: crowd
seed: 1
phases: [{name: steady, duration: 10s, at: 3/s}]
products: {catalogue: 10}
personas:
  - {name: any, share: 100 %, channels: {web: 100 %}, tiers: {diamond: 50 %, gold: 50 %}}
funnel: [{step: ask}]
"""
CLOSE = (
    'stations.desk.priority[0]: nobody in "crowd" has the tier "dimond", did you mean "diamond"?'
)
OTHERS = 'stations.desk.priority[2]: nobody in "crowd" has the tiers "vip" and "staff"'


@pytest.fixture
def files(tmp_path):
    def write(sync: str = "15s") -> tuple[str, str]:
        (tmp_path / "model.yaml").write_text(MODEL.replace("SYNC", sync), "utf-8")
        (tmp_path / "crowd.yaml").write_text(CAMPAIGN, "utf-8")
        return str(tmp_path / "model.yaml"), str(tmp_path / "crowd.yaml")

    return write


def test_a_tier_that_nobody_has_is_told_at_its_place_with_what_was_meant(files):
    model, campaign = files()
    slips = [str(each) for each in read_request(model, campaign).slips]
    assert slips == [f"{model}:5:16 {CLOSE}", f"{model}:5:30 {OTHERS}"]


def test_a_tier_that_was_typed_is_told_of_the_option(files):
    typed = "stations.desk.priority=[diamond, silver]"
    slips = read_request(*files(), overrides=[typed]).slips
    assert [str(each) for each in slips] == [
        f'--set {typed}: nobody in "crowd" has the tier "silver"'
    ]


def test_tiers_that_the_campaign_has_are_nothing_to_speak_of(files):
    typed = "stations.desk.priority=[diamond, gold]"
    assert read_request(*files(), overrides=[typed]).slips == ()


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        (simulate, ["--rows", "none", "--json", "--set", "stations.web.scaler.boot=1s"]),
        (what_if, ["--set", "stations.desk.servers=2", "--replications", "2", "--json"]),
        (stability, ["--settle", "5s", "--for", "1s", "--within", "5s", "--json"]),
    ],
)
def test_each_verb_that_plays_says_so_once_on_standard_error(files, tmp_path, verb, options):
    model, campaign = files()
    if verb is simulate:
        options = [*options, "--out", str(tmp_path / "run")]
    found = CliRunner().invoke(verb, [model, campaign, *options], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert found.stderr.count(f"note: {model}:5:16 {CLOSE}\n") == 1
    assert "note:" not in found.stdout


def test_validate_says_so_and_finds_no_mistake(files, capsys):
    model, campaign = files()
    assert main(["validate", model, campaign]) == 0
    said = capsys.readouterr()
    assert f"note: {model}:5:30 {OTHERS}\n" in said.err
    assert "no mistakes" in said.out


def test_a_scaler_that_looks_too_often_is_refused_at_its_place(files):
    """3,610 s of a run and what follows (and 11 ms of services) hold five million looks every
    0.72 ms."""
    model, campaign = files("0.7ms")
    with pytest.raises(DocumentError) as caught:
        read_request(model, campaign)
    [mistake] = caught.value.mistakes
    assert str(mistake) == (
        f"{model}:7:33 stations.web.scaler.sync: makes 5,157,159 looks in the 3,610 s of a run "
        "and what follows, of at most 5,000,000: must be at least 1ms"
    )
    assert read_request(*files("1ms"))


def test_a_steady_run_of_months_is_refused_by_its_own_length(files):
    model, campaign = files("1s")
    words = [model, campaign, "--steady", "--for", "60d"]
    with pytest.raises(DocumentError, match=r"sync: makes 5,187,600 looks in the 5,187,600 s"):
        CliRunner().invoke(simulate, words, catch_exceptions=False)
