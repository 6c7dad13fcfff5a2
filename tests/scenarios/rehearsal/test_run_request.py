"""From what was typed to a load run: what is refused before anything is sent."""

from __future__ import annotations

import json
import os

import psutil
import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.run_request import RunRequest, requested_run


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


def test_a_negative_seed_is_a_mistake():
    with pytest.raises(DocumentError, match="--seed: must not be negative"):
        requested_run(RunRequest(campaign="smoke", seed=-1, target="http://127.0.0.1:9"))
