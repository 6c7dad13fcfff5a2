from __future__ import annotations

import numpy as np
import pytest

from sim.answers.pair import Pair
from sim.answers.what_if import comparison_of
from sim.comparison_table import comparison_lines
from tests.sim.runs import run_with


def pairs_of(ones, others, name: str = "goodput_per_s") -> list[Pair]:
    return [
        Pair(one=run_with({name: float(one)}), other=run_with({name: float(other)}))
        for one, other in zip(ones, others, strict=True)
    ]


def test_a_change_that_luck_would_hide_is_seen_in_pairs():
    """The luck of a replication moves both by 10, the change is 1: Var(difference) is 0.02 of
    the variance of unpaired runs."""
    random = np.random.default_rng(1)
    luck = random.normal(100, 10, 40)
    pairs = pairs_of(luck, luck + 1 + random.normal(0, 0.5, 40))
    (change,) = comparison_of(pairs).changes
    assert change.changed
    assert change.difference.contains(1.0)
    assert change.paired_ratio.estimate < 0.01


def test_without_a_change_an_interval_holds_nothing_most_of_the_time():
    """At 95 %: of 400 comparisons of variants that differ by luck alone, 20 +- 9 are missed."""
    random = np.random.default_rng(2)
    missed = 0
    for _ in range(400):
        one, other = random.normal(100, 5, (2, 10))
        missed += not comparison_of(pairs_of(one, other)).changes[0].difference.contains(0)
    assert 11 <= missed <= 33


def test_a_change_is_sure_only_with_all_figures_taken_together():
    """Fifty figures that do not change: at 95 % each, two or three would seem to."""
    random = np.random.default_rng(3)
    seeming = sure = 0
    for _ in range(20):
        pairs = [
            Pair(
                one=run_with({f"waiting_s:{k}": float(each) for k, each in enumerate(one)}),
                other=run_with({f"waiting_s:{k}": float(each) for k, each in enumerate(other)}),
            )
            for one, other in random.normal(100, 5, (10, 2, 50))
        ]
        changes = comparison_of(pairs).changes
        seeming += sum(not each.difference.contains(0) for each in changes)
        sure += sum(each.changed for each in changes)
    assert seeming > 25
    assert sure <= 5


def test_a_change_is_told_with_both_values_and_its_relative_interval():
    times = {"pay": [0.5] * 2000}
    pairs = [
        Pair(
            one=run_with({"p99_s:pay": one}, **times), other=run_with({"p99_s:pay": other}, **times)
        )
        for one, other in ((0.80, 0.31), (0.82, 0.31), (0.816, 0.31))
    ]
    (change,) = comparison_of(pairs).changes
    assert change.in_words.startswith("p99 of pay: 812 ms -> 310 ms (-61.8 %, 95 %: -")


def test_a_sure_change_is_never_told_with_an_interval_that_holds_nothing():
    """Nearly nothing before, and that of unsure size: how many times more it is nobody knows."""
    before, after = [0.0, 0.0, 1.9e-9, 0.0, 0.0], [3.6e-8, 3.7e-8, 3.8e-8, 3.7e-8, 3.6e-8]
    (change,) = comparison_of(pairs_of(before, after, "waiting_s:lock")).changes
    assert change.changed
    assert change.relative.contains(0.0)
    assert "(by 0.0364 µs, 95 %: 0.0" in change.in_words


def test_of_many_figures_that_are_the_same_a_dozen_is_named():
    figures = {f"longest_queue:{number}": 1.0 for number in range(20)}
    pair = Pair(one=run_with(figures), other=run_with(figures))
    (told,) = (
        each for each in comparison_lines(comparison_of([pair, pair])) if "same in every" in each
    )
    assert told.count("longest queue of") == 12
    assert told.endswith(" and 8 more, see --json")


def test_a_ratio_changes_by_points():
    (change,) = comparison_of(
        pairs_of([0.98, 0.981, 0.979], [0.996, 0.997, 0.995], "success_ratio:pay")
    ).changes
    assert "98 % -> 99.6 % (+1.6 points, 95 %: +1.6 to +1.6 points)" in change.in_words


def test_the_largest_sure_change_comes_first_and_noise_last():
    pairs = [
        Pair(
            one=run_with({"waiting_s:a": 1.0 + each, "waiting_s:b": 1.0 + each, "backlog": each}),
            other=run_with(
                {"waiting_s:a": 1.1 + each, "waiting_s:b": 9.0 + each, "backlog": noise}
            ),
        )
        for each, noise in ((0.1, 0.5), (0.2, 0.1), (0.3, 0.1), (0.25, 0.2))
    ]
    changes = comparison_of(pairs).changes
    assert [each.name for each in changes] == ["waiting_s:b", "waiting_s:a", "backlog"]


def test_what_is_the_same_in_every_pair_is_said_to_be():
    found = comparison_of(pairs_of([1, 2, 3], [1, 2, 3]))
    assert (found.changes, found.same) == ((), ("goodput_per_s",))
    assert "the same in every pair: goodput" in list(comparison_lines(found))


def test_a_control_takes_out_what_the_drawn_work_explains():
    """difference = work / 10 + noise, so the control explains a share of 100 / 101 of it, and
    corrects a sample whose work is above its mean of 50."""
    random = np.random.default_rng(4)
    work = random.normal(50, 10, 30)
    differences = work / 10 + random.normal(0, 0.1, 30)
    pairs = [
        Pair(
            one=run_with({"waiting_s:a": 10.0}),
            other=run_with({"waiting_s:a": 10.0 + float(difference)}),
            offered_work=float(each),
        )
        for each, difference in zip(work, differences, strict=True)
    ]
    (plain,), (controlled,) = (
        comparison_of(pairs, offered_work=mean).changes for mean in (None, 50.0)
    )
    assert controlled.controlled_ratio.estimate < 0.05
    assert controlled.difference.half_width < plain.difference.half_width / 4
    assert controlled.difference.contains(5.0)


def test_mirrored_luck_is_averaged_and_what_it_saves_is_told():
    random = np.random.default_rng(5)
    pairs = [
        Pair(
            one=run_with({"backlog": 0.0}),
            other=run_with({"backlog": 5 + luck + rest}),
            mirrored=(run_with({"backlog": 0.0}), run_with({"backlog": 5 - luck + rest})),
        )
        for luck, rest in zip(random.normal(0, 2, 30), random.normal(0, 0.2, 30), strict=True)
    ]
    (change,) = comparison_of(pairs).changes
    assert change.difference.half_width < 0.1
    assert change.mirrored_ratio.estimate < 0.05


@pytest.mark.parametrize("steps", [{"pay": [0.5] * 999}])
def test_a_quantile_of_small_replications_is_refused(steps):
    run = run_with({"p99_s:pay": 0.5}, **steps)
    found = comparison_of([Pair(one=run, other=run)] * 3)
    assert found.refused == ("p99_s:pay",)
    assert any("needs 1,000 response times in each" in line for line in comparison_lines(found))
