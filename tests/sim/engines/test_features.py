"""Both engines do the same, to the last bit, whatever a model holds."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from sim.engine.contract import Played
from sim.engines import chosen_engine, is_kernel_there
from tests.sim.engines.conservation import assert_conserved
from tests.sim.engines.features import FEATURES
from tests.sim.plays import Rows, play

needs_kernel = pytest.mark.skipif(not is_kernel_there(), reason="the compiled engine is not there")


def facts(played: Played) -> dict[str, str]:
    """All but the number of events, so that equal floats are equal texts and NaN is NaN."""
    with np.printoptions(threshold=1_000_000):
        return {
            each.name: repr(getattr(played, each.name))
            for each in fields(played)
            if each.name != "events"
        }


def assert_alike(event: tuple[Rows, Played], kernel: tuple[Rows, Played]) -> None:
    (rows, played), (other_rows, other_played) = event, kernel
    for row, other in zip(rows.actions, other_rows.actions, strict=False):
        assert repr(row) == repr(other)
    assert len(rows.actions) == len(other_rows.actions)
    for reading, other in zip(rows.gauges, other_rows.gauges, strict=False):
        assert reading == other
    assert len(rows.gauges) == len(other_rows.gauges)
    for what, other in zip(rows.traces, other_rows.traces, strict=False):
        assert what == other
    assert len(rows.traces) == len(other_rows.traces)
    known, other_known = facts(played), facts(other_played)
    for name in known:
        assert known[name] == other_known[name], name


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
    assert_conserved(given.plan, rows, played)


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
