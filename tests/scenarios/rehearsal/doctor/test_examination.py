"""The verb `doctor`: its table, its exit code, and one whole examination of this machine."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

import doorbuster
from scenarios.rehearsal.doctor import examination
from scenarios.rehearsal.doctor.finding import Finding

WELL = Finding(check="disk", found="9.0 GB free here")
LIMITED = Finding(check="cores", found="1", verdict="warning", advice="give it 2 cores")
MISSING = Finding(check="wheels", found="simpy missing", verdict="problem", advice="install it")
ROOT = Path(doorbuster.__file__).parent


def shown(*findings: Finding) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    examination.show(findings, console, as_json=False)
    return console.file.getvalue()


def test_a_table_tells_check_found_and_verdict_with_what_to_do() -> None:
    lines = [each.split() for each in shown(WELL, LIMITED, MISSING).splitlines()]
    assert lines[0] == ["check", "found", "verdict"]
    assert lines[1] == ["disk", "9.0", "GB", "free", "here", "✓", "ok"]
    assert ["→", "install", "it"] in lines
    assert lines[-1] == ["1", "problem", "to", "mend", "before", "a", "rehearsal."]


def test_warnings_do_not_keep_a_machine_from_rehearsing() -> None:
    assert examination.all_well([WELL, LIMITED])
    assert not examination.all_well([WELL, MISSING])
    assert (
        shown(WELL, LIMITED, LIMITED)
        .splitlines()[-1]
        .startswith("This machine can rehearse, with 2 warnings")
    )


@pytest.mark.parametrize(("findings", "code"), [((WELL, LIMITED), 0), ((WELL, MISSING), 2)])
def test_the_exit_code_says_whether_something_is_missing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    findings: tuple[Finding, ...],
    code: int,
) -> None:
    monkeypatch.setattr(examination, "examine", lambda *, announce: announce("looking") or findings)
    assert doorbuster.main(["doctor", "--json"]) == code
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["well"] == (code == 0)
    assert [each["check"] for each in document["findings"]] == [each.check for each in findings]
    assert said.err == "looking\n"


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory for temporary files that every user may pass through, as servers need."""
    directory = Path(tempfile.mkdtemp(prefix="doctor-test-"))
    directory.chmod(0o777)
    yield directory
    shutil.rmtree(directory)


def processes_with(mark: str) -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        try:
            if each.environ().get("DOCTOR_TEST") == mark:
                found.append(each)
        except psutil.Error:
            continue
    return found


@pytest.mark.servers
@pytest.mark.slow
def test_a_whole_examination_measures_and_leaves_nothing_behind(temporary: Path) -> None:
    mark = uuid.uuid4().hex
    done = subprocess.run(
        [sys.executable, "-m", "doorbuster", "doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), "DOCTOR_TEST": mark},
        capture_output=True,
        timeout=90,
        check=False,
    )
    found = {each["check"]: each for each in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0, [each for each in found.values() if each["verdict"] == "problem"]
    assert all(found[each]["verdict"] == "ok" for each in ("PostgreSQL", "Valkey", "NATS"))
    assert found["wheels"]["verdict"] == "ok"
    assert found["sending"]["figures"]["requests_per_s"] > 0
    lag = found["schedule lag"]["figures"]
    assert lag["offered_per_s"] == pytest.approx(
        0.6 * found["sending"]["figures"]["requests_per_s"]
    )
    p50, p99, p999 = (lag[f"schedule_lag_{each}_s"] for each in ("p50", "p99", "p999"))
    assert 0 <= p50 <= p99 <= p999
    assert b"measuring" in done.stderr
    assert processes_with(mark) == []
    assert list(temporary.iterdir()) == []
