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
        alive = 0

        def __init__(self) -> None:
            self.me = self
            Ring.alive += 1

        def __del__(self) -> None:
            Ring.alive -= 1

    with calm_interpreter():
        for _ in range(10 * YOUNG):
            Ring()
        assert Ring.alive <= YOUNG
