"""A run is scraped while it lasts: by its own port and by the one that was asked for."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reports.record.reader import read_record
from targets.backing.port import free_port
from tests.end_to_end.command import PATIENCE_S, running, url_of

pytestmark = pytest.mark.slow


def scraped(port: int) -> dict[str, float]:
    """The sums of all samples by their names."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as reply:
        text = reply.read().decode()
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_a_run_is_scraped_while_it_lasts_and_never_tells_more_than_its_record(
    workspace: Path, platform, workers: tuple[str, ...]
) -> None:
    """Counters grow, and the last of them are no more than the rows of the record."""
    words = ("run", "short.yaml", "--target", url_of(platform), "--adapter", "mine.py")
    port = free_port()
    seen: list[dict[str, float]] = []
    with running(
        workspace, *words, "--out", "out", "--metrics", f"127.0.0.1:{port}", *workers
    ) as run:

        def ended() -> bool:
            try:
                seen.append(scraped(port))
            except (urllib.error.URLError, ConnectionError):
                return bool(seen)  # not yet open, or closed again
            if len(seen) == 1:
                control = json.loads((workspace / "out" / "control.json").read_text())
                assert "doorbuster_run_info" in scraped(control["port"])
            time.sleep(0.2)
            return False

        run.until(lambda: run.process.poll() is not None or ended())
        assert run.code() == 0, run.said
    rows = read_record(workspace / "out").actions
    for name in ("visits_started_total", "actions_total", "response_time_seconds_count"):
        told = [each.get(f"doorbuster_{name}", 0.0) for each in seen]
        assert told == sorted(told)
        assert 0 < told[-1] <= len(rows)
    assert seen[-1]["doorbuster_visits_planned"] == rows["visit"].nunique()
