"""The funnels of several personas, drawn at once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from scenarios.workload.funnel import FunnelStep
from scenarios.workload.funnel_tables import FunnelTables, funnel_tables
from scenarios.workload.persona import Persona
from scenarios.workload.random_streams import stream
from scenarios.workload.think_time import ThinkTime

LONG = (
    FunnelStep(step="a", onward=Fraction(3, 4)),
    FunnelStep(step="b", take=Fraction(2, 5), onward=Fraction(1, 2)),
    FunnelStep(step="c", think=ThinkTime(median_s=2.0)),
)
SHORT = (FunnelStep(step="c"), FunnelStep(step="d", think=ThinkTime(median_s=3.0)))
STEPS = ("a", "b", "c", "d")


def tables(*funnels: tuple[FunnelStep, ...], think: float = 1.0) -> FunnelTables:
    who = tuple(Persona(name="p", share=Fraction(1), think=think) for _ in funnels)
    return funnel_tables(who, funnels, STEPS)


def drawn(found: FunnelTables, persona: int, visits: int = 50_000) -> np.ndarray:
    return found.draw_done(stream(1, "funnel"), np.full(visits, persona, dtype=np.int16))


def test_steps_done_are_as_frequent_as_survival_times_take() -> None:
    done = drawn(tables(LONG), 0).sum(axis=0)
    for count, probability in zip(done[1:].tolist(), (0.75 * 0.4, 0.75 * 0.5), strict=True):
        assert stats.binomtest(count, 50_000, probability).pvalue > 0.01
    assert done[0] == 50_000


def test_step_passed_over_does_not_end_the_visit() -> None:
    funnel = (FunnelStep(step="a"), FunnelStep(step="b", take=Fraction(0)), FunnelStep(step="c"))
    assert drawn(tables(funnel), 0, visits=4).tolist() == [[True, False, True]] * 4


def test_nobody_comes_by_where_a_shorter_funnel_has_ended() -> None:
    assert drawn(tables(LONG, SHORT), 1, visits=100).sum(axis=0).tolist() == [100, 100, 0]


def test_another_persona_s_funnel_moves_no_draw_of_this_one() -> None:
    assert np.array_equal(drawn(tables(LONG), 0), drawn(tables(LONG, SHORT), 0))


def test_rows_hold_the_step_and_the_pause_of_the_persona() -> None:
    found = tables(LONG, SHORT, think=2.0)
    rows = found.rows(np.array([0, 1, 1], dtype=np.int16), np.array([2, 0, 1]))
    assert [STEPS[code] for code in found.code[rows]] == ["c", "c", "d"]
    assert found.median_s[rows].tolist() == [4.0, 0.0, 6.0]


def test_actions_a_visit_are_counted_for_each_persona_by_its_own_funnel() -> None:
    mean = tables(LONG, SHORT).actions_per_visit(len(STEPS))
    assert mean[0] == pytest.approx([1.0, 0.75 * 0.4, 0.75 * 0.5, 0.0])
    assert mean[1] == pytest.approx([0.0, 0.0, 1.0, 1.0])


def test_step_that_stands_twice_in_a_funnel_counts_twice() -> None:
    twice = (FunnelStep(step="a", onward=Fraction(1, 2)), FunnelStep(step="a"))
    assert tables(twice).actions_per_visit(1)[0] == pytest.approx([1.5])
