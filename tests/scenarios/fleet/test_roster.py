"""What a worker may do ends by itself, and others carry on exactly there."""

from __future__ import annotations

import pytest

from scenarios.fleet.clock_offset import LARGEST_UNCERTAINTY_S
from scenarios.fleet.member import Member
from scenarios.fleet.plan_cursor import KEPT_S, PlanCursor
from scenarios.fleet.protocol import (
    AHEAD_S,
    ALL_STARTED,
    DEAF_WORKER_S,
    HEARS_WITHIN_S,
    SILENT_WORKER_S,
    Hello,
    Report,
)
from scenarios.fleet.roster import Roster
from tests.sim.plans import HandMadePlan, action

RATE_PER_S = 10
PLAN = HandMadePlan(
    intended_s=[k / RATE_PER_S for k in range(600)], actions=[action("look")], chunk=50
)


def member(number: int) -> Member:
    hello = Hello(version="1", name=f"w{number}", host="here", pid=number, cores=2)
    return Member(number=number, client=f"client-{number}", hello=hello)


class Hall:
    """Three workers, and a clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.members = [member(number) for number in (1, 2, 3)]
        self.roster = Roster(self.members, PlanCursor(PLAN), lambda: self.now_s)

    def all_report(self, now_s: float) -> None:
        self.now_s = now_s
        for each in self.members:
            each.heard_s = each.hears_s = now_s
            self.roster.extend(each)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_a_grant_reaches_a_little_beyond_the_report(hall):
    hall.all_report(10.0)
    assert [each.granted_index for each in hall.members] == [(10 + AHEAD_S) * RATE_PER_S] * 3


def test_a_silent_worker_is_given_up_when_its_grant_ends_so_that_others_are_in_time(hall):
    hall.all_report(10.0)
    silent = hall.members[0]
    assert not silent.is_silent(10.0 + SILENT_WORKER_S)
    hall.now_s = 10.0 + SILENT_WORKER_S + 0.02
    assert silent.is_silent(hall.now_s)
    loss = hall.roster.lose(silent, "silent", is_dead=False)
    assert loss.from_index == silent.granted_index
    assert loss.from_s >= 10.0 + SILENT_WORKER_S
    assert loss.heirs == (2, 3)


def test_a_worker_that_does_not_hear_is_granted_no_more_and_given_up(hall):
    hall.all_report(10.0)
    deaf = hall.members[0]
    hall.now_s = deaf.heard_s = 10.0 + HEARS_WITHIN_S + 0.1
    hall.roster.extend(deaf)
    assert deaf.granted_index == (10 + AHEAD_S) * RATE_PER_S
    assert deaf.why_lost(hall.now_s) == ""
    hall.now_s = deaf.heard_s = 10.0 + DEAF_WORKER_S + 0.1
    assert "heard nothing" in deaf.why_lost(hall.now_s)


def test_a_dead_worker_is_replaced_at_once(hall):
    hall.all_report(10.0)
    hall.now_s = 10.3
    loss = hall.roster.lose(hall.members[1], "killed", is_dead=True)
    assert loss.from_s == pytest.approx(10.4)
    assert loss.from_s > 10.3 + LARGEST_UNCERTAINTY_S


def test_a_lost_worker_is_granted_nothing_more(hall):
    hall.all_report(10.0)
    hall.roster.lose(hall.members[2], "silent", is_dead=False)
    before = hall.members[2].granted_index
    hall.all_report(30.0)
    assert hall.members[2].granted_index == before
    assert [each.number for each in hall.roster.playing()] == [1, 2]


def test_a_worker_that_leaves_plays_to_the_end_of_its_grant(hall):
    hall.all_report(10.0)
    leaving = hall.members[0]
    hall.roster.let_go(leaving)
    hall.all_report(11.0)
    assert leaving.granted_index == 125
    assert [each.until_index for each in hall.roster.duties_of(leaving)] == [125]
    assert hall.roster.up() == hall.members
    assert hall.roster.losses == []


def test_a_member_has_started_all_only_when_it_says_so_of_every_duty(hall):
    hall.all_report(10.0)
    heir = hall.members[1]
    own = hall.roster.duties_of(heir)[0].number
    heir.report = Report(beat=1, sent_at_s=0.0, started_through={own: ALL_STARTED})
    assert hall.roster.has_started_all(heir)
    hall.roster.lose(hall.members[0], "killed", is_dead=True)
    assert not hall.roster.has_started_all(heir)


def test_the_last_worker_has_no_heirs(hall):
    hall.all_report(1.0)
    losses = [hall.roster.lose(each, "killed", is_dead=True) for each in hall.members]
    assert [each.heirs for each in losses] == [(2, 3), (3,), ()]


@pytest.mark.parametrize("t_s", [0.0, 0.05, 0.1, 4.9, 5.0, 59.9, 60.0, 1e9])
def test_a_cursor_counts_the_visits_that_are_due_before_an_instant(t_s):
    expected = sum(each < t_s for each in PLAN.intended_s)
    assert PlanCursor(PLAN).index_at(t_s) == expected


def test_a_cursor_may_look_back_a_little():
    cursor = PlanCursor(PLAN)
    assert cursor.index_at(50.0) == 500
    assert cursor.index_at(50.0 - KEPT_S) == 300
    assert cursor.instant_of(420) == PLAN.intended_s[420]
    assert cursor.instant_of(0) != cursor.instant_of(0)  # NaN: long forgotten
