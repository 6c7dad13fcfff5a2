"""The control file is its owner's alone, and is there exactly while the run goes on."""

from __future__ import annotations

import os
import stat

import pytest

from reports.record.manifest import RecordError
from scenarios.guards.control_file import (
    CONTROL_FILE,
    Control,
    control_file,
    read_control,
    runs_going_on,
)

MINE = Control(run_id="r", pid=os.getpid(), port=1234, token="secret")
NO_SUCH_PID = 2**22 + 1
"""Above the largest that Linux gives out."""


def test_it_is_there_while_the_run_goes_on_and_only_its_owner_reads_it(tmp_path):
    with control_file(tmp_path, MINE):
        assert read_control(tmp_path) == MINE
        assert stat.S_IMODE((tmp_path / CONTROL_FILE).stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_is_never_overwritten(tmp_path):
    (tmp_path / CONTROL_FILE).symlink_to(tmp_path / "elsewhere")
    cannot = pytest.raises(RecordError, match=r"control\.json: cannot be written")
    with cannot, control_file(tmp_path, MINE):
        raise AssertionError("never reached")
    assert not (tmp_path / "elsewhere").exists()


def test_the_file_of_a_killed_run_says_that_nothing_goes_on(tmp_path):
    gone = Control(run_id="r", pid=NO_SUCH_PID, port=1234, token="secret")
    with control_file(tmp_path, gone):
        assert read_control(tmp_path) is None


def test_a_rehearsals_run_is_found_below_its_directory(tmp_path):
    (tmp_path / "measured").mkdir()
    with control_file(tmp_path / "measured", MINE):
        assert read_control(tmp_path) == MINE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}', "\0"])
def test_what_is_no_control_file_is_none(tmp_path, text):
    (tmp_path / CONTROL_FILE).write_text(text)
    assert read_control(tmp_path) is None


def test_the_runs_that_go_on_are_found_among_those_that_have_ended(tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
    with control_file(tmp_path / "b", MINE):
        assert runs_going_on(tmp_path) == [(tmp_path / "b", MINE)]
    assert runs_going_on(tmp_path) == runs_going_on(tmp_path / "none") == []
