"""Rehearsals that are cut short, each in its own way: the record stands, nothing stays behind.

All four are started together, since most of their time is the platform coming up.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from reports.record.reader import RunRecord, read_record
from tests.end_to_end.command import Running, left_after_a_while, running, write_workspace

pytestmark = [pytest.mark.servers, pytest.mark.slow]

WAYS = ("ctrl_c_once", "ctrl_c_twice", "killed", "load_killed")


@pytest.fixture(scope="module")
def rehearsals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    with ExitStack() as stack:
        yield {
            way: stack.enter_context(
                running(
                    write_workspace(tmp_path_factory.mktemp(way)),
                    *("rehearse", "long.yaml", "--out", "out"),
                )
            )
            for way in WAYS
        }


class Loaded:
    """A rehearsal whose load has written rows: now it can be disturbed."""

    def __init__(self, rehearsal: Running) -> None:
        self.rehearsal = rehearsal
        self.out = rehearsal.log.parent / "out"
        rehearsal.until(lambda: len(list(self.out.glob("*/measured/actions-*.parquet"))) >= 2)
        self.below = rehearsal.descendants()

    @property
    def directory(self) -> Path:
        [directory] = self.out.iterdir()
        return directory

    def load_process(self) -> psutil.Process:
        [load] = [each for each in self.below if "--parent" in each.cmdline()]
        return load

    def record(self) -> RunRecord:
        return read_record(self.directory / "measured")

    def segments(self) -> int:
        return len(list(self.directory.glob("measured/actions-*.parquet")))


def test_ctrl_c_once_ends_gracefully_with_a_partial_report(rehearsals):
    loaded = Loaded(rehearsals["ctrl_c_once"])
    loaded.rehearsal.send(signal.SIGINT)
    assert loaded.rehearsal.code() == 130, loaded.rehearsal.said
    record = loaded.record()
    assert record.manifest.ending is not None
    assert record.manifest.ending.reason == "interrupted"
    assert "SIGINT" in record.manifest.ending.detail
    assert [each.held for each in record.manifest.invariants] == [True] * 5
    assert "Partial run" in (loaded.directory / "report.html").read_text(encoding="utf-8")
    verdict = json.loads((loaded.directory / "verdict.json").read_text(encoding="utf-8"))
    assert (verdict["outcome"], verdict["exit_code"]) == ("interrupted", 130)
    assert not (loaded.directory / "simulated").exists()
    assert "Traceback" not in loaded.rehearsal.said
    assert left_after_a_while(loaded.below) == []


def test_ctrl_c_twice_ends_at_once_and_the_record_stands(rehearsals):
    loaded = Loaded(rehearsals["ctrl_c_twice"])
    loaded.rehearsal.send(signal.SIGINT)
    loaded.rehearsal.until(lambda: "again: at once" in loaded.rehearsal.said)
    loaded.rehearsal.send(signal.SIGINT)
    assert loaded.rehearsal.code() == 130, loaded.rehearsal.said
    assert len(loaded.record().actions) > 0
    assert "Traceback" not in loaded.rehearsal.said
    assert left_after_a_while(loaded.below) == []


def test_a_killed_rehearsal_leaves_no_process_and_a_record_up_to_the_last_second(rehearsals):
    loaded = Loaded(rehearsals["killed"])
    written, rows = loaded.segments(), len(loaded.record().actions)
    loaded.rehearsal.send(signal.SIGKILL)
    assert loaded.rehearsal.code() == -signal.SIGKILL
    assert left_after_a_while(loaded.below) == []
    assert loaded.segments() >= written
    record = loaded.record()
    assert len(record.actions) >= rows > 0
    ending = record.manifest.ending
    assert ending is None or ending.reason == "aborted"


def test_a_killed_load_is_reported_as_far_as_it_came_and_is_never_green(rehearsals):
    loaded = Loaded(rehearsals["load_killed"])
    load, written = loaded.load_process(), loaded.segments()
    load.kill()
    assert loaded.rehearsal.code() == 3, loaded.rehearsal.said
    assert "the load was killed by SIGKILL" in loaded.rehearsal.said
    assert "Traceback" not in loaded.rehearsal.said
    assert loaded.segments() >= written
    assert loaded.record().manifest.ending is None
    assert "Partial run" in (loaded.directory / "report.html").read_text(encoding="utf-8")
    assert left_after_a_while(loaded.below) == []


def test_ctrl_c_while_the_platform_starts_ends_in_130_and_leaves_nothing(tmp_path):
    with running(write_workspace(tmp_path), "rehearse", "long.yaml", "--out", "out") as rehearsal:
        rehearsal.until(lambda: "nats" in rehearsal.said)
        below = rehearsal.descendants()
        rehearsal.send(signal.SIGINT)
        began_s = time.monotonic()
        assert rehearsal.code() == 130, rehearsal.said
        assert time.monotonic() - began_s < 30.0
        assert "Traceback" not in rehearsal.said
        assert left_after_a_while(below) == []
