"""Pairs until it is known what a change adds to each error budget, with luck that is made here."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from reports.record.outcome import Outcome
from sim.answers.pair import Pair
from sim.answers.promises import Kept, Promise
from sim.engine.contract import EngineOptions
from sim.event_engine import engine
from sim.paired_runs import PairedRuns, play_precise_pairs
from sim.simulation_request import read_request
from tests.sim.runs import run_with

BUDGET = 1000
"""Bad actions in 10,000 that a target of 90 % allows."""


def promise(name: str, target: str = "0.9") -> Promise:
    return Promise(name=name, target=Fraction(target), good=frozenset({Outcome.OK}))


def kept(bad: float) -> Kept:
    return Kept(good=10 * BUDGET - round(bad), total=10 * BUDGET, visits=0, unseen=0)


class LuckyRuns(PairedRuns):
    """Of each promise the model as written spends its budget; `added` is what the change adds by
    name, in budgets: its mean and how much that varies."""

    added: dict[str, tuple[float, float]]

    def play(self, number: int) -> Pair:
        random = np.random.default_rng([9, number])
        one = {name: kept(BUDGET) for name in self.added}
        other = {
            name: kept(BUDGET * (1 + random.normal(mean, varies)))
            for name, (mean, varies) in self.added.items()
        }
        return Pair(one=run_with({}, kept=one), other=run_with({}, kept=other))


def played(*, precision: float = 0.02, **added: tuple[float, float]):
    request = read_request("reference_shop", "smoke")
    runs = LuckyRuns(
        request=request, other=request.model, engine=engine.play, options=EngineOptions(seed=1),
        promises=tuple(map(promise, added)),
    )  # fmt: skip
    object.__setattr__(runs, "added", added)
    return play_precise_pairs(runs, precision=precision, tell=lambda _: None)


def test_more_or_less_is_enough_to_know_and_takes_the_fewest_pairs():
    """A budget more, +-10 % in a pair: to know it to 2 % would take (1.96 0.1 / 0.02)^2 = 96."""
    pairs, stopped = played(orders=(1.0, 0.1))
    assert len(pairs) == 15
    assert stopped.in_words == "the fewest that are played were enough for every objective"


def test_next_to_nothing_is_known_to_a_part_of_the_budget():
    """Nothing, +-10 % in a pair: those 96 pairs, and five more."""
    pairs, stopped = played(orders=(0.0, 0.1))
    assert 70 <= len(pairs) <= 140
    assert stopped.decided_by == ("objective:orders",)


def test_all_objectives_are_known_at_once_and_the_last_decides():
    """Half a budget +-1 is twice as far away as its interval reaches after about
    (2 1.99 / 0.5)^2 = 63 pairs."""
    pairs, stopped = played(orders=(1.0, 0.1), payments=(0.5, 1.0))
    assert 40 <= len(pairs) <= 110
    assert stopped.in_words == "enough once payments was known as closely as asked"
