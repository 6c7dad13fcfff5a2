"""Two runs that must be the same, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from sim.engine.contract import Played
from tests.sim.plays import Rows


def facts(played: Played) -> dict[str, str]:
    """All but the number of events, as texts: equal floats are equal texts, and NaN is NaN."""
    with np.printoptions(threshold=1_000_000):
        return {
            each.name: _text(getattr(played, each.name))
            for each in fields(played)
            if each.name != "events"
        }


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return repr(sorted((str(name), repr(each)) for name, each in value.items()))
    return repr(value)


def assert_alike(event: tuple[Rows, Played], kernel: tuple[Rows, Played]) -> None:
    (rows, played), (other_rows, other_played) = event, kernel
    for row, other in zip(rows.actions, other_rows.actions, strict=False):
        assert repr(row) == repr(other)
    assert len(rows.actions) == len(other_rows.actions)
    for reading, other in zip(rows.gauges, other_rows.gauges, strict=False):
        assert reading == other
    assert len(rows.gauges) == len(other_rows.gauges)
    assert rows.copies == other_rows.copies
    for what, other in zip(rows.traces, other_rows.traces, strict=False):
        assert what == other
    assert len(rows.traces) == len(other_rows.traces)
    known, other_known = facts(played), facts(other_played)
    for name in known:
        assert known[name] == other_known[name], name
