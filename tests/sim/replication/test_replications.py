from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time

import pytest

from sim.replication.replications import (
    MemoryNeededError,
    ReplicationError,
    plan_seed,
    refuse_beyond_memory,
    replicated,
)


def test_results_come_in_the_order_of_their_numbers_not_of_their_ends():
    def play(number: int) -> int:
        time.sleep(0.05 * (3 - number))
        return number * number

    assert list(replicated(play, range(3), cores=3)) == [(0, 0), (1, 1), (2, 4)]


def test_a_replication_inherits_what_cannot_be_pickled():
    def unpicklable(x: int) -> int:
        return x + 1

    assert list(replicated(unpicklable, [1], cores=1)) == [(1, 2)]


def test_an_endless_row_of_replications_ends_with_who_asks():
    found = list(itertools.islice(replicated(lambda n: n, itertools.count(), cores=2), 5))
    assert found == [(n, n) for n in range(5)]
    assert not multiprocessing.active_children()


def test_a_process_that_dies_is_an_error_that_names_the_replication_and_the_signal():
    def play(number: int) -> int:
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(ReplicationError, match=r"replication 2 was ended by SIGKILL"):
        list(replicated(play, range(4), cores=2))
    assert not multiprocessing.active_children()


def test_an_error_of_a_replication_is_told_with_its_words():
    def play(number: int) -> int:
        raise ValueError(f"no luck with {number}")

    with pytest.raises(ReplicationError, match="replication 0 failed: ValueError: no luck with 0"):
        list(replicated(play, [0], cores=1))


def test_ctrl_c_ends_every_replication():
    ctrl_c = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    ctrl_c.start()
    with pytest.raises(KeyboardInterrupt):
        list(replicated(lambda _: time.sleep(60), itertools.count(), cores=2))
    ctrl_c.join()
    assert not multiprocessing.active_children()


def test_replication_0_plays_the_plan_as_written_and_each_other_its_own():
    seeds = [plan_seed(7, number) for number in range(1000)]
    assert seeds[0] == 7
    assert len(set(seeds)) == 1000
    assert all(0 <= each < 2**63 for each in seeds)


def test_more_replications_than_memory_are_refused_with_the_number_that_fits():
    refuse_beyond_memory(1000, 10_000)
    with pytest.raises(MemoryNeededError, match=r"at most [\d,]+ fit"):
        refuse_beyond_memory(10**12, 10_000)
