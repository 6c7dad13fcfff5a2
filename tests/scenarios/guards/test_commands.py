"""The verb `stop` finds the run that is meant, or says why it cannot."""

from __future__ import annotations

import os

import pytest

from doorbuster import main
from scenarios.guards.control_file import Control, control_file


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_at(port: int, run_id: str = "r") -> Control:
    return Control(run_id=run_id, pid=os.getpid(), port=port, token="t")


def test_without_a_run_there_is_nothing_to_stop(workspace, capsys):
    assert main(["stop"]) == 2
    assert "no run goes on under runs/" in capsys.readouterr().err
    (workspace / "runs" / "old").mkdir(parents=True)
    assert main(["stop", "runs/old"]) == 2
    assert "runs/old: no run goes on here" in capsys.readouterr().err


def test_of_several_runs_one_must_be_named(workspace, capsys):
    for name in ("a", "b"):
        (workspace / "runs" / name).mkdir(parents=True)
    with (
        control_file(workspace / "runs" / "a", run_at(1)),
        control_file(workspace / "runs" / "b", run_at(1)),
    ):
        assert main(["stop"]) == 2
    assert "several runs go on, name one of runs/a, runs/b" in capsys.readouterr().err


def test_a_run_that_does_not_answer_is_told_with_another_way(workspace, capsys):
    (workspace / "runs" / "a").mkdir(parents=True)
    with control_file(workspace / "runs" / "a", run_at(1)):
        assert main(["stop"]) == 6
    said = capsys.readouterr().err
    assert "r: its control port does not answer" in said
    assert "a file called STOP works too" in said
