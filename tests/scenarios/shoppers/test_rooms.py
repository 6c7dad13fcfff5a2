"""Shoppers on a WebSocket: a live-stream room that is heard, a chat that is spoken to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from wsproto import events

from reports.record.outcome import Outcome
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import (
    Call,
    Conversation,
    Hear,
    Leave,
    Memory,
    Message,
    Open,
    Reply,
    Say,
    StepResult,
)
from targets.adapters.probe import in_words, probe, probing_visit
from tests.scenarios.shoppers.fakes import KeptRows
from tests.scenarios.transport.room import Visitor, room
from tests.scenarios.transport.scripted_server import ScriptedServer, Talk, once, serving
from tests.scenarios.transport.sending import transport_to, until
from tests.sim.plans import HandMadePlan, action

OK = StepResult(outcome="ok")


class LiveShop:
    """Steps of a platform with a live stream and a chat; `watch_s` is how long one watches."""

    def __init__(self, watch_s: float = 0.3) -> None:
        self.watch_s = watch_s

    steps = frozenset({"log_in", "join_room", "watch", "chat", "leave_room"})
    steps_in_order = ("log_in", "join_room", "watch", "chat", "leave_room")

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:
        return (yield from getattr(self, f"_{action.step}")(visit))

    def _log_in(self, visit: Visit) -> Conversation:
        yield Call(method="GET", path="/log-in")
        return OK

    def _join_room(self, visit: Visit) -> Conversation:
        reply = yield Open(path=f"/live?visitor={visit.index}")
        if reply.status != 101:
            return StepResult(outcome="rejected", reason=f"status {reply.status}")
        return OK

    def _watch(self, visit: Visit) -> Conversation:
        reply = yield Hear(within_s=self.watch_s)
        lags_s = [each.at_s - json.loads(each.content)["sent_at_s"] for each in reply.messages]
        figures = (("messages", len(lags_s)), *(("delivery_lag_s", each) for each in lags_s))
        if reply.closed:
            return StepResult(outcome="failed", reason=f"closed {reply.closed}", figures=figures)
        return StepResult(outcome="ok", figures=figures)

    def _chat(self, visit: Visit) -> Conversation:
        yield Say(message="在吗？")
        reply = yield Hear(within_s=5.0, until=is_answer)
        return OK if reply.messages else StepResult(outcome="failed", reason="no answer")

    def _leave_room(self, visit: Visit) -> Conversation:
        reply = yield Leave()
        return StepResult(outcome="ok" if reply.closed == 1000 else "failed")


def is_answer(message: Message) -> bool:
    return "answer" in json.loads(message.content)


def live(visitor: Visitor) -> None:
    """Sends three messages at once, answers whoever says something, and sees them out."""
    for number in range(3):
        visitor.say(json.dumps({"number": number, "sent_at_s": time.time()}))
    while not isinstance(event := visitor.hear(), events.CloseConnection):
        visitor.say(json.dumps({"chatter": True}))
        visitor.say(json.dumps({"answer": f"to {event.data}"}))
    visitor.send(event.response())


def log_in_then(talk: Callable[[Visitor], None]) -> tuple[Talk, Talk]:
    """The first connection logs in and gets a cookie; the second is the room."""
    head = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=s1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    return once(head), room(talk)


def played(server: ScriptedServer, *steps: str, watch_s: float = 0.3, **options) -> KeptRows:
    """The rows of one visit of these steps."""
    plan = HandMadePlan(intended_s=[0.0], actions=tuple(action(each) for each in steps))
    rows = KeptRows()
    with transport_to(server) as transport:
        clock = RunClock(time.perf_counter())
        player = Player(plan, LiveShop(watch_s), transport, rows, clock, PlayerOptions(**options))
        assert player.play().cut_off_visits == 0
    return rows


def outcomes(rows: KeptRows) -> list[tuple[Outcome, str]]:
    return [(Outcome(row.outcome), row.reason.partition(":")[0]) for row in rows.actions]


def test_a_room_is_joined_heard_spoken_to_and_left():
    with serving(*log_in_then(live)) as server:
        rows = played(server, "log_in", "join_room", "watch", "chat", "leave_room")
        request = server.requests[1]
    assert outcomes(rows) == [(Outcome.OK, "")] * 5
    assert [(row.requests, row.status) for row in rows.actions] == [
        (1, 200), (1, 101), (0, 101), (0, 101), (0, 101),
    ]  # fmt: skip
    assert request.startswith(b"GET /live?visitor=0 HTTP/1.1\r\n")
    assert b"Cookie: sid=s1\r\n" in request
    assert b"X-Doorbuster-Rehearsal: run-7\r\n" in request


def test_what_was_heard_is_in_the_gauges_with_its_lag():
    with serving(*log_in_then(live)) as server:
        rows = played(server, "log_in", "join_room", "watch")
    watched = rows.actions[-1]
    assert [(each.name, each.t_s) for each in rows.gauges] == [
        ("messages", watched.finished_s),
        *[("delivery_lag_s", watched.finished_s)] * 3,
    ]
    count, *lags_s = [each.value for each in rows.gauges]
    assert count == 3
    assert all(0.0 <= each < 60.0 for each in lags_s)


def test_watching_takes_as_long_as_the_shopper_watches():
    with serving(*log_in_then(live)) as server:
        rows = played(server, "log_in", "join_room", "watch", watch_s=0.4)
    watched = rows.actions[-1]
    assert watched.finished_s - watched.started_s >= 0.4


def test_a_full_room_is_a_refusal():
    full = once(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n")
    with serving(full) as server:
        rows = played(server, "join_room", "watch")
    assert outcomes(rows) == [(Outcome.REJECTED, "status 503")]
    assert rows.actions[0].status == 503


@pytest.mark.parametrize(
    ("talk", "outcome", "reason"),
    [
        (lambda visitor: None, Outcome.FAILED, "closed_early"),
        (lambda visitor: visitor.peer.reset(), Outcome.FAILED, "reset"),
        (lambda visitor: visitor.peer.say(b"\xff" * 99), Outcome.FAILED, "bad_frame"),
        (
            lambda visitor: visitor.send(events.CloseConnection(code=4001)),
            Outcome.FAILED,
            "closed 4001",
        ),
    ],
    ids=["dies", "reset", "garbage", "closes"],
)
def test_a_room_that_ends_before_the_shopper_leaves_is_a_failure(talk, outcome, reason):
    with serving(room(talk)) as server:
        rows = played(server, "join_room", "watch", watch_s=8.0)
    assert outcomes(rows) == [(Outcome.OK, ""), (outcome, reason)]


def test_the_time_out_holds_while_a_room_is_silent():
    with serving(room(lambda visitor: visitor.peer.ending.wait(30.0))) as server:
        rows = played(server, "join_room", "watch", watch_s=20.0, timeout_s=0.3)
    assert outcomes(rows)[1] == (Outcome.TIMED_OUT, "reply_timeout")


def test_speaking_without_a_room_is_the_adapters_mistake():
    with serving(*log_in_then(live)) as server:
        rows = played(server, "log_in", "chat")
    assert rows.actions[1].reason == "adapter: NoChannelError: Say without an open WebSocket"


def test_a_visit_that_is_over_leaves_its_room():
    goodbyes = []
    with serving(room(lambda visitor: goodbyes.append(visitor.hear()))) as server:
        played(server, "join_room")
        until(lambda: goodbyes)
    assert goodbyes == [events.CloseConnection(code=1001, reason="")]


def test_joining_again_leaves_the_room_before():
    goodbyes = []

    def see_out(visitor: Visitor) -> None:
        goodbyes.append(visitor.hear().code)
        visitor.send(events.CloseConnection(code=1000))

    with serving(room(see_out)) as server:
        rows = played(server, "join_room", "join_room", "leave_room")
        assert outcomes(rows) == [(Outcome.OK, "")] * 3
        until(lambda: len(goodbyes) == 2)
    assert sorted(goodbyes) == [1000, 1001]


def test_a_probe_walks_through_a_room_too():
    from scenarios.transport.channel import answering

    adapter = LiveShop()
    with serving(*log_in_then(live)) as server, transport_to(server) as transport:
        answer = answering(transport, within_s=20.0)
        walked = list(probe(adapter, probing_visit(adapter, sku=1, index=3), answer))
    assert [in_words(each.asked) for each in walked] == [
        "GET /log-in", "open /live?visitor=3", "hear for 0.3 s", "say", "hear for 5 s", "leave",
    ]  # fmt: skip
    assert [each.result.outcome for each in walked if each.result] == ["ok"] * 5
    assert isinstance(walked[2].reply, Reply)
    assert len(walked[2].reply.messages) == 3
