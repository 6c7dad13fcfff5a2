from __future__ import annotations

import math
from fractions import Fraction

import pytest

from reports.record.outcome import Outcome
from sim.answers.pair import Pair
from sim.answers.promise_change import promise_changes, spent_difference
from sim.answers.promises import Kept, Promise
from tests.sim.runs import run_with


def promise(target: str = "0.9") -> Promise:
    return Promise(name="orders", target=Fraction(target), good=frozenset({Outcome.OK}))


def run(bad: int, total: int):
    return run_with({}, kept={"orders": Kept(good=total - bad, total=total, visits=0, unseen=0)})


def pair(one: tuple[int, int], other: tuple[int, int], **more) -> Pair:
    return Pair(one=run(*one), other=run(*other), **more)


def change(pairs, target: str = "0.9"):
    (found,) = promise_changes([promise(target)], pairs)
    return found


def test_of_equally_many_actions_it_is_the_difference_of_the_budgets_spent():
    """100 of 1,000 bad spend a budget of 10 %, 50 half of it."""
    above, below = spent_difference(promise(), pair((100, 1000), (50, 1000)))
    assert above / below == pytest.approx(-0.5)


def test_a_pair_weighs_as_much_as_its_smaller_side_allows():
    """w = 100 * 900 / 1,000 = 90, and shares of 10 and 30 % differ by two budgets of 10 %."""
    above, below = spent_difference(promise(), pair((10, 100), (270, 900)))
    assert (above, below) == (pytest.approx(90 * 2), pytest.approx(90))


def test_a_pair_without_an_action_on_one_side_says_nothing():
    assert spent_difference(promise(), pair((0, 0), (3, 10))) == (0.0, 0.0)
    assert spent_difference(promise(), pair((0, 0), (0, 0))) == (0.0, 0.0)
    found = change([pair((0, 0), (3, 10))] * 3)
    assert (found.spent, found.difference, found.changed) == (None, None, False)
    assert found.in_words == "orders (90 %): met in 0 -> 0 of 3"


def test_a_change_that_is_sure_says_by_how_much():
    """Budgets of 100 %, 90 % and 110 %, each less 50 and a little: the differences are -0.5, -0.49
    and -0.51, t(2) = 4.303, s = 0.01: +-0.0248, and not skewed."""
    found = change([pair((100 + k, 1000), (50 + 2 * k // 2 + d, 1000)) for k, d in _LUCK])
    assert found.changed
    assert found.difference.half_width == pytest.approx(4.303 * 0.01 / math.sqrt(3), rel=1e-3)
    assert found.in_words == (
        "orders (90 %): budget spent 100 % -> 50 % (by -50, 95 %: -52.5 to -47.5, sure), "
        "met in 2 -> 3 of 3"
    )


_LUCK = ((0, 0), (-10, 1), (10, -1))


def test_a_change_that_may_be_none_says_so():
    found = change([pair((100, 1000), (100 + d, 1000)) for d in (-3, 4, 2)])
    assert not found.changed
    assert "no change is sure" in found.in_words


def test_nothing_in_any_pair_is_told_as_such():
    found = change([pair((3, 1000), (3, 1000))] * 4)
    assert found.is_nothing
    assert "(nothing in any pair), met in 4 -> 4 of 4" in found.in_words


def test_a_promise_of_all_has_no_budget_and_is_met_or_not():
    found = change([pair((0, 1000), (1, 1000))] * 2, target="1")
    assert (found.spent, found.difference) == (None, None)
    assert found.in_words == "orders (100 %): met in 2 -> 0 of 2"
    assert found.as_json()["met_in"] == [2, 0]


def test_both_halves_of_mirrored_luck_count_together():
    mirrored = pair((100, 1000), (50, 1000), mirrored=(run(60, 1000), run(50, 1000)))
    above, below = spent_difference(promise(), mirrored)
    assert above / below == pytest.approx((100 - 160) / 2000 / 0.1)
    found = change([mirrored] * 2)
    assert found.spent == (pytest.approx(0.8), pytest.approx(0.5))
    assert (found.met, found.runs) == ((4, 4), 4)
