"""A run in the audit log: a line before it, one after it, and one for a run that was refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from reports.record.manifest import Ending
from scenarios.guards.audit_log import AuditError
from scenarios.guards.protection import Protection
from scenarios.rehearsal.plan_request import RunRequest
from scenarios.rehearsal.run_request import requested_run
from scenarios.shoppers.audited import audited
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import PlayerOptions
from targets.target_file import TargetNotAllowedError
from tests.scenarios.shoppers.fakes import FakeAdapter
from tests.sim.plans import HandMadePlan, action

ENDED = Ending(reason="interrupted", at_s=2.5, detail="SIGINT from the operator")


def run_in(directory: Path, *, file: str | None = "audit.jsonl") -> LoadRun:
    return LoadRun(
        plan=HandMadePlan(intended_s=[0.0, 2.0], actions=(action("pay"),), text="campaign: x"),
        adapter=FakeAdapter(),
        adapter_name="fake",
        url="http://shop.example",
        address=("10.1.2.3", 80),
        environment="staging",
        directory=directory / "runs" / "r",
        run_id="r",
        options=PlayerOptions(),
        protection=Protection(audit_file=directory / file if file else None),
    )


def lines(directory: Path) -> list[dict[str, object]]:
    text = (directory / "audit.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_line_before_a_run_says_what_is_sent_where(tmp_path):
    with audited(run_in(tmp_path)):
        [line] = lines(tmp_path)
    expected = {
        "event": "started", "verb": "run", "run_id": "r", "campaign": "hand_made", "seed": 1,
        "plan_sha256": hashlib.sha256(b"campaign: x").hexdigest(), "expected_visits": 2,
        "peak_rate_per_s": 1.0, "duration_s": 2.0, "url": "http://shop.example",
        "address": "10.1.2.3:80", "environment": "staging",
    }  # fmt: skip
    assert expected.items() <= line.items()


def test_the_line_after_a_run_says_how_it_ended_and_is_the_last(tmp_path):
    with audited(run_in(tmp_path)) as audit:
        audit.ended(ENDED, started_visits=2)
        audit.ended(ENDED, started_visits=3)
    _, end = lines(tmp_path)
    expected = {"event": "ended", "run_id": "r", "reason": "interrupted", "at_s": 2.5,
                "detail": "SIGINT from the operator", "started_visits": 2}  # fmt: skip
    assert expected.items() <= end.items()


def test_a_run_that_ends_by_an_error_is_written_down_as_lost(tmp_path):
    with pytest.raises(ZeroDivisionError), audited(run_in(tmp_path)):
        1 / 0  # noqa: B018
    assert lines(tmp_path)[1]["detail"] == "ZeroDivisionError: division by zero"


def test_a_run_that_cannot_be_written_down_does_not_begin(tmp_path):
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(AuditError), audited(run_in(tmp_path)):
        raise AssertionError("never reached")


def test_a_run_without_an_audit_file_writes_nothing(tmp_path):
    with audited(run_in(tmp_path, file=None)) as audit:
        audit.ended(ENDED, started_visits=0)
    assert list(tmp_path.iterdir()) == []


def test_an_attempt_that_was_refused_is_written_down_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetNotAllowedError):
        requested_run(RunRequest(campaign="smoke", target="http://10.1.2.3"))
    [attempt] = lines(tmp_path)
    assert (attempt["event"], attempt["target"]) == ("refused", "http://10.1.2.3")
    assert "not on this machine" in str(attempt["why"])
