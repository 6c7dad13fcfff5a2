"""Events happen in the order of their instant, and of scheduling among equals."""

from __future__ import annotations

import random

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from sim.engine.contract import EngineOptions  # noqa: E402
from sim.kernel_engine.calendar import (  # noqa: E402
    is_due_before,
    schedule,
    take_first,
    unschedule,
)
from sim.kernel_engine.parts import tables_of  # noqa: E402
from sim.kernel_engine.program import compiled_program  # noqa: E402
from tests.sim.plans import HandMadePlan, action  # noqa: E402
from tests.sim.plays import one_desk  # noqa: E402

SLOTS = 2_000
FOREVER_S = 1e300


@numba.njit
def play(world, instants_s, dropped):
    """Schedules slot k for instants_s[k], drops some again, and takes the others as they are due;
    every slot that is taken the first time is scheduled once more, as much later."""
    w = world[0]
    for slot in range(len(instants_s)):
        schedule(w, slot, instants_s[slot])
    for slot in dropped:
        unschedule(w, slot)
    seen = np.zeros(len(instants_s), np.int64)
    taken = []
    while is_due_before(w, FOREVER_S):
        slot = take_first(w)
        taken.append(slot)
        seen[slot] += 1
        if seen[slot] == 1:
            schedule(w, slot, 2 * instants_s[slot])
    return taken


def expected(instants_s, dropped) -> list[int]:
    waiting = [(at_s, slot, slot) for slot, at_s in enumerate(instants_s) if slot not in dropped]
    taken, sequence = [], len(instants_s)
    while waiting:
        first = min(waiting)
        waiting.remove(first)
        slot = first[2]
        taken.append(slot)
        if taken.count(slot) == 1:
            waiting.append((2 * instants_s[slot], sequence, slot))
            sequence += 1
    return taken


def new_world(rate_per_s: float):
    plan = HandMadePlan(intended_s=[0.0, 1000 / rate_per_s] * 500, actions=(action("look"),))
    model = one_desk()
    return tables_of(compiled_program(model, ("look",)), model, plan, EngineOptions(seed=1))


@pytest.mark.parametrize("rate_per_s", [1e-3, 16.0, 1e6])
@pytest.mark.parametrize("span_s", [0.001, 1.0, 1e4, 1e9])
def test_events_come_in_order_whatever_the_width_of_a_bucket(rate_per_s, span_s):
    draw = random.Random(f"{rate_per_s} {span_s}")
    instants_s = [round(draw.expovariate(1.0) * span_s, 4) for _ in range(500)]
    dropped = draw.sample(range(500), 100)
    tables = new_world(rate_per_s)
    taken = play(tables.world, np.array(instants_s), np.array(dropped))
    assert list(taken) == expected(instants_s, set(dropped))


def test_equals_come_in_the_order_of_scheduling():
    tables = new_world(100.0)
    taken = play(tables.world, np.zeros(SLOTS), np.zeros(0, np.int64))
    assert list(taken) == [*range(SLOTS), *range(SLOTS)]


def test_what_is_never_due_does_not_come():
    tables = new_world(1.0)
    taken = play(tables.world, np.array([1.0, np.inf, 2.0]), np.zeros(0, np.int64))
    # Slot 0 comes at 1 and 2, slot 2 at 2 and 4; it was scheduled for 2 first.
    assert list(taken) == [0, 2, 0, 2]
