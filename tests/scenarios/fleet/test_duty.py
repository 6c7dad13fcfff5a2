"""Duties pass on so that, whoever is lost and when, each visit has one player."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from scenarios.fleet.duty import NO_END, Duties
from scenarios.workload.shard import SLOTS

VISITS = 3 * SLOTS


@dataclass(frozen=True)
class Losing:
    """One after the other of these workers goes, each where its grant ended."""

    workers: int
    going: tuple[tuple[int, int], ...]


@st.composite
def losses(draw: st.DrawFn) -> Losing:
    workers = draw(st.integers(1, 8))
    order = draw(st.permutations(range(1, workers + 1)))
    going = draw(st.integers(0, workers - 1))
    ends = [draw(st.integers(0, VISITS + 50)) for _ in range(going)]
    return Losing(workers, tuple(zip(order[:going], ends, strict=True)))


def after(losing: Losing) -> Duties:
    duties = Duties(range(1, losing.workers + 1))
    left = set(range(1, losing.workers + 1))
    for worker, from_index in losing.going:
        left.remove(worker)
        duties.pass_on(worker, sorted(left), from_index=from_index)
    return duties


def owners(duties: Duties, workers: int, index: int) -> list[int]:
    return [
        worker
        for worker in range(1, workers + 1)
        for duty in duties.of(worker)
        if index % SLOTS in duty.shard.slots and duty.shard.from_index <= index < duty.until_index
    ]


@given(losing=losses())
def test_every_visit_has_exactly_one_owner_whatever_the_losses(losing):
    duties = after(losing)
    for index in range(VISITS):
        assert len(owners(duties, losing.workers, index)) == 1


@given(losing=losses())
def test_nothing_goes_to_a_worker_that_is_lost_from_where_its_grant_ended(losing):
    duties = after(losing)
    for worker, from_index in losing.going:
        for duty in duties.of(worker):
            assert duty.until_index <= max(from_index, duty.shard.from_index)


def test_slots_are_dealt_evenly_and_those_of_a_lost_worker_too():
    duties = Duties([1, 2, 3, 4])
    assert [len(duties.of(worker)[0].shard.slots) for worker in (1, 2, 3, 4)] == [60] * 4
    duties.pass_on(4, [1, 2, 3], from_index=1000)
    load = Counter()
    for worker in (1, 2, 3):
        for duty in duties.of(worker):
            load[worker] += len(duty.shard.slots)
    assert load == {1: 80, 2: 80, 3: 80}


def test_a_duty_that_was_not_begun_is_passed_on_whole():
    """A worker that is lost before it came to what it took over leaves that from its start."""
    duties = Duties([1, 2, 3])
    duties.pass_on(1, [2, 3], from_index=900)
    given_to_3 = duties.pass_on(2, [3], from_index=500)
    assert sorted(each.shard.from_index for each in given_to_3) == [500, 900]


def test_without_heirs_the_rest_is_nobodys():
    duties = Duties([1])
    assert duties.pass_on(1, [], from_index=7) == ()
    assert [each.until_index for each in duties.of(1)] == [7]
    assert NO_END > VISITS
