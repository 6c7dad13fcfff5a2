"""A file called STOP ends a run; its first line says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scenarios.guards.kill_file import kill_files, reason_to_stop


def test_a_run_looks_in_the_working_directory_and_beside_its_record():
    assert kill_files(Path("runs/a"), None) == (Path("STOP"), Path("runs/a/STOP"))
    assert kill_files(Path("runs/a"), Path("/tmp/x")) == (Path("/tmp/x"), Path("runs/a/STOP"))


def test_without_a_file_there_is_no_reason(tmp_path):
    assert reason_to_stop((tmp_path / "STOP", tmp_path / "no" / "such" / "STOP")) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", ""),
        (b"the shop asked for it\nsecond line", ": the shop asked for it"),
        ("  付款慢 \n".encode(), ": 付款慢"),
        (b"\xff\xfe\x00\x1b[31mred", ": \ufffd\ufffd[31mred"),
        (b"x" * 5_000, f": {'x' * 200}"),
    ],
)
def test_the_first_line_is_the_reason_and_harms_no_terminal(tmp_path, written, said):
    file = tmp_path / "STOP"
    file.write_bytes(written)
    os.utime(file, (1.0, 1.0))
    assert reason_to_stop((tmp_path / "other", file)) == f"kill file {file}{said}"


def test_a_file_that_has_just_been_made_may_yet_get_its_reason(tmp_path):
    file = tmp_path / "STOP"
    file.touch()
    assert reason_to_stop((file,)) is None
    file.write_text("payments are slow\n")
    assert reason_to_stop((file,)) == f"kill file {file}: payments are slow"


def test_a_kill_file_that_cannot_be_read_ends_the_run_too(tmp_path):
    (tmp_path / "STOP").mkdir()
    assert "cannot be read" in (reason_to_stop((tmp_path / "STOP",)) or "")
