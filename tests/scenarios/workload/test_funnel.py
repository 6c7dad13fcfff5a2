"""How far visits get in a funnel, and where they choose a product."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from scenarios.workload.funnel import (
    FunnelStep,
    first_products,
    same_needs_look_back,
    survival,
)


def steps(*onward_percent: int) -> tuple[FunnelStep, ...]:
    return tuple(FunnelStep(step="s", onward=Fraction(each, 100)) for each in onward_percent)


def test_survival_is_the_product_of_the_continue_ratios() -> None:
    assert survival(steps(50, 20, 7), 1.0) == pytest.approx([1.0, 0.5, 0.1])


def test_keenness_multiplies_continue_ratios_up_to_the_whole() -> None:
    assert survival(steps(50, 20, 7), 3.0) == pytest.approx([1.0, 1.0, 0.6])
    assert survival(steps(50, 20, 7), 0.5) == pytest.approx([1.0, 0.25, 0.025])


def test_keenness_changes_nothing_where_everybody_goes_on() -> None:
    assert survival(steps(100, 100, 100), 0.5).tolist() == [1.0, 1.0, 1.0]


def test_first_product_of_each_visit_is_found() -> None:
    """Three visits of 3, 1 and 2 actions, the second about no product."""
    about = np.array([0, 1, 1, 0, 1, 1], dtype=bool)
    first = first_products(about, np.array([0, 3, 4, 6]))
    assert first.astype(int).tolist() == [0, 1, 0, 0, 1, 0]


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
