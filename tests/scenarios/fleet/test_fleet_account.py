"""The sentences of a record on the fleet that made it."""

from __future__ import annotations

import pytest

from scenarios.fleet.fleet_account import named_workers


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((2,), "worker 2"), ((1, 3), "workers 1 and 3"), ((1, 3, 4), "workers 1, 3 and 4")],
)
def test_workers_are_named_as_people_do(numbers, words):
    assert named_workers(numbers) == words
