"""Plain Locust with its web page: Start, Stop, and Start again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reports.record.manifest import Ending
from reports.record.reader import RunRecord, read_record
from targets.backing.port import free_port
from tests.end_to_end.command import PATIENCE_S, ROOT, environment, url_of

pytestmark = pytest.mark.slow
START = b"user_count=1&spawn_rate=1"


@contextmanager
def locust_page(workspace: Path, host: str, campaign: str) -> Iterator[str]:
    """The URL of Locust's page for `campaign` on `host`."""
    port = free_port()
    words = (
        *("-m", "locust", "-f", str(ROOT / "scenarios" / "locustfile.py"), "--adapter", "mine.py"),
        *("--campaign", campaign, "--host", host),
        *("--web-host", "127.0.0.1", "--web-port", str(port)),
    )
    with (workspace / "locust.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=workspace,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def told(url: str, data: bytes | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(url, data=data, timeout=PATIENCE_S) as reply:
        answer: dict[str, Any] = json.loads(reply.read())
    return answer


def tabs_of(page: str) -> tuple[dict[str, str], dict[str, str]]:
    """What the page's own tabs show: figures, and by step how many actions have ended."""
    with urllib.request.urlopen(page, timeout=PATIENCE_S) as reply:
        arguments = re.search(r"templateArgs = (\{.*\})", reply.read().decode())
    assert arguments is not None
    shown = [each["title"] for each in json.loads(arguments[1])["extended_tabs"]]
    assert shown == ["Open model", "Open model by step"]
    figures, steps = told(f"{page}/stats/requests")["extended_stats"]
    return (
        {row["figure"]: row["value"] for row in figures["data"]},
        {row["step"]: row["ended"] for row in steps["data"]},
    )


def until(holds: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            if holds():
                return
        except urllib.error.URLError:
            pass  # the page is not up yet
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def records(workspace: Path) -> list[RunRecord]:
    """The runs so far, in their order."""
    found = [read_record(each.parent) for each in (workspace / "runs").glob("*/manifest.json")]
    return sorted(found, key=lambda each: each.directory.stat().st_ctime)


def endings(workspace: Path) -> list[Ending | None]:
    """How they ended; None while one goes on."""
    return [each.manifest.ending for each in records(workspace)]


def test_the_page_plays_the_campaign_each_time_that_start_is_pressed(workspace, platform):
    with locust_page(workspace, url_of(platform), "brief.yaml") as page:
        until(lambda: told(f"{page}/stats/requests")["state"] == "ready")
        for number in (1, 2):
            assert told(f"{page}/swarm", START)["success"]
            until(lambda number=number: len(endings(workspace)) == number)
            until(lambda: None not in endings(workspace))
            until(lambda: told(f"{page}/stats/requests")["state"] == "stopped")
        figures, ended = tabs_of(page)
    last = records(workspace)[-1]
    planned = last.manifest.plan.planned_visits
    assert figures["visits started"] == f"{planned:,} (100.00 %)"
    assert figures["visits not sent"] == "0"
    assert figures["schedule lag of the last 5 s"].startswith("p50 ")
    assert ended == {step: f"{n:,}" for step, n in last.actions["step"].value_counts().items() if n}
    assert [each.reason for each in endings(workspace) if each] == ["completed", "completed"]


def test_stop_on_the_page_ends_the_record_as_interrupted(workspace, platform):
    with locust_page(workspace, url_of(platform), "long.yaml") as page:
        until(lambda: told(f"{page}/stats/requests")["state"] == "ready")
        assert told(f"{page}/swarm", START)["success"]
        until(lambda: list((workspace / "runs").glob("*/actions-*.parquet")))
        assert told(f"{page}/stop", b"")["success"]
        until(lambda: None not in endings(workspace))
    [ending] = endings(workspace)
    assert ending is not None
    assert (ending.reason, ending.detail) == ("interrupted", "stopped on Locust's page")
