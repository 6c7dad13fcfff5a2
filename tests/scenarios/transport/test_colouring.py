"""The marks on requests: what goes out, what must come back, and that nothing takes them away."""

from __future__ import annotations

import hashlib
import re

import pytest

from scenarios.transport.colouring import EVERY, FIRST_VISITS, NO_VISIT, Colouring
from targets.adapters.colour import Colour
from targets.adapters.contract import Call, Open, Reply
from tests.scenarios.transport.scripted_server import OK, Peer, replying, serving
from tests.scenarios.transport.sending import GET, PATIENT_S, header, transport_to

RUN = hashlib.sha256(b"run-7").hexdigest()[:16]
TRACEPARENT = re.compile(r"traceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-01\r\n")
"""Version, trace id, parent id and flags: W3C Trace Context, section 3.2.2."""


def colouring(**keys) -> Colouring:
    return Colouring(Colour(**keys), run_id="run-7")


def ids(line: str) -> tuple[str, str]:
    found = TRACEPARENT.fullmatch(line)
    assert found, line
    return found[1], found[2]


def test_a_trace_id_is_the_run_and_then_the_number_of_the_visit():
    """The other way round too: whoever has a trace id has the visit."""
    trace, _ = ids(colouring().trail(4711).line())
    assert trace == f"{RUN}0000000000001267"
    assert int(trace[16:], 16) == 4711


def test_a_span_id_is_the_action_and_then_the_number_of_the_request():
    """Never all zeros, which W3C forbids."""
    trail = colouring().trail(4711)
    first = [ids(trail.line())[1] for _ in range(2)]
    trail.begin(3)
    assert first == ["0000000000000001", "0000000000000002"]
    assert ids(trail.line())[1] == "0000000300000001"


def test_what_no_visit_sends_has_a_trace_of_its_own():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        for _ in range(2):
            transport.send(GET, within_s=PATIENT_S)
        sent = [header(each, "traceparent")[0].decode() for each in server.requests]
    assert sent == [f"00-{RUN}{NO_VISIT:016x}-{number:016x}-01" for number in (1, 2)]


def test_two_runs_never_share_a_trace():
    traces = {Colouring(run_id=run).trail(1).trace_id for run in ("a", "b", "双十一")}
    assert len(traces) == 3


@pytest.mark.parametrize(
    ("trace", "line"), [("X-Request-Id", f"X-Request-Id: {RUN}{5:016x}\r\n"), (None, "")]
)
def test_under_another_name_the_bare_trace_id_is_sent_and_under_none_nothing(trace, line):
    trail = colouring(trace=trace).trail(5)
    trail.begin(1)
    assert [trail.line(), trail.line()] == [line, line]


@pytest.mark.parametrize("spelled", ["X-Stress", "x-stress", "Traceparent", "traceparent"])
def test_no_call_takes_a_mark_away_or_doubles_it(spelled):
    colour = Colour(header="x-stress", value="on, {run_id}")
    call = Call(method="GET", path="/", headers={spelled: "customer", "Accept": "*/*"})
    with serving(replying(OK)) as server, transport_to(server, colour=colour) as transport:
        transport.send(call, within_s=PATIENT_S, trail=transport.colouring.trail(1))
        [request] = server.requests
    assert header(request, "x-stress") == [b"on, run-7"]
    assert [each[:3] for each in header(request, "traceparent")] == [b"00-"]
    assert header(request, "accept") == [b"*/*"]


def led_astray_once(peer: Peer) -> None:
    peer.read_request()
    peer.say(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
    peer.read_request()
    peer.say(OK)


def test_a_redirect_is_another_request_of_the_same_visit():
    with serving(led_astray_once) as server, transport_to(server) as transport:
        transport.send(GET, within_s=PATIENT_S, trail=transport.colouring.trail(1))
        sent = [header(each, "traceparent")[0].split(b"-") for each in server.requests]
    assert sent[0][1] == sent[1][1]
    assert [each[2] for each in sent] == [b"0000000000000001", b"0000000000000002"]


def test_a_websocket_is_opened_with_the_marks_too():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        transport.open(
            Open(path="/live"), within_s=PATIENT_S, trail=transport.colouring.trail(4711)
        )
        [request] = server.requests
    assert header(request, "x-doorbuster-rehearsal") == [b"run-7"]
    assert header(request, "traceparent") == [f"00-{RUN}{4711:016x}-{1:016x}-01".encode()]


def counts_of(*replies: dict[str, str], **keys) -> tuple[int, ...]:
    """Of visits 0, 1, 2, ... whose replies had these headers."""
    marks = colouring(**keys)
    for visit, headers in enumerate(replies):
        marks.check(marks.trail(visit), Reply(status=200, headers=headers))
    return marks.counts()


def test_a_reply_reports_a_mark_only_as_it_was_sent():
    same = {"x-doorbuster-rehearsal": "run-7", "x-trace-id": f"{RUN}{0:016x}"}
    other_run = {"x-doorbuster-rehearsal": "run-6", "x-trace-id": f"{RUN}{1:016x}"}
    other_visit = {"x-doorbuster-rehearsal": "run-7", "x-trace-id": f"{RUN}{0:016x}"}
    assert counts_of(same) == (1, 1, 1, 0, 0)
    assert counts_of(same, other_run) == (2, 1, 2, 1, 0)
    assert counts_of(same, other_visit) == (2, 2, 1, 0, 1)
    assert counts_of(same, {}) == (2, 1, 1, 0, 0)


def test_a_trace_id_may_be_reported_within_a_traceresponse():
    told = {"traceresponse": f"00-{RUN}{0:016x}-00f067aa0ba902b7-01".upper()}
    assert counts_of(told, reported_trace="traceresponse") == (1, 0, 1, 0, 0)


def test_a_sample_is_the_first_visits_and_then_one_in_so_many():
    marks = colouring()
    sampled = [visit for visit in range(200) if marks.trail(visit).unchecked]
    assert sampled == [*range(FIRST_VISITS), EVERY, 2 * EVERY, 3 * EVERY]
    assert not marks.trail(NO_VISIT, sampled=False).unchecked


def test_only_the_first_reply_of_a_visit_is_looked_at():
    answer = OK.replace(b"\r\n\r\n", b"\r\nX-Doorbuster-Rehearsal: run-7\r\n\r\n", 1)
    with serving(replying(answer)) as server, transport_to(server) as transport:
        trail = transport.colouring.trail(0)
        for _ in range(3):
            transport.send(GET, within_s=PATIENT_S, trail=trail)
        assert transport.colouring.counts() == (1, 1, 0, 0, 0)
