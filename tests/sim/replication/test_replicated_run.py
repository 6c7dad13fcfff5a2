from __future__ import annotations

from fractions import Fraction

import numpy as np

from reports.record.outcome import Outcome
from sim.answers.promises import Kept, Promise
from sim.replication.replicated_run import objectives_of, precise_replications, replicate
from sim.replication.replications_progress import in_words
from tests.sim.runs import run_with


def noisy(cv: float):
    """Replications whose goodput varies around 100 by `cv`, reproducible by their number."""

    def play(number: int):
        luck = np.random.default_rng([7, number]).normal(0, 100 * cv)
        return run_with({"goodput_per_s": 100.0 + float(luck)})

    return play


def played(cv: float, precision: float, most: int = 300):
    progress = []
    play = noisy(cv)
    found = precise_replications(
        play(0), play, precision=precision, tell=progress.append, most=most
    )
    return found, progress


def test_replications_go_on_until_every_figure_is_precise():
    """n = (t cv / g')^2, g' = g / (1 + g): about 42 at cv 6 % and g 2 %, and some to look on."""
    found, progress = played(0.06, 0.02)
    assert 20 <= len(found.runs) <= 90
    assert found.stopped.imprecise == ()
    assert found.stopped.decided_by == ("goodput_per_s",)
    assert progress[-1].reached_ratio <= 0.02
    assert progress[-1].done == len(found.runs)


def test_the_most_that_is_allowed_is_not_enough_and_says_so():
    found, _ = played(0.5, 0.01, most=15)
    assert len(found.runs) == 15
    assert found.stopped.imprecise == ("goodput_per_s",)
    assert found.stopped.in_words.endswith("known less closely than asked: goodput")


def test_a_number_of_replications_is_played_in_order():
    play = noisy(0.1)
    found = replicate(play(0), play, number=5, precision=0.02, tell=lambda _: None)
    assert [each.figures for each in found.runs] == [play(n).figures for n in range(5)]
    assert found.stopped is None


def test_the_objectives_are_what_a_replication_knows_well_enough():
    first = run_with(
        {
            "p95_s:pay": 0.1, "p99_s:pay": 0.2, "success_ratio:pay": 1.0, "p95_s:rare": 0.1,
            "goodput_per_s": 9.0, "longest_queue:desk": 4.0,
        },
        pay=[0.1] * 1500,
        rare=[0.1] * 30,
    )  # fmt: skip
    assert objectives_of(first) == ("p95_s:pay", "success_ratio:pay", "goodput_per_s")


def test_progress_tells_the_number_and_the_precision_reached():
    _, progress = played(0.06, 0.05)
    assert in_words(progress[0]).startswith("1 of 10")
    assert in_words(progress[-1]).partition(", to ±")[2].endswith(" %")


def test_the_first_replication_is_not_played_again():
    def play(number: int):
        raise AssertionError(f"replication {number} was asked for")

    first = run_with({"goodput_per_s": 1.0})
    found = replicate(first, play, number=1, precision=0.02, tell=lambda _: None)
    assert found.runs == (first,)


def keeping(share: float, *, actions: int = 10_000):
    """Replications of so many independent actions, of which this share is good on average."""

    def play(number: int):
        good = int(np.random.default_rng([8, number]).binomial(actions, share))
        return run_with({}, kept={"all": Kept(good=good, total=actions, visits=0, unseen=0)})

    return play


def promised(share: float, target: str, precision: float, most: int = 300):
    promise = Promise(name="all", target=Fraction(target), good=frozenset({Outcome.OK}))
    play = keeping(share)
    return precise_replications(play(0), play, precision, [promise], tell=lambda _: None, most=most)


def test_a_promise_that_is_clearly_kept_takes_no_more_than_the_fewest_replications():
    """A tenth of a budget of 10 is spent: 100 % is far away after ten, and stays so for five."""
    found = promised(0.9999, "0.999", 0.001)
    assert len(found.runs) == 15
    assert found.stopped.in_words == "the fewest that are played were enough for every objective"


def test_a_promise_on_the_edge_is_played_until_its_budget_is_precise():
    """All of a budget of 100 in 10,000 is spent, +-sqrt(99) in one: to 2 % of it takes
    (1.96 0.0995 / 0.02)^2 = 95 replications, and five more, unless luck is clear of the edge."""
    found = promised(0.99, "0.99", 0.02)
    assert 60 <= len(found.runs) <= 140
    assert found.stopped.imprecise == ()
    assert found.stopped.in_words == "enough once all was known as closely as asked"


def test_an_objective_that_stays_open_is_named():
    assert promised(0.99, "0.99", 0.001, most=20).stopped.imprecise == ("objective:all",)


def test_progress_towards_objectives_tells_the_widest_that_is_open():
    promise = Promise(name="all", target=Fraction("0.99"), good=frozenset({Outcome.OK}))
    progress, play = [], keeping(0.99)
    precise_replications(play(0), play, 0.02, [promise], tell=progress.append)
    assert progress[4].reached_ratio > 0.02
    assert progress[-1].reached_ratio is None
