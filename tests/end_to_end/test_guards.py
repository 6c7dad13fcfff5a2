"""Runs that are stopped while they are played: in time, with a reason, and written down."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from reports.record.reader import RunRecord, read_record
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import judge
from tests.end_to_end.command import Running, doorbuster, running, url_of
from tests.scenarios.transport.scripted_server import Peer, ScriptedServer, serving

pytestmark = pytest.mark.slow

NOT_AN_ERROR = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
AN_ERROR = b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"
WITHIN_S = 1.0
"""From a condition, or a word from outside, to the last new request: the promise."""


class Shop:
    """Answers everything with 200 until `broken`."""

    def __init__(self) -> None:
        self.broken = False

    def __call__(self, peer: Peer) -> None:
        while True:
            head = peer.read_request().startswith(b"HEAD")
            said = AN_ERROR if self.broken else NOT_AN_ERROR
            peer.say(said[:-2] if head else said)


@contextmanager
def shop() -> Iterator[tuple[Shop, ScriptedServer]]:
    talk = Shop()
    with serving(talk) as server:
        yield talk, server


def words(server: ScriptedServer, *more: str) -> tuple[str, ...]:
    return ("run", "long.yaml", "--target", url_of(server), "--adapter", "mine.py",
            "--out", "out", *more)  # fmt: skip


def has_rows(directory: Path) -> bool:
    return len(list((directory / "out").glob("actions-*.parquet"))) >= 2


def ended(directory: Path) -> RunRecord:
    record = read_record(directory / "out")
    assert record.manifest.ending is not None
    return record


def audit_lines(directory: Path) -> list[dict[str, object]]:
    text = (directory / "audit.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def last_start_s(record: RunRecord) -> float:
    return float(record.actions["started_s"].max())


def worst_lag_s(record: RunRecord) -> float:
    """How far behind the player itself was: a slow machine is not what these tests are about."""
    return float((record.actions["started_s"] - record.actions["intended_s"]).max())


def held_at_s(record: RunRecord, *, window_s: float, share: float) -> float:
    """When, from the record alone, more than `share` of 20 actions of a full window had failed."""
    actions = record.actions.sort_values("finished_s")
    ended_s = actions["finished_s"].to_numpy()
    bad = np.cumsum((actions["outcome"] == "failed").to_numpy())
    for k, at_s in enumerate(ended_s.tolist()):
        first = int(np.searchsorted(ended_s, at_s - window_s))
        n, failed = k + 1 - first, bad[k] - (bad[first - 1] if first else 0)
        if at_s >= window_s and n >= 20 and failed >= 3 and failed > share * n:
            return at_s
    raise AssertionError("the condition never held")


def test_a_run_whose_platform_breaks_sends_nothing_a_second_later(workspace):
    with shop() as (talk, server):
        guard, url = ("--abort-if", "errors > 20 % for 3 s"), url_of(server)
        with running(workspace, *words(server, *guard)) as run:
            run.until(lambda: len(list((workspace / "out").glob("actions-*.parquet"))) >= 4)
            talk.broken = True
            assert run.code() == 4, run.said
    record = ended(workspace)
    ending, [armed] = record.manifest.ending, record.manifest.guards
    assert ending.reason == "aborted"
    assert ending.detail.startswith("guard errors > 20 % for 3 s: 2")
    assert (armed.condition, armed.action) == ("errors > 20 % for 3 s", "abort")
    assert armed.fired_at_s == pytest.approx(ending.at_s, abs=0.1)
    took_s = last_start_s(record) - held_at_s(record, window_s=3.0, share=0.2)
    assert took_s <= WITHIN_S + worst_lag_s(record)
    assert f"run aborted: {ending.detail}" in " ".join(run.said.split())
    assert judge(record, ()).exit_code is ExitCode.ABORTED
    first, end = audit_lines(workspace)
    assert (first["event"], first["verb"], first["url"]) == ("started", "run", url)
    assert (end["event"], end["run_id"]) == ("ended", record.manifest.run_id)
    assert (end["reason"], end["detail"]) == ("aborted", ending.detail)


def stopped_by(workspace: Path, how: Callable[[Running], object]) -> RunRecord:
    """The record of a run that `how` ends."""
    with shop() as (_, server), running(workspace, *words(server)) as run:
        run.until(lambda: has_rows(workspace))
        how(run)
        assert run.code() == 4, run.said
        assert "Traceback" not in run.said
    return ended(workspace)


def test_a_file_called_stop_ends_a_run_and_says_why(workspace):
    record = stopped_by(
        workspace, lambda _: (workspace / "STOP").write_text("the shop asked for it\n")
    )
    assert record.manifest.ending.detail == "kill file STOP: the shop asked for it"
    assert last_start_s(record) <= record.manifest.ending.at_s + 0.1


def test_the_verb_stop_ends_the_run_that_goes_on(workspace):
    def stop(run: Running) -> None:
        control = json.loads((workspace / "out" / "control.json").read_text())
        assert control["pid"] == run.process.pid
        said = doorbuster(workspace, "stop", "out", "--reason", "payments are slow")
        assert said.code == 0, said.said
        assert "stops: stop request: payments are slow" in said.out

    record = stopped_by(workspace, stop)
    assert record.manifest.ending.reason == "aborted"
    assert record.manifest.ending.detail == "stop request: payments are slow"
    assert last_start_s(record) <= record.manifest.ending.at_s + 0.1
    assert not (workspace / "out" / "control.json").exists()


def test_without_an_audit_log_nothing_is_sent(workspace):
    with shop() as (_, server):
        said = doorbuster(workspace, *words(server), DOORBUSTER_AUDIT_LOG="/proc/audit.jsonl")
        assert said.code == 2
        assert "/proc/audit.jsonl: the audit log cannot be written" in said.err
        assert server.requests == []
    assert not (workspace / "out").exists()


def test_a_storm_at_the_control_port_disturbs_no_run(workspace):
    """While the port is hammered and fed garbage, visits start as punctually as before."""
    with shop() as (_, server), running(workspace, *words(server)) as run:
        run.until(lambda: has_rows(workspace))
        control = json.loads((workspace / "out" / "control.json").read_text())
        with ThreadPoolExecutor(8) as pool:
            knocked = sum(pool.map(knocking, [control["port"]] * 8))
        run.send(signal.SIGINT)
        assert run.code() == 130, run.said
        assert "Traceback" not in run.said
    record = ended(workspace)
    lag_s = (record.actions["started_s"] - record.actions["intended_s"]).to_numpy()
    assert knocked > 100
    assert float(np.median(lag_s)) < 0.05


def knocking(port: int, for_s: float = 3.0) -> int:
    """Requests and garbage, one after the other, nobody waiting for an answer; how many."""
    until_s, knocks = time.monotonic() + for_s, 0
    lines = (b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n", os.urandom(500), b"")
    while time.monotonic() < until_s:
        knocks += 1
        with contextlib.suppress(OSError), socket.socket() as knock:
            knock.settimeout(0.02)
            knock.connect(("127.0.0.1", port))
            knock.sendall(lines[knocks % 3])
    return knocks
