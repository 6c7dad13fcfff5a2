"""Tests in the background of a script, on a slow machine, and side by side (`-n auto`)."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

WHOLE_RUNS = ("tests/end_to_end/", "tests/benchmarks/")
"""Their tests play whole runs, many of them at the same time."""


def pytest_configure(config: pytest.Config) -> None:
    """A script's background job ignores SIGINT, and so would every program that a test starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Hypothesis fails what takes longer than 0.2 s: a slow machine must fail no test. Its examples
    # are the same each time, for a failure has to come from the change that it is seen with;
    # `--hypothesis-seed N` looks at others.
    is_exploring = config.getoption("--hypothesis-seed", None) is not None
    settings.register_profile("patient", deadline=None, derandomize=not is_exploring)
    settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, for the one that plays whole runs mostly waits."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    from xdist.scheduler import LoadFileScheduling

    class OnePlaysWholeRuns(LoadFileScheduling):
        """A file is played by one process, and all whole runs by one."""

        def _split_scope(self, nodeid: str) -> str:
            is_run = nodeid.startswith(WHOLE_RUNS)
            return "whole runs" if is_run else super()._split_scope(nodeid)

    return OnePlaysWholeRuns(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Side by side, whole runs and files with slow tests go first: none is begun last."""
    if not hasattr(config, "workerinput"):
        return
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not _is_whole_run(item), item.path not in slow))


def _is_whole_run(item: pytest.Item) -> bool:
    return item.nodeid.startswith(WHOLE_RUNS)
