"""The controller of replications: how many more, and when it is enough."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.interval import Interval, mean_interval
from sim.statistics.jackknife import ratio_interval
from sim.statistics.replications import (
    NO_CHANGE,
    BudgetPrecision,
    Precision,
    Replications,
    look_ahead,
)

ONE = {"p99": Precision(relative=0.10)}


def _told(control: Replications, values, name: str = "p99", start: int = 0) -> Replications:
    for i, value in enumerate(values):
        control.tell(start + i, {name: value})
    return control


def test_the_first_round_is_the_fewest() -> None:
    assert Replications(ONE).more() == 10
    assert _told(Replications(ONE, fewest=4), [1.0, 1.1]).more() == 2


def test_the_next_round_is_as_large_as_the_width_is_too_wide_squared() -> None:
    """Ten values with s / mean = 0.1633: h = 2.262 * 0.1633 / sqrt 10 = 0.1168 of the mean, asked
    for are 0.1 / 1.1 = 0.0909, so 10 * 1.651 = 16.5 are wanted."""
    values = 1.0 + 0.1633 * np.tile([-1.0, 1.0], 5) * (9 / 10) ** 0.5
    assert _told(Replications(ONE), values).more() == 7


def test_no_round_more_than_doubles_what_is_there() -> None:
    assert _told(Replications(ONE), [0.1, 9.0] * 5).more() == 10


def test_a_precision_must_stay_through_the_look_ahead() -> None:
    control = _told(Replications(ONE), [1.0, 1.01] * 5)
    assert control.more() == 5
    assert not control.standing().reached
    _told(control, [1.0] * 4, start=10)
    assert control.more() == 1
    _told(control, [1.0], start=14)
    assert control.more() == 0
    assert control.standing().reached


def test_a_lucky_crossing_is_not_the_end() -> None:
    control = _told(Replications(ONE), [1.0, 1.01] * 5)
    _told(control, [5.0] * 5, start=10)
    assert control.more() > 0
    assert control.standing().imprecise == ("p99",)


@pytest.mark.parametrize(("n", "through"), [(10, 5), (100, 5), (119, 5), (120, 6), (1000, 50)])
def test_the_look_ahead_grows_with_the_replications(n: int, through: int) -> None:
    assert look_ahead(n) == through


def test_every_objective_must_hold() -> None:
    control = Replications({"wait": Precision(relative=0.1), "late": Precision(relative=0.1)})
    for i in range(20):
        control.tell(i, {"wait": 1.0 + i % 2 / 100, "late": (float(i % 3), 50.0)})
    standing = control.standing()
    assert standing.imprecise == ("late",)
    assert not standing.reached
    assert standing.wanted > 20


def test_the_objective_that_was_the_last_to_be_precise_decided() -> None:
    """Values that lie 1 % apart are precise at once, those that lie 22 % apart, +-11 %, once t(n -
    1) 0.11 / sqrt(n - 1) <= 0.05 / 1.05: at 23, t = 2.074, and not yet at 22, t = 2.080."""
    asked = {name: Precision(relative=0.05) for name in ("wait", "late")}
    control = Replications(asked)
    for i in range(40):
        control.tell(i, {"wait": 1.0 + i % 2 / 100, "late": 0.89 + 0.22 * (i % 2)})
    assert control.standing().decided_by == ("late",)
    few = Replications({"wait": asked["wait"]})
    assert _told(few, [1.0, 1.01] * 8, "wait").standing().decided_by == ()


@pytest.mark.parametrize(("apart", "sure"), [(2.1, True), (1.9, False)])
def test_what_a_change_adds_is_known_when_nothing_lies_twice_as_far_away_as_the_interval_reaches(
    apart: float, sure: bool
) -> None:
    """Of 20 values that are +-1 the interval reaches 2.093 / sqrt 19 = 0.480 on either side, and
    that of the 18 and 19 before hardly further: 0.49 and 0.497."""
    asked = BudgetPrecision(absolute=0.02, turns_at=NO_CHANGE)
    values = 0.48 * apart + np.tile([-1.0, 1.0], 10)
    standing = _told(Replications({"a": asked}), values, "a").standing()
    assert (standing.imprecise == ()) is sure
    assert standing.intervals["a"].half_width == pytest.approx(0.480, abs=0.001)  # type: ignore[union-attr]


def test_a_change_that_adds_exactly_nothing_is_known() -> None:
    asked = BudgetPrecision(absolute=0.02, turns_at=NO_CHANGE)
    assert _told(Replications({"a": asked}), [0.0] * 15, "a").standing().reached


def test_an_objective_that_is_always_zero_hides_no_other() -> None:
    control = Replications({"oversold": Precision(), "wait": Precision()})
    for i in range(20):
        control.tell(i, {"oversold": 0.0, "wait": float(i % 5)})
    assert control.standing().imprecise == ("wait",)
    assert not control.standing().reached


def test_what_was_precise_then_is_judged_by_what_was_known_then() -> None:
    """The last one that was too wide, found by telling every prefix to a controller of its own,
    is where the look-ahead of the long one begins."""
    rng = np.random.default_rng(4)
    total = rng.poisson(40, 60).astype(float)
    late = rng.binomial(total.astype(int), 0.3).astype(float)
    pairs = [(float(a), float(b)) for a, b in zip(late, total, strict=True)]
    imprecise, last = 0, 0
    for n in range(2, 61):
        standing = _told(
            Replications({"late": Precision(relative=0.1)}), pairs[:n], "late"
        ).standing()
        expected = ratio_interval(late[:n], total[:n])
        assert isinstance(expected, Interval)
        if standing.imprecise:
            last, imprecise = n, imprecise + 1
        elif n >= 10 and not standing.reached:
            assert standing.wanted == max(10, last + 1) + 5
    assert 5 < imprecise < 50


def test_an_absolute_precision_is_for_what_is_near_zero() -> None:
    values = [0.0, 0.001] * 10
    assert _told(Replications(ONE), values).more() > 0
    control = Replications({"p99": Precision(relative=0.1, absolute=0.001)})
    assert _told(control, values).more() == 0


def test_what_never_varied_is_enough_and_is_named() -> None:
    standing = _told(Replications({"oversold": Precision()}), [0.0] * 15, "oversold").standing()
    assert standing.reached
    assert standing.never_varied == ("oversold",)


def test_there_is_an_end_even_without_the_precision() -> None:
    control = _told(Replications(ONE, most=12), [0.1, 9.0] * 6)
    assert control.more() == 0
    assert not control.standing().reached


def test_the_order_in_which_replications_end_does_not_matter() -> None:
    values = np.random.default_rng(1).exponential(1.0, 40)
    straight, mixed = Replications(ONE), Replications(ONE)
    _told(straight, values)
    for i in np.random.default_rng(2).permutation(40):
        mixed.tell(int(i), {"p99": values[i]})
    assert mixed.standing() == straight.standing()


def test_nothing_behind_a_gap_is_judged() -> None:
    control = _told(Replications(ONE), [1.0, 1.01] * 5, start=1)
    assert control.standing().n == 0
    assert control.more() == 0  # ten are wanted and ten are told: number 0 is still out
    control.tell(0, {"p99": 1.0})
    assert control.standing().n == 11
    assert control.more() == 4


def test_intervals_are_those_of_all_values_and_of_summed_ratios() -> None:
    rng = np.random.default_rng(3)
    waits, late, total = rng.random(12), rng.random(12), rng.random(12) + 5
    control = Replications({"wait": Precision(), "late": Precision()})
    for i in range(12):
        control.tell(i, {"wait": waits[i], "late": (late[i], total[i])})
    found = control.standing().intervals
    mean, wait = mean_interval(waits), found["wait"]
    assert isinstance(mean, Interval)
    assert isinstance(wait, Interval)
    assert (wait.low, wait.high) == pytest.approx((mean.low, mean.high))
    assert found["late"] == ratio_interval(late, total)


def test_the_first_replications_without_a_denominator_do_not_stop_it() -> None:
    control = Replications({"late": Precision()}, fewest=2)
    for i in range(20):
        control.tell(i, {"late": (0.0, 0.0)})
    assert control.more() > 0
