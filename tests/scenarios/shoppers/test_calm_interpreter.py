from __future__ import annotations

import gc
import sys

import pytest

from scenarios.shoppers.calm_interpreter import YOUNG, calm_interpreter


def test_the_interpreter_is_left_as_it_was_found_even_by_an_error():
    before = (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count())

    def fail() -> None:
        with calm_interpreter():
            assert gc.get_threshold()[0] == YOUNG
            assert gc.get_freeze_count() > 0
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()) == before


def test_garbage_in_cycles_does_not_pile_up():
    """An adapter may make some for every action."""

    class Ring:
        alive = most = 0

        def __init__(self) -> None:
            self.me = self
            Ring.alive += 1
            Ring.most = max(Ring.most, Ring.alive)

        def __del__(self) -> None:
            Ring.alive -= 1

    with calm_interpreter():
        for _ in range(20 * YOUNG):
            Ring()
    assert YOUNG / 4 < Ring.most < 4 * YOUNG


def test_what_is_alive_is_looked_at_a_few_times_only_however_much_it_grows():
    looked = []
    with calm_interpreter():
        gc.callbacks.append(lambda moment, _: looked.append(moment))
        alive = [[k] for k in range(40 * YOUNG)]
        gc.callbacks.pop()
    assert len(alive) == 40 * YOUNG
    assert 1 <= looked.count("start") <= 6


def test_garbage_is_looked_for_early_again_once_there_is_some():
    with calm_interpreter():
        alive = [[k] for k in range(40 * YOUNG)]
        assert gc.get_threshold()[0] > 8 * YOUNG
        for _ in range(100 * YOUNG):
            ring = []
            ring.append(ring)
        assert gc.get_threshold()[0] == YOUNG
    assert alive
