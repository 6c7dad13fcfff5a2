"""The verb `run`: bad input, a platform that is down, a disk that fills, a reader that leaves."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record.reader import read_record
from tests.end_to_end.command import (
    OBJECTIVES,
    PATIENCE_S,
    ROOT,
    Finished,
    command,
    doorbuster,
    environment,
    running,
    url_of,
    write_workspace,
)
from tests.end_to_end.conftest import answer
from tests.scenarios.transport.scripted_server import ScriptedServer, serving

pytestmark = pytest.mark.slow


def run_words(server, campaign: str = "brief.yaml", out: str = "out") -> tuple[str, ...]:
    return ("run", campaign, "--target", url_of(server), "--adapter", "mine.py", "--out", out)


def no_one_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


NOWHERE = no_one_listens()
MISTAKES = {
    "no_campaign": (("run",), 2, "needs either a CAMPAIGN or --replay LOG"),
    "misspelt": (("run", "flash_sal", "--target", NOWHERE), 2, 'did you mean "flash_sale"'),
    "missing_campaign": (("run", "no/such.yaml", "--target", NOWHERE), 2, "no/such.yaml"),
    "no_target": (("run", "short.yaml"), 2, "doorbuster target up"),
    "other_host": (("run", "short.yaml", "--target", "http://10.1.2.3"), 2, "write target.yaml"),
    "too_fast": (("run", "short.yaml", "--target", "slow.yaml"), 2, "largest_rate is 1/s"),
    "bad_target": (("run", "short.yaml", "--target", "bad.yaml"), 2, "bad.yaml:4:15 largest_rate"),
    "no_such_host": (
        ("run", "short.yaml", "--target", "http://no-such-host.invalid"), 6, "does not resolve",
    ),
    "target_down": (("run", "short.yaml", "--target", NOWHERE), 6, "cannot be reached: refused"),
    "negative": (("run", "short.yaml", "--target", NOWHERE, "--timeout", "-5s"), 2, '"-5s"'),
    "negative_seed": (("rehearse", "short.yaml", "--seed", "-1"), 2, "'--seed': -1 is not in"),
    "no_step": (("run", "short.yaml", "--target", NOWHERE, "--adapter", "fetch"), 2, "no step"),
    "no_log": (("run", "--replay", "no.log", "--target", NOWHERE), 2, "no.log"),
    "binary_log": (("run", "--replay", "binary.yaml", "--target", NOWHERE), 2, "binary.yaml"),
    "empty_file": (("rehearse", "empty.yaml"), 2, "empty.yaml"),
    "binary_file": (("rehearse", "binary.yaml"), 2, "binary.yaml"),
}  # fmt: skip


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Finished]]:
    """Every mistake, made once: where, and what came of each."""
    workspace = write_workspace(tmp_path_factory.mktemp("mistakes"))
    target = "target: t\nurl: http://127.0.0.1:9\nenvironment: test\nlargest_rate: {}\n"
    (workspace / "slow.yaml").write_text(target.format("1/s"))
    (workspace / "bad.yaml").write_text(target.format("-1/s"))
    (workspace / "empty.yaml").write_text("")
    (workspace / "binary.yaml").write_bytes(bytes(range(256)) * 20)
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(lambda each: doorbuster(workspace, *each[0]), MISTAKES.values())
        return workspace, dict(zip(MISTAKES, made, strict=True))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_its_own_message_and_exit_code(mistaken, mistake):
    finished, (_, code, said) = mistaken[1][mistake], MISTAKES[mistake]
    assert finished.code == code, finished.said
    assert said in " ".join(finished.err.split())
    assert "Traceback" not in finished.said


def test_a_mistake_leaves_no_record_behind(mistaken):
    assert not (mistaken[0] / "runs").exists()


def test_a_directory_that_is_not_empty_is_refused_and_left_as_it_is(workspace, platform):
    (workspace / "out").mkdir()
    (workspace / "out" / "mine.txt").write_text("precious")
    finished = doorbuster(workspace, *run_words(platform))
    assert finished.code == 2
    assert "out: is not empty" in finished.err
    assert [each.name for each in (workspace / "out").iterdir()] == ["mine.txt"]


def test_a_taken_port_is_told_with_its_holder(workspace):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finished = doorbuster(workspace, "target", "up", "--port", str(port))
    assert finished.code == 6, finished.said
    assert f"port {port} is taken" in finished.err
    assert "Traceback" not in finished.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A brief run to its end: where, what it said, and what the platform was sent."""

    workspace: Path
    code: int
    out: str
    err: str
    server: ScriptedServer


def without_a_reader(workspace: Path, *words: str) -> tuple[int, str, str]:
    """Closes the pipe that the run writes to once it has begun."""
    process = subprocess.Popen(
        command(*words), cwd=workspace, env=environment(), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    first = process.stdout.readline().decode()
    process.stdout.close()
    return process.wait(PATIENCE_S), first, ""


def nothing_more(_: subprocess.Popen[bytes]) -> None:
    """The run needs no hand on it."""


def on_a_terminal(
    workspace: Path,
    *words: str,
    meanwhile: Callable[[subprocess.Popen[bytes]], None] = nothing_more,
) -> tuple[int, str, str]:
    """What `doorbuster WORDS` writes to a terminal where colours are not wanted."""
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        command(*words),
        cwd=workspace,
        env=environment(TERM="xterm-256color", COLUMNS="100", NO_COLOR="1"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    meanwhile(process)
    shown = b""
    try:
        while part := os.read(master, 65_536):
            shown += part
    except OSError:  # how a terminal says that its last user has gone
        pass
    finally:
        os.close(master)
    return process.wait(PATIENCE_S), shown.decode(), ""


def captured(workspace: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        command(*words) if words[0] == "run" else [sys.executable, "-m", *words],
        cwd=workspace,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Played]]:
    """Brief runs that need no hand on them, all at once."""
    with serving(answer) as server, ThreadPoolExecutor(4) as pool:
        locust = (
            *("locust", "-f", str(ROOT / "scenarios" / "locustfile.py"), "--headless"),
            *("--campaign", "brief.yaml", "--adapter", "mine.py", "--host", url_of(server)),
        )
        ways = {
            "json": (captured, (*run_words(server), "--json")),
            "unread": (without_a_reader, run_words(server)),
            "terminal": (on_a_terminal, run_words(server)),
            "locust": (captured, locust),
        }

        def play(way: str) -> Played:
            workspace = write_workspace(tmp_path_factory.mktemp(way))
            run, words = ways[way]
            code, out, err = run(workspace, *words)
            return Played(workspace=workspace, code=code, out=out, err=err, server=server)

        yield dict(zip(ways, pool.map(play, ways), strict=True))


def test_a_run_prints_json_alone_on_stdout(played):
    run = played["json"]
    assert run.code == 0, run.err
    told = json.loads(run.out)
    assert told["ending"] == "completed"
    record = read_record(run.workspace / told["directory"])
    assert record.manifest.run_id == told["run_id"]
    assert told["planned_visits"] == len(record.first_actions())
    assert "\x1b" not in run.out + run.err


def test_the_platform_gets_every_request_of_the_record_marked_as_a_rehearsal(played):
    record = read_record(played["json"].workspace / "out")
    mark = f"X-Doorbuster-Rehearsal: {record.manifest.run_id}".encode()
    requests = played["json"].server.requests
    assert all(b"X-Doorbuster-Rehearsal: " in each for each in requests)
    actions = [each for each in requests if mark in each and each.startswith(b"GET")]
    assert len(actions) == record.actions["requests"].sum() > 0


def test_a_run_goes_on_when_nobody_reads_what_it_says(played):
    assert played["unread"].out.startswith("playing")
    ending = read_record(played["unread"].workspace / "out").manifest.ending
    assert ending is not None
    assert ending.reason == "completed"


COLOUR = r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|4[0-9]|9[0-7])(?:;[0-9]+)*m"


def test_a_terminal_shows_the_run_live_and_no_color_holds(played):
    run = played["terminal"]
    assert run.code == 0, run.out
    for words in ("arrivals", "throughput", "response time", "schedule lag", "error budget"):
        assert words in run.out
    assert run.out.count("throughput") > 1
    assert not re.findall(COLOUR, run.out)
    assert run.out.count("\x1b[?25l") == run.out.count("\x1b[?25h"), "the cursor is shown again"


def test_plain_locust_plays_the_campaign_once(played):
    run = played["locust"]
    assert run.code == 0, run.err
    assert "Traceback" not in run.err
    [directory] = (run.workspace / "runs").iterdir()
    record = read_record(directory)
    assert record.manifest.ending is not None
    assert record.manifest.ending.reason == "completed"
    assert len(record.first_actions()) == record.manifest.plan.planned_visits


def rows_written(workspace: Path, out: str = "out") -> bool:
    return len(list((workspace / out).glob("actions-*.parquet"))) >= 2


BUSY_ADAPTER = """\
import time
from targets.adapters.contract import Call, StepResult

STEPS = ("open_home", "view_product", "log_in", "place_order", "pay")


def play(visit, action, memory):
    until_s = time.perf_counter() + 0.2
    while time.perf_counter() < until_s:
        pass
    yield Call(method="GET", path="/")
    return StepResult(outcome="ok")
"""


def test_a_run_whose_player_falls_behind_exits_with_5_and_says_why(workspace, platform):
    """15 visits a second, each of which keeps the event loop for 200 ms and more."""
    (workspace / "busy.py").write_text(BUSY_ADAPTER, encoding="utf-8")
    usual = OBJECTIVES.partition("#")[0]
    (workspace / "brief.objectives.yaml").write_text(usual, encoding="utf-8")
    words = ("--adapter", "busy.py", "--out", "out", "--json")
    done = doorbuster(workspace, "run", "brief.yaml", "--target", url_of(platform), *words)
    assert done.code == 5, done.said
    told = json.loads(done.out)
    assert told["ending"] == "completed"
    assert any("the generator fell behind" in each for each in told["invalid"])


def test_ctrl_c_once_waits_for_the_replies_that_are_due(workspace, platform):
    with running(workspace, *run_words(platform, "long.yaml")) as run:
        run.until(lambda: rows_written(workspace))
        run.send(signal.SIGINT)
        assert run.code() == 130, run.said
        assert "run interrupted: SIGINT from the operator" in run.said
        assert "Traceback" not in run.said
    ending = read_record(workspace / "out").manifest.ending
    assert ending is not None
    assert ending.reason == "interrupted"


def test_ctrl_c_twice_does_not_wait_for_a_platform_that_is_stuck(workspace, stuck_platform):
    """The grace is 5 s and each action's time-out 10 s; the second Ctrl-C waits for neither."""
    with running(workspace, *run_words(stuck_platform, "long.yaml")) as run:
        run.until(lambda: len(stuck_platform.requests) > 10)
        run.send(signal.SIGINT)
        run.until(lambda: "again: at once" in run.said)
        run.send(signal.SIGINT)
        assert run.code() == 130, run.said
        assert "Traceback" not in run.said
        assert "ended at once\nrecord  out\njudge   doorbuster report out" in run.said
    ending = read_record(workspace / "out").manifest.ending
    assert ending is not None
    assert "at once" in ending.detail


def test_ctrl_c_twice_gives_the_terminal_its_cursor_back(workspace, stuck_platform):
    def press_ctrl_c_twice(process: subprocess.Popen[bytes]) -> None:
        while len(stuck_platform.requests) < 10:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)

    words = run_words(stuck_platform, "long.yaml")
    code, shown, _ = on_a_terminal(workspace, *words, meanwhile=press_ctrl_c_twice)
    assert code == 130, shown
    assert 0 < shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


def test_a_killed_run_loses_at_most_the_last_second(workspace, platform):
    with running(workspace, *run_words(platform, "long.yaml")) as run:
        run.until(lambda: rows_written(workspace))
        before = len(read_record(workspace / "out").actions)
        run.send(signal.SIGKILL)
        run.code()
    record = read_record(workspace / "out")
    assert record.manifest.ending is None
    assert len(record.actions) >= before > 0
    judged = doorbuster(workspace, "gate", "out")
    assert judged.code == 3, judged.said
    assert "killed" in judged.said


def test_a_full_disk_ends_the_run_in_4_and_what_was_written_opens(workspace, platform):
    """No file may grow any more, so the next segment cannot be written, as on a full disk. The
    one run says so to a pipe; the other to a file, which is full too."""
    talking = subprocess.Popen(
        command(*run_words(platform, "long.yaml", out="out_2")),
        cwd=workspace,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with talking, running(workspace, *run_words(platform, "long.yaml")) as run:
        run.until(lambda: rows_written(workspace) and rows_written(workspace, out="out_2"))
        for pid in (talking.pid, run.process.pid):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))
        assert run.code() == 4
        said, _ = talking.communicate(timeout=PATIENCE_S)
    assert talking.returncode == 4, said
    assert re.search(r"run aborted: .*cannot be written: .*File too large", said)
    assert "Traceback" not in said
    for out in ("out", "out_2"):
        record = read_record(workspace / out)
        assert len(record.actions) > 0
        assert record.manifest.ending is None
