"""From what was typed to a load run: what is refused before anything is sent."""

from __future__ import annotations

import json
import os

import psutil
import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.run_request import RunRequest, requested_run
from scenarios.workload.campaign_file import CAMPAIGNS
from targets.target_file import TargetNotAllowedError


@pytest.fixture
def state(tmp_path, monkeypatch):
    """The state file of a target in the workspace."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "targets").mkdir(parents=True)
    return tmp_path / "runs" / "targets" / "reference.json"


def kept(pid: int, started_epoch_s: float) -> str:
    return json.dumps({
        "name": "reference", "url": "http://127.0.0.1:9", "pid": pid,
        "started_epoch_s": started_epoch_s, "up_since": "", "log": "", "services": {},
        "process_ids": {},
    })  # fmt: skip


def test_a_target_that_is_up_here_needs_no_name(state):
    state.write_text(kept(os.getpid(), psutil.Process().create_time()))
    assert requested_run(RunRequest(campaign="smoke")).url == "http://127.0.0.1:9"


@pytest.mark.parametrize("text", [kept(os.getpid(), 0.0), "{}", "[", ""])
def test_what_an_ended_target_left_behind_is_no_target(state, text):
    state.write_text(text)
    with pytest.raises(DocumentError, match="no target is up here"):
        requested_run(RunRequest(campaign="smoke"))


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"speed": 10.0}, "--speed"),
        ({"duration": "10s"}, "--duration"),
        ({"log_format": "nginx", "keep_assets": True}, "--log-format, --keep-assets"),
    ],
)
def test_a_replays_options_are_a_mistake_on_a_campaign(given, option):
    with pytest.raises(DocumentError, match=f"{option}: only for --replay LOG"):
        requested_run(RunRequest(campaign="smoke", target="http://127.0.0.1:9", **given))


def test_a_negative_seed_is_a_mistake():
    with pytest.raises(DocumentError, match="--seed: must not be negative"):
        requested_run(RunRequest(campaign="smoke", seed=-1, target="http://127.0.0.1:9"))


def test_no_peak_is_too_short_to_count_against_the_largest_rate(tmp_path):
    """A jump of 20 ms, between any two tenths of a second, is more than the target file allows."""
    campaign = (CAMPAIGNS / "smoke.yaml").read_text(encoding="utf-8")
    phases, rest = campaign.index("phases:"), campaign.index("\nproducts:")
    jump = """phases:
  - {name: quiet, duration: 1.05s, at: 1/s}
  - {name: jump, duration: 20ms, spike: {to: 900/s, settle: 1/s, half_life: 5ms}}
"""
    (tmp_path / "jump.yaml").write_text(campaign[:phases] + jump + campaign[rest:])
    target = tmp_path / "target.yaml"
    target.write_text(
        "target: t\nurl: http://127.0.0.1:9\nenvironment: test\nlargest_rate: 800/s\n"
    )
    with pytest.raises(TargetNotAllowedError, match="peaks at 900 visits a second"):
        requested_run(RunRequest(campaign=str(tmp_path / "jump.yaml"), target=str(target)))
