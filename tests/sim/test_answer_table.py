"""Objectives over replications as a person reads them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from rich.console import Console

from reports.record.outcome import Outcome
from sim.answer_table import objective_table, refused_lines, station_table
from sim.answers.answer import answers_of
from sim.answers.promise_answer import promise_answers
from sim.answers.promises import Kept, Promise
from sim.model.station import StationModel
from tests.sim.plays import one_desk
from tests.sim.runs import run_with


def shown(target: str, *good: int, total: int) -> str:
    promise = Promise(name="all", target=Fraction(target), good=frozenset({Outcome.OK}))
    runs = [
        run_with({}, kept={"all": Kept(good=each, total=total, visits=0, unseen=0)})
        for each in good
    ]
    console = Console(width=120)
    with console.capture() as text:
        console.print(objective_table(promise_answers([promise], runs)))
    return " ".join(text.get().splitlines()[1].split())


def test_what_is_refused_is_named_and_a_mark_is_no_step():
    told = list(refused_lines(["p99_s:pay", "elapsed_p95_s:shipped"], ["pay"]))
    assert told == [
        "not given: p99 of every step, which needs 1,000 response times",
        "not given: p95 until shipped, which needs 200 times until then",
    ]


def test_one_bad_action_in_millions_is_never_shown_as_all():
    assert shown("1", 10_000_000, 9_999_999, total=10_000_000) == (
        "all 100 % 99.9999 % - 1 of 2 violated, over 99.9 % sure"
    )


def test_what_was_the_same_each_time_claims_no_confidence():
    assert shown("0.995", 500, 500, 500, total=500) == ("all 99.5 % 100 % 0 % 3 of 3 met each time")


def test_a_budget_that_is_overspent_is_shown_in_percent():
    line = shown("0.99", 900, 910, 905, 885, total=1000)
    assert line.startswith("all 99 % 90 % 1,000 % ±")
    assert line.endswith("0 of 4 violated, over 99.9 % sure")


def peak_cell(ratio: float, copy_ratio: float) -> str:
    figures = {
        "peak_utilisation_ratio:shards": ratio, "peak_copy_ratio:shards": copy_ratio,
        "peak_window_s:shards": 4680.0, "utilisation_ratio:shards": 0.02,
    }  # fmt: skip
    model = one_desk()
    model = dataclasses.replace(
        model, stations={**model.stations, "shards": StationModel(servers=1, copies=8)}
    )
    console = Console(width=140)
    with console.capture() as text:
        console.print(station_table(answers_of([run_with(figures)]), model))
    return " ".join(text.get().splitlines()[1].split())


def test_a_peak_is_told_with_its_window_and_with_a_copy_that_is_busier():
    assert peak_cell(0.125, 0.99).startswith("shards 12.5 %, one copy 99 %, in 78 min 2 %")
    assert peak_cell(0.125, 0.15).startswith("shards 12.5 % in 78 min 2 %")
