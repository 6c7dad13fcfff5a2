from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from targets.backing.together import entered_together


class Journal:
    def __init__(self):
        self.left = []

    @contextmanager
    def room(self, name, barrier):
        barrier.wait(20)
        try:
            yield name
        finally:
            barrier.wait(20)
            self.left.append(name)

    @contextmanager
    def locked_room(self):
        raise PermissionError("locked")
        yield


def test_all_are_entered_and_left_at_the_same_time():
    """Each waits for the others, on the way in and on the way out."""
    journal, barrier = Journal(), threading.Barrier(3)
    with entered_together([journal.room(name, barrier) for name in "abc"]) as names:
        assert names == ["a", "b", "c"]
        assert journal.left == []
    assert sorted(journal.left) == ["a", "b", "c"]


def test_those_entered_are_left_when_one_cannot_be():
    journal, barrier = Journal(), threading.Barrier(1)
    rooms = [journal.room("a", barrier), journal.locked_room()]
    with pytest.raises(PermissionError, match="locked"), entered_together(rooms):
        pytest.fail("the body must not run")
    assert journal.left == ["a"]


def test_all_are_left_when_the_body_fails():
    journal, barrier = Journal(), threading.Barrier(2)
    rooms = [journal.room(name, barrier) for name in "ab"]
    with pytest.raises(ZeroDivisionError), entered_together(rooms):
        raise ZeroDivisionError
    assert sorted(journal.left) == ["a", "b"]
