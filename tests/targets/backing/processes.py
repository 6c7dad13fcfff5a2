"""What the tests of this folder look at: processes, and parents that start servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[3]
PATIENCE_S = 30.0
"""Far above what is measured, so that a slow machine does not fail a test."""


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def still_running_after_a_while(pids: Iterable[int]) -> list[int]:
    """Those that are left once all have ended or patience has."""
    deadline_s = time.monotonic() + PATIENCE_S
    left = [pid for pid in pids if is_running(pid)]
    while left and time.monotonic() < deadline_s:
        time.sleep(0.02)
        left = [pid for pid in left if is_running(pid)]
    return left


def descendants_of(pid: int) -> list[int]:
    """Every process below this one, leashes and servers alike."""
    return [process.pid for process in psutil.Process(pid).children(recursive=True)]


def children_since(before: Iterable[int]) -> list[int]:
    """Processes below this one that are not in `before`: other tests' servers may still run."""
    return [pid for pid in descendants_of(os.getpid()) if pid not in set(before)]


@contextmanager
def parent_running(script: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A Python parent in a session of its own that has printed `ready`."""
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        yield parent
    finally:
        if parent.poll() is None:
            os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
