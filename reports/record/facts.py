"""Facts for a manifest: when, under what name, with what versions, on which host."""

from __future__ import annotations

import os
import platform
import secrets
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

LIBRARIES = ("doorbuster", "locust", "gevent", "simpy", "numpy", "pandas", "pyarrow")

RUNS = Path("runs")
"""Where the runs of a workspace are kept, each in a directory of its own."""


def new_run_id(name: str, now: datetime) -> str:
    """A name that sorts by time and says which campaign ran: `20261111T000000-flash_sale-3f9a`."""
    return f"{now:%Y%m%dT%H%M%S}-{name}-{secrets.token_hex(2)}"


def utc_now() -> datetime:
    return datetime.now(UTC)


def tool_versions() -> dict[str, str]:
    """Versions of Python and of the libraries whose behaviour shapes a run."""
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def host_facts() -> dict[str, str | int | float]:
    """The machine that the run came from. Runs of different hosts are not compared blindly."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "name": platform.node(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cores": cores or 1,
        "byte_order": sys.byteorder,
    }
