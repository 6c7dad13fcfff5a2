"""The measured player: one row for each action that was due, and an honest ending."""

from __future__ import annotations

import errno
import re
import time

import gevent
import pytest
from gevent.event import Event

from reports.record.outcome import Outcome
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.transport.failure import connect_failure
from targets.adapters.contract import Reply
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.sim.plans import HandMadePlan, action

ACTIONS = (action("look"), action("place_order", 0.001, sku=3, quantity=2))


def player_of(
    plan: HandMadePlan, platform: object, *, starts_in_s: float = 0.0, **options
) -> tuple[Player, KeptRows]:
    rows = KeptRows()
    clock = RunClock(time.perf_counter() + starts_in_s)
    player = Player(plan, FakeAdapter(), platform, rows, clock, PlayerOptions(**options))
    return player, rows


def plan_of(visits: int, actions=ACTIONS, gap_s: float = 0.0) -> HandMadePlan:
    return HandMadePlan(
        intended_s=[k * gap_s for k in range(visits)], actions=actions, chunk=7, patience_s=30.0
    )


class StuckPlatform:
    """Answers only when `answer` is set."""

    def __init__(self) -> None:
        self.answer = Event()
        self.asked = 0

    def send(self, call, *, cookies, within_s, trail, leaving):
        self.asked += 1
        self.answer.wait()
        return Reply(status=200)


def test_every_action_of_every_visit_leaves_one_row():
    player, rows = player_of(plan_of(50), FakePlatform())
    ending = player.play()
    assert (ending.reason, ending.detail) == ("completed", "")
    assert sorted((row.visit, row.action) for row in rows.actions) == [
        (visit, position) for visit in range(50) for position in range(2)
    ]
    assert all(row.intended_s <= row.started_s <= row.finished_s for row in rows.actions)


def test_a_row_carries_the_codes_of_the_plans_tables():
    plan = plan_of(1)
    player, rows = player_of(plan, FakePlatform())
    player.play()
    look, order = sorted(rows.actions, key=lambda row: row.action)
    assert (
        (look.step, order.step) == (0, 1) == tuple(map(plan.tables.steps.index, plan.tables.steps))
    )
    assert (order.sku, order.quantity, order.outcome) == (3, 2, Outcome.OK)
    assert (order.phase, order.persona, order.channel, order.tier) == (0, 0, 0, 0)
    assert (order.requests, order.status, order.reason) == (1, 200, "")


class WithoutPorts:
    """A machine that has no local port left for any connection."""

    def send(self, call, *, cookies, within_s, trail, leaving):
        raise connect_failure(OSError(errno.EADDRNOTAVAIL, "no port"))


def test_what_the_machine_had_no_port_for_is_counted_as_its_own_fault():
    player, rows = player_of(plan_of(5, ACTIONS[:1]), WithoutPorts())
    player.play()
    assert [row.reason for row in rows.actions] == ["no_ports"] * 5
    assert player.tally.short_actions == 5


def test_a_player_a_minute_behind_its_plan_ends_the_run():
    """Of a million visits a second it would go on for hours, and nothing of it is valid."""
    player, rows = player_of(plan_of(1000), FakePlatform(), starts_in_s=-61.0)
    ending = player.play()
    assert ending.reason == "generator_limited"
    assert re.fullmatch(r"the player fell \d+ s behind its plan", ending.detail)
    assert len(rows.actions) < 1000


def test_stuck_replies_delay_no_later_arrival():
    """All visits arrive though not one reply has come: arrivals are open."""
    platform = StuckPlatform()
    player, rows = player_of(plan_of(40, ACTIONS[:1]), platform, drain_s=30.0)
    playing = gevent.spawn(player.play)
    while platform.asked < 40:
        gevent.sleep(0.005)
    assert rows.actions == []
    assert player.tally.in_flight == 40
    platform.answer.set()
    playing.get()
    assert len(rows.actions) == 40
    assert player.tally.in_flight == 0


def test_visits_above_the_in_flight_limit_leave_one_row_each_that_says_so():
    platform = StuckPlatform()
    player, rows = player_of(plan_of(10), platform, in_flight_limit=3, drain_s=30.0)
    playing = gevent.spawn(player.play)
    while len(rows.actions) < 7:
        gevent.sleep(0.005)
    platform.answer.set()
    playing.get()
    refused = [row for row in rows.actions if row.outcome == Outcome.NOT_SENT]
    assert [(row.visit, row.action, row.requests) for row in refused] == [
        (visit, 0, 0) for visit in range(3, 10)
    ]
    assert all(row.started_s != row.started_s for row in refused)  # NaN: it never happened
    assert all(row.intended_s == 0.0 for row in refused)
    assert player.tally.not_sent_visits == 7
    assert player.tally.started_visits == 3


def test_a_place_in_flight_is_free_again_when_a_visit_has_ended():
    platform, rows, now_s = StuckPlatform(), KeptRows(), 0.0
    clock = RunClock(0.0, now=lambda: now_s, sleep=lambda _: gevent.sleep(0.002))
    plan = HandMadePlan(intended_s=[0.0, 0.0, 0.0, 1.0, 1.0], actions=ACTIONS[:1])
    options = PlayerOptions(in_flight_limit=2)
    player = Player(plan, FakeAdapter(), platform, rows, clock, options)
    playing = gevent.spawn(player.play)
    while platform.asked < 2:
        gevent.sleep(0.002)
    platform.answer.set()
    while player.tally.in_flight:
        gevent.sleep(0.002)
    now_s = 1.0
    playing.get()
    outcomes = {row.visit: Outcome(row.outcome).word for row in rows.actions}
    assert outcomes == {0: "ok", 1: "ok", 2: "not_sent", 3: "ok", 4: "ok"}


def test_a_stop_ends_the_run_early_and_says_who_asked_first():
    player, rows = player_of(plan_of(1000, gap_s=10.0), FakePlatform())
    playing = gevent.spawn(player.play)
    while len(rows.actions) < 2:
        gevent.sleep(0.005)
    player.stop.ask("interrupted", "SIGINT from the operator")
    asked_s = player.clock.now_s()
    player.stop.ask("aborted", "too late to be the reason")
    ending = playing.get()
    assert ending.at_s <= asked_s
    assert (ending.reason, ending.detail) == ("interrupted", "SIGINT from the operator")
    assert {row.visit for row in rows.actions} == {0}


def test_visits_still_in_play_after_the_drain_are_cut_off_and_counted():
    player, rows = player_of(plan_of(4), StuckPlatform(), drain_s=0.05)
    ending = player.play()
    assert (ending.reason, ending.cut_off_visits) == ("completed", 4)
    assert rows.actions == []
    assert player.tally.in_flight == 0


def test_confirmed_orders_are_the_ok_place_order_actions_and_their_units():
    refuse_the_last = [Reply(status=200)] * 7 + [Reply(status=409)]
    player, rows = player_of(
        plan_of(4, (action("place_order", sku=1, quantity=3),) * 2),
        FakePlatform(replies=refuse_the_last),
    )
    player.play()
    assert len(rows.actions) == 8
    assert (player.confirmed_orders, player.confirmed_units) == (7, 21)


def test_a_full_disk_aborts_the_run():
    player, rows = player_of(plan_of(1000, gap_s=10.0), FakePlatform())
    rows.full = True
    playing = gevent.spawn(player.play)
    gevent.sleep(0)
    player.flush()
    ending = playing.get()
    assert ending.reason == "aborted"
    assert "No space left on device" in ending.detail


def test_a_plan_that_breaks_breaks_the_run_and_not_in_silence():
    class Broken(HandMadePlan):
        def chunks(self):
            yield from super().chunks()
            raise ValueError("no more")

    plan = Broken(intended_s=[0.0], actions=ACTIONS)
    player, _ = player_of(plan, FakePlatform())
    with pytest.raises(ValueError, match="no more"):
        player.play()


def test_whoever_listens_hears_of_every_action():
    heard: list[tuple[str, Outcome]] = []
    rows = KeptRows()
    player = Player(
        plan_of(3),
        FakeAdapter(),
        FakePlatform(),
        rows,
        RunClock(time.perf_counter()),
        PlayerOptions(),
        on_action=lambda step, _seconds, outcome: heard.append((step, outcome)),
    )
    player.play()
    assert sorted(heard) == [("look", Outcome.OK)] * 3 + [("place_order", Outcome.OK)] * 3


def test_the_clock_reads_negative_until_the_run_begins_and_nobody_starts_early():
    player, rows = player_of(plan_of(3), FakePlatform(), starts_in_s=0.2)
    assert player.clock.now_s() < 0
    player.play()
    assert all(row.started_s >= 0 for row in rows.actions)
