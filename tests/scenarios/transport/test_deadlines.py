"""Many deadlines, one timer: nobody expires early, nobody is forgotten."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field

import gevent
import pytest

from scenarios.transport.deadlines import NEVER, Deadlines


@dataclass(eq=False)
class Wait:
    """Notes when it expired; `then` is done in the same moment."""

    deadline_s: float
    looked_at: int = NEVER
    expired_s: list[float] = field(default_factory=list)
    then: object = None

    def expire(self) -> None:
        self.expired_s.append(time.perf_counter())
        if callable(self.then):
            self.then()


@pytest.fixture
def deadlines():
    with closing(Deadlines()) as deadlines:
        yield deadlines


def wait_within(seconds: float) -> Wait:
    return Wait(time.perf_counter() + seconds)


def until_expired(*waits: Wait) -> None:
    while not all(each.expired_s for each in waits):
        gevent.sleep(0.005)


def test_every_wait_expires_once_and_not_before_its_deadline(deadlines):
    waits = [wait_within(0.001 * k) for k in range(60)]
    for each in waits:
        deadlines.watch(each)
    until_expired(*waits)
    gevent.sleep(0.03)
    assert all(len(each.expired_s) == 1 for each in waits)
    assert all(each.expired_s[0] >= each.deadline_s for each in waits)


def test_a_deadline_that_has_passed_expires_soon_too(deadlines):
    late = wait_within(-5.0)
    deadlines.watch(late)
    until_expired(late)


def test_a_later_deadline_of_the_same_wait_counts_and_not_the_earlier_one(deadlines):
    used_again = wait_within(0.02)
    deadlines.watch(used_again)
    used_again.deadline_s += 0.1
    deadlines.watch(used_again)
    until_expired(used_again)
    assert used_again.expired_s[0] >= used_again.deadline_s


def test_an_earlier_deadline_of_the_same_wait_is_not_slept_through(deadlines):
    impatient, patient = wait_within(3600.0), wait_within(0.3)
    deadlines.watch(impatient)
    deadlines.watch(patient)
    impatient.deadline_s = time.perf_counter() + 0.02
    deadlines.watch(impatient)
    until_expired(patient)
    assert impatient.expired_s[0] < patient.expired_s[0]


def test_who_is_forgotten_does_not_expire(deadlines):
    gone, here = wait_within(0.01), wait_within(0.05)
    deadlines.watch(gone)
    deadlines.watch(here)
    deadlines.forget(gone)
    deadlines.forget(gone)
    until_expired(here)
    assert gone.expired_s == []


def test_who_is_forgotten_by_what_an_expiry_does_does_not_expire_either(deadlines):
    """Two waits of the same tick: the first to expire closes the other one's connection."""
    instant_s = time.perf_counter() + 0.02
    one, other = Wait(instant_s), Wait(instant_s)
    one.then, other.then = (lambda: deadlines.forget(other)), (lambda: deadlines.forget(one))
    deadlines.watch(one)
    deadlines.watch(other)
    gevent.sleep(0.1)
    assert len(one.expired_s + other.expired_s) == 1


def test_a_wait_may_be_watched_again_after_it_has_expired(deadlines):
    again = wait_within(0.01)
    deadlines.watch(again)
    until_expired(again)
    again.expired_s.clear()
    again.deadline_s = time.perf_counter() + 0.01
    deadlines.watch(again)
    until_expired(again)


def test_the_wheel_stands_still_while_nobody_waits(deadlines):
    only = wait_within(0.01)
    deadlines.watch(only)
    until_expired(only)
    gevent.sleep(0.03)
    assert not deadlines._timer.active
