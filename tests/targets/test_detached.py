"""Stopping a supervisor that ends by itself meanwhile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from targets.detached import (
    RunningTarget,
    TargetStartError,
    is_alive,
    start_detached,
    stop_detached,
)


@pytest.fixture
def supervisor() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "1000"]) as process:
        yield process
        process.kill()


def supervised_by(process: subprocess.Popen[bytes]) -> RunningTarget:
    return RunningTarget(
        name="reference",
        url="http://127.0.0.1:1",
        pid=process.pid,
        started_epoch_s=psutil.Process(process.pid).create_time(),
        up_since="2026-11-11T00:00:00+08:00",
        log="",
        services={},
        process_ids={},
    )


def test_supervisor_that_nobody_has_collected_yet_has_ended(supervisor):
    target = supervised_by(supervisor)
    assert is_alive(target)
    supervisor.kill()
    os.waitid(os.P_PID, supervisor.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(target)
    assert stop_detached(target) == 0.0


@pytest.mark.parametrize("line", ["children", "terminate"])
def test_supervisor_may_end_while_it_is_being_stopped(supervisor, monkeypatch, line):
    target, as_it_was = supervised_by(supervisor), getattr(psutil.Process, line)

    def ended_just_before(process: psutil.Process, **options: bool) -> object:
        supervisor.kill()
        supervisor.wait()
        return as_it_was(process, **options)

    monkeypatch.setattr(psutil.Process, line, ended_just_before)
    assert stop_detached(target) < 5
    assert not is_alive(target)


def test_a_workspace_that_cannot_be_written_is_refused_with_its_reason(tmp_path):
    (tmp_path / "runs").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(TargetStartError, match=r"supervisor\.log: cannot be written: "):
        start_detached(["true"], tmp_path, "reference", show=print)
