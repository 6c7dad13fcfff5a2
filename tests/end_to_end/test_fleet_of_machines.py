"""`run --listen` with workers on machines of their own, and one whose cable is pulled."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from reports.record.reader import read_record
from tests.end_to_end.command import CAMPAIGN, PATIENCE_S, command, environment, write_workspace
from tests.end_to_end.network_namespaces import (
    Machine,
    NotPermittedError,
    machines,
    unplug,
)

pytestmark = pytest.mark.slow

PLATFORM = """\
import asyncio, sys


class Answers(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        body = b"" if data.startswith(b"HEAD") else b"ok"
        self.transport.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n" + body)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answers, sys.argv[1], 8000)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
"""
TARGET = """\
target: namespaces
url: http://{address}:8000
environment: test
largest_rate: 100/s
adapter: mine.py
"""


@pytest.fixture
def three() -> Iterator[list[Machine]]:
    with ExitStack() as stack:
        try:
            made = stack.enter_context(machines(3))
        except NotPermittedError as error:
            pytest.skip(f"no network namespaces here: {error}")
        yield made


@contextmanager
def started(machine: Machine, workspace: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        machine.command(*words),
        cwd=workspace,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def fleet_of(
    three: list[Machine], workspace: Path, lasts: str
) -> Iterator[tuple[subprocess.Popen[str], list[subprocess.Popen[str]]]]:
    """The run on machine 1, beside its platform, and workers on machines 2 and 3."""
    write_workspace(workspace)
    first = three[0]
    text = CAMPAIGN.format(name="far", duration=lasts).replace("15/s", "40/s")
    (workspace / "far.yaml").write_text(text, encoding="utf-8")
    (workspace / "target.yaml").write_text(TARGET.format(address=first.address), encoding="utf-8")
    (workspace / "answers.py").write_text(PLATFORM, encoding="utf-8")
    at = f"{first.address}:5557"
    run = command("run", "far.yaml", "--target", "target.yaml", "--out", "out", "--listen", at)
    with ExitStack() as stack:
        platform = stack.enter_context(
            started(first, workspace, sys.executable, "answers.py", first.address)
        )
        assert platform.stdout is not None
        assert platform.stdout.readline() == "ready\n"
        master = stack.enter_context(started(first, workspace, *run, "--workers", "2"))
        workers = [
            stack.enter_context(started(each, workspace, *command("worker", "--master", at)))
            for each in three[1:]
        ]
        yield master, workers


def wait_for_rows(directory: Path, process: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not list(directory.glob("actions-w0*")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_a_worker_whose_cable_is_pulled_is_replaced_and_ends_by_itself(three, tmp_path):
    with fleet_of(three, tmp_path, "7s") as (master, workers):
        wait_for_rows(tmp_path / "out", master)
        time.sleep(1.0)
        unplug(three[0], three[2])
        said, _ = master.communicate(timeout=PATIENCE_S)
        assert master.returncode == 5, said
        alone, _ = workers[1].communicate(timeout=PATIENCE_S)
        assert workers[1].returncode == 4, alone
        assert workers[0].wait(PATIENCE_S) == 0
    assert "the master has been silent for 5 s" in alone
    record = read_record(tmp_path / "out")
    [loss] = record.manifest.lost_visits
    assert loss.why == "silent for 2.5 s"
    missing = record.manifest.plan.planned_visits - record.actions["visit"].nunique()
    assert loss.visits == missing > 0
    assert not record.actions.duplicated(["visit", "action"]).any()
    heir = {1, 2} - {loss.worker}
    late = record.first_actions()["intended_s"] > loss.until_s
    assert set(record.first_actions()[late]["worker"]) == heir
