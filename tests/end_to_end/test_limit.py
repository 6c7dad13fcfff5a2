"""`run` finds the limit of a platform whose capacity is known, ends by itself, and says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.command import CAMPAIGN, doorbuster, url_of
from tests.scenarios.transport.scripted_server import Peer, ScriptedServer, serving

pytestmark = [pytest.mark.slow, pytest.mark.quiet]

CAPACITY_PER_S, BURST = 50.0, 25.0
GENERATOR_LIMITED = 5
OBJECTIVES = """\
objectives:
  - {name: the home page opens, indicator: success, target: 95 %}
"""
PHASE = """\
  - name: ramp
    duration: 30s
    step: {from: 20/s, by: 20/s, every: 5s, settle: 1s, until: broken}
"""


class Bucket:
    """Lets `CAPACITY_PER_S` requests a second through, and refuses the others at once."""

    def __init__(self) -> None:
        self._tokens, self._at_s = BURST, time.monotonic()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        with self._lock:
            now_s = time.monotonic()
            grown = self._tokens + (now_s - self._at_s) * CAPACITY_PER_S
            self._tokens, self._at_s = min(BURST, grown), now_s
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@pytest.fixture
def bounded() -> Iterator[ScriptedServer]:
    bucket = Bucket()

    def answer(peer: Peer) -> None:
        while True:
            head = peer.read_request().startswith(b"HEAD")
            status = b"200 OK" if head or bucket.admits() else b"503 Service Unavailable"
            peer.say(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    with serving(answer) as server:
        yield server


@pytest.fixture
def ramp(workspace: Path) -> Path:
    """One request a visit, at even distances."""
    text = CAMPAIGN.format(name="ramp", duration="30s").replace(
        "seed: 7", "seed: 7\narrivals: even"
    )
    phases, funnel = text.index("  - {name: sale"), text.index("  - {step: view_product")
    text = text[:phases] + PHASE + text[text.index("products:") : funnel]
    (workspace / "ramp.yaml").write_text(
        text.replace("hot:\n    - {sku: 1, share: 50 %, units: 500}", "hot: []")
    )
    (workspace / "ramp.objectives.yaml").write_text(OBJECTIVES)
    return workspace


def test_a_run_ends_by_itself_when_it_has_found_the_limit(
    ramp: Path, bounded: ScriptedServer
) -> None:
    done = doorbuster(
        ramp,
        "run",
        "ramp.yaml",
        "--target",
        url_of(bounded),
        "--adapter",
        "mine.py",
        "--out",
        "out",
    )
    if done.code == GENERATOR_LIMITED:
        pytest.skip("this machine is too busy to start 80 visits a second on time")
    assert done.code == 0, done.said
    assert "run limit found: broke at" in done.said
    judged = doorbuster(ramp, "gate", "out", "--json")
    verdict = json.loads(judged.out)
    assert judged.code == 0, judged.said
    assert verdict["ending"]["reason"] == "limit_found"
    assert verdict["ending"]["at_s"] < 30
    low, high = verdict["limit"]["interval_per_s"]
    assert low <= CAPACITY_PER_S <= high
    assert verdict["limit"]["held_per_s"] <= CAPACITY_PER_S <= verdict["limit"]["broke_per_s"]
