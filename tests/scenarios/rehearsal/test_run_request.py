"""From what was typed to a load run: what is refused before anything is sent."""

from __future__ import annotations

import json
import os
import socket

import psutil
import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.plan_request import RunRequest
from scenarios.rehearsal.run_request import requested_run
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
        ({"duration": "10s"}, "--duration"),
        ({"log_format": "nginx", "keep_assets": True}, "--log-format, --keep-assets"),
    ],
)
def test_a_replays_options_are_a_mistake_on_a_campaign(given, option):
    with pytest.raises(DocumentError, match=f"{option}: only for --replay LOG"):
        requested_run(RunRequest(campaign="smoke", target="http://127.0.0.1:9", **given))


@pytest.mark.parametrize("given", ["9464", ":9464", "0.0.0.0:9464", "127.0.0.1:0", "127.0.0.1:x"])
def test_metrics_are_served_on_this_machine_only(given):
    request = RunRequest(campaign="smoke", target="http://127.0.0.1:9", metrics=given)
    with pytest.raises(DocumentError, match="--metrics: must be a port of this machine"):
        requested_run(request)


def test_a_metrics_port_that_is_taken_is_a_mistake_before_the_run():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        request = RunRequest(
            campaign="smoke", target="http://127.0.0.1:9", metrics=f"127.0.0.1:{port}"
        )
        with pytest.raises(DocumentError, match=f"--metrics: port {port} is taken"):
            requested_run(request)


def test_live_figures_are_counted_by_the_limits_of_the_objectives():
    """Smoke's own: the home page within 1.2 s."""
    run = requested_run(RunRequest(campaign="smoke", target="http://127.0.0.1:9"))
    assert run.response_time_limits_s == (1.2,)
    assert run.metrics_port is None


def replayed(**given):
    return requested_run(RunRequest(campaign="replay", target="http://127.0.0.1:9", **given))


def test_a_replay_file_is_played_as_its_log_would_be_with_the_options_in_it():
    """The file asks for ten times the speed and three times the sessions."""
    log = CAMPAIGNS / "sample_access.log"
    by_options = RunRequest(
        campaign=None, log=log, speed=10.0, amplify=3.0, target="http://127.0.0.1:9"
    )
    ours, theirs = replayed(), requested_run(by_options)
    assert ours.plan.text == theirs.plan.text
    assert ours.plan.expected_visits == theirs.plan.expected_visits
    assert (ours.adapter_name, ours.notes) == ("fetch", theirs.notes)
    assert ours.objectives_file == "replay.objectives.yaml"


def test_speed_and_amplification_multiply_those_of_a_replay_file():
    plan, fast = replayed().plan, replayed(speed=2.0, amplify=2.0).plan
    assert fast.duration_s == pytest.approx(plan.duration_s / 2)
    assert fast.expected_visits == 2 * plan.expected_visits


def test_the_first_part_and_another_seed_of_a_replay_file_may_be_asked_for():
    assert replayed(duration="2s").plan.duration_s == 2.0
    assert replayed(seed=9).plan.seed == 9


def test_a_replay_file_has_its_log_already():
    with pytest.raises(DocumentError, match=r"replay\.yaml names a log already"):
        replayed(log=CAMPAIGNS / "sample_access.log")


def test_a_campaign_is_played_faster_and_by_more_when_asked_to():
    asked = {"campaign": "flash_sale", "target": "http://127.0.0.1:9"}
    run = requested_run(RunRequest(**asked, speed=10.0, amplify=2.0))
    assert run.plan.duration_s == 6.0
    assert run.plan.peak_rate_per_s == 120.0 * 10 * 2
    assert [each.split()[0] for each in run.notes] == ["amplified", "time", "pauses", "about"]
    facts = run.manifest().plan
    assert (facts.speed, facts.amplify) == (10.0, 2.0)
    assert requested_run(RunRequest(**asked)).notes == ()


def test_a_negative_seed_is_a_mistake():
    with pytest.raises(DocumentError, match="--seed: must not be negative"):
        requested_run(RunRequest(campaign="smoke", seed=-1, target="http://127.0.0.1:9"))


def test_no_peak_is_too_short_to_count_against_the_largest_rate(tmp_path, monkeypatch):
    """A jump of 20 ms, between any two tenths of a second, is more than the target file allows."""
    campaign = (CAMPAIGNS / "smoke.yaml").read_text(encoding="utf-8")
    phases, rest = campaign.index("phases:"), campaign.index("\nproducts:")
    jump = """phases:
  - {name: quiet, duration: 1.05s, at: 1/s}
  - {name: jump, duration: 20ms, spike: {to: 900/s, settle: 1/s, half_life: 5ms}}
"""
    (tmp_path / "jump.yaml").write_text(campaign[:phases] + jump + campaign[rest:])
    target = tmp_path / "target.yaml"
    monkeypatch.chdir(tmp_path)  # where the refusal is written down
    target.write_text(
        "target: t\nurl: http://127.0.0.1:9\nenvironment: test\nlargest_rate: 800/s\n"
    )
    with pytest.raises(TargetNotAllowedError, match="peaks at 900 visits a second"):
        requested_run(RunRequest(campaign=str(tmp_path / "jump.yaml"), target=str(target)))


@pytest.mark.parametrize("timeout", ["10s", "3min"])
def test_the_last_actions_may_take_as_long_as_all_others(timeout):
    """Those that were cut off at the end would leave no row, and only slow ones would."""
    request = RunRequest(campaign="smoke", target="http://127.0.0.1:9", timeout=timeout)
    options = requested_run(request).options
    assert options.drain_s > options.timeout_s
