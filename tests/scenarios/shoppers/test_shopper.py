"""A shopper plays one visit: three instants for each action, and an outcome."""

from __future__ import annotations

import pyarrow as pa
import pytest
from gevent import GreenletExit

from reports.record.outcome import Outcome
from scenarios.shoppers.shopper import ActionEnd, Shopper
from scenarios.transport.colouring import Colouring
from scenarios.transport.failure import TransportError
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import CHANNEL, Call, Reply, Say, StepResult
from tests.scenarios.shoppers.fakes import FakeAdapter, FakeClock, FakePlatform, visit_of

OK, REFUSED, BROKEN = Reply(status=200), Reply(status=409), Reply(status=500)


def play(
    visit: Visit,
    platform: FakePlatform,
    *,
    adapter: object = None,
    timeout_s: float = 10.0,
    late_s: float = 0.0,
    leaving=lambda: False,
    colouring: Colouring | None = None,
) -> list[ActionEnd]:
    """How each action of `visit` ended; it is started `late_s` after its instant."""
    clock = platform.clock = FakeClock(visit.intended_s + late_s)
    ends: list[ActionEnd] = []
    shopper = Shopper(
        adapter or FakeAdapter(),
        platform,
        clock,
        timeout_s=timeout_s,
        report=lambda _visit, position, end: ends.append(end),
        leaving=leaving,
        colouring=colouring,
    )
    shopper.play(visit)
    return ends


def instants(end: ActionEnd) -> tuple[float, float, float]:
    return end.intended_s, end.started_s, end.finished_s


def test_an_action_follows_the_finish_of_the_one_before_and_its_think_time():
    ends = play(visit_of("look", "pay", intended_s=10.0, think_s=2.0), FakePlatform(takes_s=0.5))
    assert [instants(each) for each in ends] == [(10.0, 10.0, 10.5), (12.5, 12.5, 13.0)]


def test_a_late_start_shows_in_the_response_time_and_not_in_the_request_duration():
    [end] = play(visit_of("look", intended_s=10.0), FakePlatform(takes_s=0.5), late_s=0.25)
    assert instants(end) == (10.0, 10.25, 10.75)


@pytest.mark.parametrize(
    ("reply", "outcome"), [(REFUSED, Outcome.REJECTED), (BROKEN, Outcome.FAILED)]
)
def test_a_visit_ends_at_its_first_action_that_is_not_ok(reply, outcome):
    ends = play(visit_of("look", "look", "pay"), FakePlatform(replies=[OK, reply]))
    assert [each.outcome for each in ends] == [Outcome.OK, outcome]
    assert ends[-1].status == reply.status
    assert ends[-1].reason == f"status {reply.status}"


def replayed(*paths: str) -> Visit:
    actions = tuple(
        Action(step="look", think_s=1.0 if k else 0.0, sku=0, quantity=1, path=path)
        for k, path in enumerate(paths)
    )
    return visit_of("look")._replace(actions=actions)


def test_a_replayed_visit_goes_on_after_a_refusal():
    ends = play(replayed("/a", "/b", "/c"), FakePlatform(replies=[REFUSED, BROKEN, OK]))
    assert [each.outcome for each in ends] == [Outcome.REJECTED, Outcome.FAILED, Outcome.OK]


def test_a_replayed_visit_ends_when_patience_does():
    ends = play(replayed("/a", "/b"), FakePlatform(takes_s=99.0))
    assert [each.outcome for each in ends] == [Outcome.ABANDONED]


@pytest.mark.parametrize(
    ("patience_s", "timeout_s", "outcome"),
    [(3.0, 10.0, Outcome.ABANDONED), (10.0, 3.0, Outcome.TIMED_OUT), (3.0, 3.0, Outcome.ABANDONED)],
)
def test_whichever_ends_first_decides_between_abandoned_and_timed_out(
    patience_s, timeout_s, outcome
):
    visit = visit_of("look", "pay", intended_s=10.0, patience_s=patience_s)
    [end] = play(visit, FakePlatform(takes_s=99.0), timeout_s=timeout_s)
    assert end.outcome is outcome
    assert end.finished_s == 13.0


def test_patience_runs_from_the_intended_instant_and_the_time_out_from_the_start():
    visit = visit_of("look", intended_s=10.0, patience_s=3.0)
    [impatient] = play(visit, FakePlatform(takes_s=99.0), late_s=1.0, timeout_s=2.5)
    assert (impatient.outcome, impatient.finished_s) == (Outcome.ABANDONED, 13.0)
    [slow] = play(visit, FakePlatform(takes_s=99.0), late_s=1.0, timeout_s=1.5)
    assert (slow.outcome, slow.finished_s) == (Outcome.TIMED_OUT, 12.5)


def test_a_shopper_who_is_due_after_patience_has_ended_sends_nothing():
    platform = FakePlatform()
    [end] = play(visit_of("look", patience_s=3.0), platform, late_s=5.0)
    assert (end.outcome, end.requests) == (Outcome.ABANDONED, 0)
    assert platform.calls == []


def test_a_call_gets_the_time_that_the_calls_before_it_left():
    platform = FakePlatform(takes_s=1.0)
    adapter = FakeAdapter(calls=3, pause_s=0.5)
    [end] = play(visit_of("look", patience_s=8.0), platform, adapter=adapter, timeout_s=5.0)
    assert platform.within_s == [5.0, 3.5, 2.0]
    assert (end.requests, end.outcome) == (3, Outcome.OK)


def test_polling_ends_with_patience_and_not_with_its_last_pause():
    adapter = FakeAdapter(calls=1000, pause_s=0.7)
    [end] = play(visit_of("look", intended_s=10.0, patience_s=3.0), FakePlatform(), adapter=adapter)
    assert end.outcome is Outcome.ABANDONED
    assert end.finished_s == 13.0
    assert adapter.closed == 1


def test_a_broken_connection_is_a_failed_action_with_its_reason():
    [end] = play(visit_of("look", "pay"), FakePlatform(replies=[TransportError("reset")]))
    assert (end.outcome, end.reason, end.requests, end.status) == (Outcome.FAILED, "reset", 1, 0)


class RaisesAtOnce(FakeAdapter):
    def play(self, visit, action, memory):
        raise KeyError("token")


class RaisesInside(FakeAdapter):
    def play(self, visit, action, memory):
        yield Call(method="GET", path="/")
        raise KeyError("token")


class ReturnsNothing(FakeAdapter):
    def play(self, visit, action, memory):
        yield Call(method="GET", path="/")


class IsNoGenerator(FakeAdapter):
    def play(self, visit, action, memory):
        return StepResult(outcome="ok")


class InventsAnOutcome(FakeAdapter):
    def play(self, visit, action, memory):
        yield Call(method="GET", path="/")
        return StepResult(outcome="splendid")


@pytest.mark.parametrize(
    "adapter", [RaisesAtOnce, RaisesInside, ReturnsNothing, IsNoGenerator, InventsAnOutcome]
)
def test_an_adapters_mistake_is_a_failed_action_and_not_the_end_of_the_run(adapter):
    [end] = play(visit_of("look", "pay"), FakePlatform(), adapter=adapter())
    assert end.outcome is Outcome.FAILED
    assert end.reason.startswith("adapter: ")


@pytest.mark.parametrize("reason", ["\ud800 sold out", "x" * 100_000, "售罄", ""])
def test_every_reason_can_be_recorded(reason):
    adapter = FakeAdapter(ends=lambda _: StepResult(outcome="rejected", reason=reason))
    [end] = play(visit_of("look"), FakePlatform(), adapter=adapter)
    assert pa.array([end.reason], type=pa.string()).to_pylist() == [end.reason]
    assert len(end.reason) <= 200


def test_the_calls_of_a_visit_share_one_cookie_jar_and_no_other_visit_does():
    platform = FakePlatform()
    play(visit_of("look", "look", "pay"), platform)
    play(visit_of("look"), platform)
    first, *more, other = platform.jars
    assert all(each is first for each in more)
    assert len(more) == 2
    assert other is not first


def test_no_action_is_begun_once_the_run_is_being_stopped():
    ends = play(visit_of("look", "pay"), FakePlatform(), leaving=lambda: True)
    assert len(ends) == 1


def test_every_conversation_is_closed():
    for platform in (FakePlatform(), FakePlatform(replies=[TransportError("reset")])):
        adapter = FakeAdapter()
        play(visit_of("look"), platform, adapter=adapter)
        assert adapter.closed == 1


def test_every_request_of_a_visit_is_in_its_trace_and_tells_its_action():
    """Two calls for each of two actions: the span ids are the action, then the request."""
    platform = FakePlatform()
    marks = Colouring(run_id="run-7")
    play(visit_of("look", "pay"), platform, adapter=FakeAdapter(calls=2), colouring=marks)
    traces, spans = zip(*(line.split("-")[1:3] for line in platform.lines), strict=True)
    assert set(traces) == {f"{marks.run_digits}{7:016x}"}
    assert spans == tuple(f"{action:08x}{number:08x}" for action in (0, 1) for number in (1, 2))


class Room:
    """A WebSocket that counts what is said on it."""

    def __init__(self) -> None:
        self.said = 0

    def answer(self, request: Say, *, within_s: float) -> Reply:
        self.said += 1
        return Reply(status=101, requests=0)

    def close(self) -> None:
        pass


class Chatter:
    """Says three things in its room."""

    steps = frozenset({"look"})

    def __init__(self, room: Room) -> None:
        self.room = room

    def play(self, visit, action, memory):
        memory[CHANNEL] = self.room
        for _ in range(3):
            yield Say(message="hi")
        return StepResult(outcome="ok")


class Waiter:
    """Waits before the first call of its step, as who polls for a result does."""

    steps = frozenset({"look"})

    def play(self, visit, action, memory):
        yield Call(method="GET", path="/result", after_s=2.0)
        return StepResult(outcome="ok")


def test_nothing_more_is_said_in_a_room_once_the_run_is_being_stopped():
    room = Room()
    with pytest.raises(GreenletExit):
        play(visit_of("look"), FakePlatform(), adapter=Chatter(room), leaving=lambda: room.said > 0)
    assert room.said == 1


def test_a_call_that_waits_for_its_time_is_not_sent_once_the_run_is_being_stopped():
    platform = FakePlatform()
    with pytest.raises(GreenletExit):
        play(visit_of("look"), platform, adapter=Waiter(), leaving=lambda: True)
    assert platform.calls == []
