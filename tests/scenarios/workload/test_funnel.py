"""How far visits get in a funnel, and where they choose a product."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from scenarios.workload.funnel import (
    FunnelStep,
    draw_done,
    first_products,
    same_needs_look_back,
    survival,
)
from scenarios.workload.persona import Persona
from scenarios.workload.random_streams import stream


def steps(*onward_percent: int) -> tuple[FunnelStep, ...]:
    return tuple(FunnelStep(step="s", onward=Fraction(each, 100)) for each in onward_percent)


def shoppers(*keenness: float) -> tuple[Persona, ...]:
    return tuple(Persona(name="p", share=Fraction(1), keenness=each) for each in keenness)


def test_survival_is_the_product_of_the_continue_ratios() -> None:
    reach = survival(shoppers(1.0), steps(50, 20, 7))
    assert reach[0] == pytest.approx([1.0, 0.5, 0.1])


def test_keenness_multiplies_continue_ratios_up_to_the_whole() -> None:
    reach = survival(shoppers(3.0, 0.5), steps(50, 20, 7))
    assert reach[0] == pytest.approx([1.0, 1.0, 0.6])
    assert reach[1] == pytest.approx([1.0, 0.25, 0.025])


def test_keenness_changes_nothing_where_everybody_goes_on() -> None:
    assert survival(shoppers(0.5), steps(100, 100, 100))[0].tolist() == [1.0, 1.0, 1.0]


def test_steps_done_are_as_frequent_as_survival_times_take() -> None:
    funnel = (
        FunnelStep(step="a", onward=Fraction(3, 4)),
        FunnelStep(step="b", take=Fraction(2, 5), onward=Fraction(1, 2)),
        FunnelStep(step="c"),
    )
    reach = np.repeat(survival(shoppers(1.0), funnel), 50_000, axis=0)
    done = draw_done(stream(1, "funnel"), reach, funnel).sum(axis=0)
    for count, probability in zip(done[1:].tolist(), (0.75 * 0.4, 0.75 * 0.5), strict=True):
        assert stats.binomtest(count, 50_000, probability).pvalue > 0.01
    assert done[0] == 50_000


def test_step_passed_over_does_not_end_the_visit() -> None:
    funnel = (FunnelStep(step="a"), FunnelStep(step="b", take=Fraction(0)), FunnelStep(step="c"))
    done = draw_done(stream(1, "funnel"), np.ones((4, 3)), funnel)
    assert done.tolist() == [[True, False, True]] * 4


def test_same_chooses_only_when_nothing_was_chosen_before() -> None:
    funnel = tuple(
        FunnelStep(step="s", product=each) for each in ("none", "new", "same", "hot", "same")
    )
    done = np.array([[1, 1, 1, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 1, 1], [1, 0, 0, 0, 1]], bool)
    assert first_products(done, funnel).astype(int).tolist() == [
        [0, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]


@pytest.mark.parametrize(
    ("funnel", "needs"),
    [
        ((FunnelStep(step="a", product="new"), FunnelStep(step="b", product="same")), False),
        (
            (
                FunnelStep(step="a", product="new", take=Fraction(1, 2)),
                FunnelStep(step="b", product="same"),
            ),
            True,
        ),
        ((FunnelStep(step="a"), FunnelStep(step="b", product="same")), True),
        ((FunnelStep(step="a"),), False),
    ],
)
def test_look_back_is_needed_when_same_may_be_first(
    funnel: tuple[FunnelStep, ...], needs: bool
) -> None:
    assert same_needs_look_back(funnel) is needs
