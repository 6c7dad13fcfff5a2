"""Both engines do the same, to the last bit, whatever a model holds."""

from __future__ import annotations

import pytest

from sim.engines import chosen_engine, is_kernel_there
from tests.sim.engines.alike import assert_alike, facts
from tests.sim.engines.conservation import assert_conserved
from tests.sim.engines.features import FEATURES
from tests.sim.plays import play

needs_kernel = pytest.mark.skipif(not is_kernel_there(), reason="the compiled engine is not there")


@needs_kernel
@pytest.mark.parametrize("name", FEATURES)
def test_both_engines_agree_to_the_last_bit(name):
    given = FEATURES[name]()
    seen = [
        play(
            given.plan,
            given.model,
            engine=chosen_engine(engine)[1],
            traced=(0, 10**9),
            **given.options,
        )
        for engine in ("event", "kernel")
    ]
    assert_alike(*seen)


@pytest.mark.parametrize("name", FEATURES)
def test_nothing_gets_lost(play, name):
    given = FEATURES[name]()
    rows, played = play(given.plan, given.model, **given.options)
    assert_conserved(given.plan, given.model, rows, played)


@pytest.mark.parametrize("name", FEATURES)
def test_a_trace_changes_nothing(play, name):
    given = FEATURES[name]()
    rows, played = play(given.plan, given.model, **given.options)
    traced_rows, traced = play(given.plan, given.model, traced=(5, 50), **given.options)
    assert repr(traced_rows.actions) == repr(rows.actions)
    assert facts(traced) == facts(played)
    assert {each.visit for each in traced_rows.traces} == {
        visit
        for visit in range(5, 50)
        if visit in {each.visit for each in rows.actions}
        and visit not in {each.visit for each in rows.actions if each.outcome == 4}
    }
