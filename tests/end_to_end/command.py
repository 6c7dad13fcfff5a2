"""Runs the command line as a user does: a process of its own, in a directory of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.scenarios.transport.scripted_server import ScriptedServer

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240.0
"""Far above what is measured, so that a slow machine does not fail a test."""

STEPS = ("open_home", "view_product", "log_in", "place_order", "pay")
CAMPAIGN = """\
campaign: {name}
description: A small sale.
seed: 7
phases:
  - {{name: sale, duration: {duration}, at: 15/s}}
products:
  catalogue: 10000
  zipf: 0.9
  hot:
    - {{sku: 1, share: 50 %, units: 500}}
personas:
  - name: shopper
    share: 100 %
    channels: {{app: 70 %, web: 30 %}}
    patience: 8s
funnel:
  - {{step: open_home, continue: 95 %}}
  - {{step: view_product, product: hot, continue: 80 %, think: {{median: 200ms, sigma: 0.3}}}}
  - {{step: log_in, think: {{median: 200ms, sigma: 0.3}}}}
  - {{step: place_order, product: same, think: {{median: 200ms, sigma: 0.3}}}}
  - {{step: pay, product: same, think: {{median: 200ms, sigma: 0.3}}}}
"""
OBJECTIVES = """\
objectives:
  - name: the home page opens
    indicator: success
    steps: [open_home]
    target: 90 %
# A slow machine fails no test.
validity: {largest_lag_p99: 1h, largest_missing: 100 %}
"""
ADAPTER = f"""\
from targets.adapters.contract import Call, StepResult

STEPS = {STEPS!r}


def play(visit, action, memory):
    reply = yield Call(method="GET", path=f"/{{action.step}}")
    return StepResult(outcome="ok" if reply.status < 400 else "failed")
"""


def write_workspace(directory: Path) -> Path:
    """`short.yaml` lasts 4 s, `brief.yaml` 1 s and `long.yaml` 10 min; `mine.py` speaks to any
    server."""
    for name, duration in (("short", "4s"), ("brief", "1s"), ("long", "10min")):
        text = CAMPAIGN.format(name=name, duration=duration)
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
        (directory / f"{name}.objectives.yaml").write_text(OBJECTIVES, encoding="utf-8")
    (directory / "mine.py").write_text(ADAPTER, encoding="utf-8")
    return directory


def environment(**changes: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in os.environ if name != "NO_COLOR"}
    return {**inherited, "PYTHONPATH": str(ROOT), **changes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    code: int
    out: str
    err: str
    lasted_s: float

    @property
    def said(self) -> str:
        return self.out + self.err


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "doorbuster", *words]


def doorbuster(directory: Path, *words: str, **changes: str) -> Finished:
    """Runs `doorbuster WORDS` to its end, without a terminal."""
    began_s = time.monotonic()
    done = subprocess.run(
        command(*words),
        cwd=directory,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    lasted_s = time.monotonic() - began_s
    return Finished(code=done.returncode, out=done.stdout, err=done.stderr, lasted_s=lasted_s)


@dataclass(slots=True)
class Running:
    """A command that goes on while the test looks. `log` is what it has said."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def until(self, holds: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not holds():
            assert self.process.poll() is None, f"ended early:\n{self.said}"
            assert time.monotonic() < deadline_s, f"never happened:\n{self.said}"
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def code(self) -> int:
        return self.process.wait(PATIENCE_S)


@contextmanager
def running(directory: Path, *words: str, log: str = "log", **changes: str) -> Iterator[Running]:
    """`doorbuster WORDS` in the background; killed, with all below it, if still there."""
    file = directory / log
    with file.open("wb") as output:
        process = subprocess.Popen(
            command(*words),
            cwd=directory,
            env=environment(**changes),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        background = Running(process, file)
        try:
            yield background
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def left_after_a_while(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those that still run once all have ended or patience has."""
    _, left = psutil.wait_procs(processes, timeout=PATIENCE_S)
    return [each for each in left if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def url_of(server: ScriptedServer) -> str:
    host, port = server.address
    return f"http://{host}:{port}"
