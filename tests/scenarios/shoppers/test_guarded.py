"""A player under guard ends when it is told to, sends nothing after that, and says why."""

from __future__ import annotations

import http.client
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent
import gevent.monkey
import pytest

from reports.record.manifest import Ending
from reports.record.outcome import Outcome
from scenarios.guards import control_port
from scenarios.guards.admission import Limits
from scenarios.guards.control_file import Control, read_control
from scenarios.guards.protection import Protection
from scenarios.guards.standing import Budget
from scenarios.shoppers import player as player_module
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.guarded import guarded
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.workload.guard import Guards, condition
from targets.adapters.contract import Reply
from tests.reports.records import manifest_of
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.sim.plans import HandMadePlan, action

FASTER = 20.0
"""A second of these runs is a twentieth of a second."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still for three seconds is a minute behind here."""
    monkeypatch.setattr(player_module, "BEHIND_FOR_GOOD_S", math.inf)


class Rows(KeptRows):
    """Rows of a record that has a directory and a manifest, as the guards need them."""

    directory: Path


def fast_clock() -> RunClock:
    began_s = gevent.get_hub().loop.now()
    return RunClock(
        0.0,
        now=lambda: (
            (gevent.get_hub().loop.update_now() or gevent.get_hub().loop.now() - began_s) * FASTER
        ),
        sleep=lambda seconds: gevent.sleep(seconds / FASTER),
    )


def stepping_clock() -> RunClock:
    """Only sleeping moves it, and exactly so far."""
    now_s = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds
        gevent.sleep(0)

    return RunClock(0.0, now=lambda: now_s, sleep=sleep)


def player_in(
    directory: Path,
    platform: object,
    *,
    seconds: int,
    per_s: int = 20,
    clock: RunClock | None = None,
) -> Player:
    rows = Rows()
    rows.directory = directory
    rows.manifest = manifest_of()
    plan = HandMadePlan(
        intended_s=[k / per_s for k in range(seconds * per_s)], actions=(action("pay"),)
    )
    return Player(plan, FakeAdapter(), platform, rows, clock or fast_clock(), PlayerOptions())


def failing() -> FakePlatform:
    return FakePlatform(replies=(Reply(status=500),))


def played(player: Player, protection: Protection) -> tuple[Ending, tuple[object, ...]]:
    with guarded(player, protection, run_id="r") as watch:
        ending = player.play()
    return ending, watch.records()


def worst_lag_s(player: Player) -> float:
    """How far behind the player was, twenty times as much as the machine kept it waiting."""
    return max(row.started_s - row.intended_s for row in player.writer.actions)


def test_a_condition_that_holds_ends_the_run_and_is_in_its_ending(tmp_path):
    player = player_in(tmp_path, failing(), seconds=600)
    guards = Guards(abort=(condition("errors > 20 % for 10 s"),))
    ending, [armed] = played(player, Protection(guards=guards))
    assert ending.reason == "aborted"
    assert ending.detail.startswith("guard errors > 20 % for 10 s: 100.0 %")
    assert armed.fired_at_s == pytest.approx(ending.at_s, abs=1.0)
    last_started_s = max(row.started_s for row in player.writer.actions)
    assert last_started_s <= ending.at_s + 1.0 + worst_lag_s(player)


def test_slow_answers_end_the_run_where_a_condition_asks_for_them(tmp_path):
    player = player_in(tmp_path, FakePlatform(), seconds=600)
    guards = Guards(abort=(condition("response_time p50 > 0.000001 ms for 5 s"),))
    ending, _ = played(player, Protection(guards=guards))
    assert "took longer than 1e-09 s" in ending.detail


def test_arrivals_ramp_down_and_those_left_out_are_counted(tmp_path):
    """Nobody starts once the ten seconds are over; until then each is played or counted."""
    player = player_in(tmp_path, failing(), seconds=600)
    budget = Budget(objective="pay", allowed=1_000.0, bad=frozenset({Outcome.FAILED}))
    guards = Guards(ramp_down=(condition("10 % of the error budget within 60 s"),))
    ending, [armed] = played(player, Protection(guards=guards, budgets=(budget,)))
    assert ending.reason == "aborted"
    assert "of the budget of 1,000.0 of pay" in ending.detail
    assert "ramped down" in ending.detail
    assert armed.action == "ramp_down"
    rows = player.writer.actions
    after = [row for row in rows if row.intended_s > ending.at_s]
    late_s = 0.5 + worst_lag_s(player)
    due = 20 * (10 + late_s)
    assert 0 < ending.thinned_visits <= due - len(after), "200 visits are due in ten seconds"
    assert max(row.started_s for row in rows) <= ending.at_s + 10 + late_s


def test_a_plan_that_ends_while_it_ramps_down_was_cut_short_all_the_same(tmp_path):
    player = player_in(tmp_path, FakePlatform(), seconds=5, clock=stepping_clock())
    player.stop.ask_ramp_down("aborted", "the budget")
    ending = player.play()
    assert (ending.reason, ending.detail, ending.at_s) == ("aborted", "the budget", 0.0)
    assert ending.thinned_visits == pytest.approx(25, abs=3), "a quarter of the hundred"
    assert len(player.writer.actions) == 100 - ending.thinned_visits


def test_a_kill_file_ends_the_run_and_its_first_line_is_the_reason(tmp_path):
    player = player_in(tmp_path, FakePlatform(), seconds=600)
    file = tmp_path / "STOP"
    gevent.spawn_later(0.3, file.write_text, "the shop asked\n")
    ending, _ = played(player, Protection(kill_files=(tmp_path / "other", file)))
    assert (ending.reason, ending.detail) == ("aborted", f"kill file {file}: the shop asked")


def test_a_run_above_the_largest_rate_is_aborted(tmp_path):
    player = player_in(tmp_path, FakePlatform(), seconds=600)
    ending, _ = played(player, Protection(limits=Limits(largest_rate_per_s=5.0)))
    assert "largest_rate 5/s" in ending.detail
    assert len(player.writer.actions) <= 60 + 6 * ending.at_s + 1


def test_starts_that_only_the_workers_of_a_fleet_count_are_held_to_the_largest_rate(tmp_path):
    player = player_in(tmp_path, FakePlatform(), seconds=600, per_s=1)
    with guarded(player, Protection(limits=Limits(largest_rate_per_s=5.0)), run_id="r"):
        playing = gevent.spawn(player.play)
        player.tally.started_visits += 5_000
        assert "largest_rate 5/s" in playing.get().detail


def test_guards_that_break_end_the_run(tmp_path):
    player = player_in(tmp_path, FakePlatform(), seconds=600)
    guards = Guards(abort=(condition("errors > 20 % for 1 s"),))
    with guarded(player, Protection(guards=guards), run_id="r"):
        player.tally.outcomes_by_step = None
        assert player.stop.detail == ""
        while not player.stop.asked():
            gevent.sleep(0.01)
    assert "the guards failed: AttributeError" in player.stop.detail


@pytest.fixture(autouse=True)
def patience_with_a_slow_machine(monkeypatch):
    """The port gives up who says nothing for a second; here that would be the machine's fault."""
    monkeypatch.setattr(control_port, "WITHIN_S", 60.0)


@contextmanager
def spoken_to(directory: Path) -> Iterator[tuple[Player, Control]]:
    player = player_in(directory, FakePlatform(), seconds=600)
    with guarded(player, Protection(), run_id="r"):
        control = read_control(directory)
        assert control is not None
        yield player, control


def ask(control: Control, method: str, path: str, body: str = "", token: str | None = None):
    """In a thread of its own, as another process would."""

    def call():
        connection = http.client.HTTPConnection("127.0.0.1", control.port, timeout=10)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, body=body, headers=headers)
        reply = connection.getresponse()
        said = reply.status, json.loads(reply.read())
        connection.close()
        return said

    return gevent.get_hub().threadpool.apply(call)


def test_the_status_tells_the_figures_of_the_run(tmp_path):
    with spoken_to(tmp_path) as (player, control):
        playing = gevent.spawn(player.play)
        while not player.writer.actions:
            gevent.sleep(0.01)
        status, said = ask(control, "GET", "/status")
        player.stop.ask("aborted", "seen enough")
        playing.get()
        later = ask(control, "GET", "/status")[1]
    assert status == 200
    assert (said["run_id"], said["ending"], said["duration_s"]) == ("r", None, 599.95)
    assert 0 < said["outcomes"]["ok"] <= said["started_visits"] <= 600 * 20
    assert later["ending"]["detail"] == "seen enough"


def test_a_stop_request_with_the_token_ends_the_run_with_its_reason(tmp_path):
    with spoken_to(tmp_path) as (player, control):
        playing = gevent.spawn(player.play)
        body = '{"reason": "payments are slow \\u001b[31m"}'
        assert ask(control, "POST", "/stop", body)[0] == 401
        assert ask(control, "POST", "/stop", "[]", control.token)[0] == 400
        assert not player.stop.asked()
        status, said = ask(control, "POST", "/stop", body, control.token)
        ending = playing.get()
    assert (status, said["detail"]) == (200, "stop request: payments are slow [31m")
    assert (ending.reason, ending.detail) == ("aborted", said["detail"])
    assert read_control(tmp_path) is None


def test_after_a_stop_no_further_call_of_an_action_is_sent(tmp_path):
    """An action that polls would otherwise go on asking; its visit counts as cut off."""

    class Polled:
        asked = 0

        def send(self, call, **more):
            self.asked += 1
            gevent.sleep(0.01)
            return Reply(status=200)

    platform = Polled()
    player = player_in(tmp_path, platform, seconds=1)
    player._shopper._adapter = FakeAdapter(calls=1_000)
    playing = gevent.spawn(player.play)
    while not platform.asked:
        gevent.sleep(0.005)
    player.stop.ask("aborted", "enough")
    sent, in_play = platform.asked, player.tally.in_flight
    ending = playing.get()
    assert platform.asked == sent
    assert in_play == ending.cut_off_visits > 0
    assert player.writer.actions == []
