"""Greenlets that play visits, each of them one after the other."""

from __future__ import annotations

import gevent
import pytest
from gevent.event import Event

from scenarios.shoppers.troupe import Troupe
from tests.scenarios.shoppers.fakes import visit_of


class Stage:
    """Notes who plays what; a visit with the step `wait` lasts until `curtain` is set."""

    def __init__(self) -> None:
        self.played: list[tuple[int, int]] = []
        self.ended: list[int] = []
        self.curtain = Event()
        self.troupe = Troupe(self.play)

    def play(self, visit) -> None:
        self.played.append((int(visit.intended_s), id(gevent.getcurrent())))
        try:
            if visit.actions[0].step == "wait":
                self.curtain.wait()
        finally:
            self.ended.append(int(visit.intended_s))

    def start(self, step: str, number: int) -> None:
        self.troupe.start(visit_of(step, intended_s=float(number)))


@pytest.fixture
def stage():
    stage = Stage()
    yield stage
    stage.troupe.dismiss()


def test_visits_one_after_the_other_are_played_by_one_greenlet(stage):
    for number in range(5):
        stage.start("look", number)
        stage.troupe.wait(5.0)
    assert [number for number, _ in stage.played] == [0, 1, 2, 3, 4]
    assert len({who for _, who in stage.played}) == 1
    assert stage.troupe.playing == 0


def test_visits_at_the_same_time_are_played_by_a_greenlet_each_in_the_order_of_their_start(stage):
    for number in range(3):
        stage.start("wait", number)
    stage.start("look", 3)
    gevent.sleep(0.01)
    assert [number for number, _ in stage.played] == [0, 1, 2, 3]
    assert len({who for _, who in stage.played}) == 4
    assert stage.troupe.playing == 3
    assert stage.ended == [3]


def test_waiting_ends_with_the_last_visit(stage):
    stage.start("wait", 0)
    stage.start("wait", 1)
    gevent.spawn_later(0.01, stage.curtain.set)
    stage.troupe.wait(5.0)
    assert sorted(stage.ended) == [0, 1]


def test_waiting_ends_with_its_time_too(stage):
    stage.start("wait", 0)
    stage.troupe.wait(0.01)
    assert stage.troupe.playing == 1


def test_nobody_plays_on_after_being_dismissed(stage):
    stage.start("look", 0)
    stage.troupe.wait(5.0)
    stage.start("wait", 1)
    stage.start("wait", 2)
    gevent.sleep(0.01)
    stage.troupe.dismiss()
    assert sorted(stage.ended) == [0, 1, 2]
    assert stage.troupe.playing == 0


def test_a_visit_that_breaks_takes_only_its_own_greenlet_along(stage, capsys):
    stage.troupe.start(None)  # breaks in `play`
    gevent.sleep(0.01)
    assert "AttributeError" in capsys.readouterr().err
    stage.start("look", 1)
    stage.troupe.wait(5.0)
    assert stage.ended == [1]
    assert stage.troupe.playing == 0
