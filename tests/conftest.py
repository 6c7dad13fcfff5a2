"""Tests in the background of a script, and side by side (`-n auto --dist loadfile`)."""

from __future__ import annotations

import os
import signal

import pytest


def pytest_configure() -> None:
    """A script's background job ignores SIGINT, and so would every program that a test starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: what starts servers and runs mostly waits for them."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with slow tests go first, so that none is begun when the others have ended."""
    if not hasattr(config, "workerinput"):
        return
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
