"""Who sent load where and when is appended, whole line by whole line, or no load is sent."""

from __future__ import annotations

import getpass
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scenarios.guards.audit_log import AuditError, append, audit_file


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_who_did_what_when(tmp_path):
    file = tmp_path / "audit.jsonl"
    append(file, "started", {"url": "http://127.0.0.1", "campaign": "秒杀"},
           now=datetime(2026, 11, 11, tzinfo=UTC))  # fmt: skip
    [line] = lines(file)
    assert line["at"] == "2026-11-11T00:00:00.000+00:00"
    assert (line["event"], line["campaign"]) == ("started", "秒杀")
    assert (line["user"], line["pid"]) == (getpass.getuser(), os.getpid())
    assert line["host"]


def test_nothing_that_was_written_is_ever_changed(tmp_path):
    file = tmp_path / "deep" / "audit.jsonl"
    append(file, "started", {})
    before = file.read_bytes()
    append(file, "ended", {})
    assert file.read_bytes().startswith(before)
    assert [line["event"] for line in lines(file)] == ["started", "ended"]


def test_lines_of_many_runs_never_mix(tmp_path):
    file = tmp_path / "audit.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: append(file, "started", {"run": k, "x": "y" * 2_000}), range(200)))
    assert sorted(int(str(line["run"])) for line in lines(file)) == list(range(200))


@pytest.mark.parametrize("where", ["/proc/audit.jsonl", "/dev/full"])
def test_a_log_that_cannot_be_written_is_refused_with_the_way_out(where):
    with pytest.raises(AuditError, match=rf"{where}: .*cannot be written.*DOORBUSTER_AUDIT_LOG"):
        append(Path(where), "started", {})


def test_the_log_is_beside_the_runs_unless_a_variable_names_another_file():
    assert audit_file({}) == Path("audit.jsonl")
    assert audit_file({"DOORBUSTER_AUDIT_LOG": ""}) == Path("audit.jsonl")
    assert audit_file({"DOORBUSTER_AUDIT_LOG": "/var/log/a"}) == Path("/var/log/a")
