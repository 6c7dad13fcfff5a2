"""Every request of a run carries its marks, and what the platform reports of them is recorded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.record.reader import read_record
from tests.end_to_end.command import doorbuster, url_of
from tests.scenarios.transport.scripted_server import Peer, serving

pytestmark = pytest.mark.slow
TRACEPARENT = re.compile(
    rb"traceparent: 00-([0-9a-f]{16})([0-9a-f]{16})-([0-9a-f]{8})([0-9a-f]{8})"
)
COLOURED = """\
target: mine
url: {url}
environment: test
largest_rate: 1000/s
adapter: mine.py
colour: {{header: X-Stress, value: "on {{run_id}}", reported_trace: X-Request-Trace}}
"""


def reporting(peer: Peer) -> None:
    """Reports the marks of a request in its reply; the colour of even visits only."""
    while True:
        request = peer.read_request()
        trace = TRACEPARENT.search(request)
        colour = re.search(rb"X-Stress: [^\r]*\r\n", request)
        assert trace
        assert colour
        head = b"HTTP/1.1 200 OK\r\nX-Request-Trace: " + trace[1] + trace[2] + b"\r\n"
        peer.say(head + colour[0] * (int(trace[2], 16) % 2 == 0) + b"Content-Length: 0\r\n\r\n")


def test_marks_go_out_with_every_request_and_what_comes_back_is_counted(workspace: Path) -> None:
    """By two workers, whose counts are put together."""
    with serving(reporting) as server:
        (workspace / "target.yaml").write_text(COLOURED.format(url=url_of(server)))
        words = ("run", "short.yaml", "--target", "target.yaml", "--out", "out", "--workers", "2")
        done = doorbuster(workspace, *words)
        requests = [bytes(each) for each in server.requests]
    assert done.code == 0, done.said
    record = read_record(workspace / "out")
    facts, first = record.manifest.colouring, record.first_actions()
    assert facts is not None
    assert facts.trace is not None
    assert facts.value == f"on {record.manifest.run_id}"
    sampled = [each for each in first["visit"] if each < 20 or each % 50 == 0]
    assert facts.sampled == facts.trace.right == len(sampled)
    assert facts.colour.right == sum(each % 2 == 0 for each in sampled) > 0
    assert facts.colour.wrong == facts.trace.wrong == 0
    sent = {tuple(int(part, 16) for part in found.groups()[1:]) for found in marks_of(requests)}
    acted = set(zip(record.actions["visit"], record.actions["action"], strict=True))
    assert {(visit, action) for visit, action, _ in sent if visit < 2**32} == acted
    assert {found[1].decode() for found in marks_of(requests)} == {facts.run_digits}


def marks_of(requests: list[bytes]) -> list[re.Match[bytes]]:
    found = [TRACEPARENT.search(each) for each in requests]
    assert all(found)
    return [each for each in found if each is not None]
