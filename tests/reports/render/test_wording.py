"""Figures in words never look better than they are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.record.manifest import Ending, Invariant
from reports.record.outcome import Outcome
from reports.render import wording
from reports.slo.judgement import judge
from reports.slo.objective import Objective
from reports.slo.verdict import Verdict, VerdictOutcome
from tests.reports.records import record_of, row, shares

TARGET = Fraction(999, 1000)
SUCCESS = Objective(name="orders", indicator="success", target=TARGET)


def verdict_of(good: int, total: int) -> Verdict:
    outcome: VerdictOutcome = "met" if good >= TARGET * total else "violated"
    return Verdict(objective=SUCCESS, outcome=outcome, n=total, good=good, total=total)


@pytest.mark.parametrize(
    ("achieved", "shown"),
    [("1", "100.00 %"), ("999999/1000000", "99.99 %"), ("9989999/10000000", "99.89 %"),
     ("999/1000", "99.90 %"), ("0", "0.00 %")],
)  # fmt: skip
def test_a_share_is_rounded_down(achieved: str, shown: str) -> None:
    assert wording.achieved_percent(Fraction(achieved), TARGET) == shown


@given(st.fractions(0, 1), st.integers(1, 10**6))
def test_a_shown_share_reaches_its_shown_target_only_if_it_does(
    achieved: Fraction, parts: int
) -> None:
    target = Fraction(parts, 10**6)
    shown = Fraction(wording.achieved_percent(achieved, target).removesuffix(" %")) / 100
    assert (shown >= target) == (achieved >= target)


@pytest.mark.parametrize(
    ("target", "shown"),
    [("999/1000", "99.9 %"), ("95/100", "95 %"), ("1", "100 %"), ("99999/100000", "99.999 %")],
)
def test_a_target_is_shown_as_it_was_written(target: str, shown: str) -> None:
    assert wording.target_percent(Fraction(target)) == shown


@pytest.mark.parametrize(
    ("value_s", "shown"),
    [(None, "–"), (0.0, "0 ms"), (0.00056, "0.56 ms"), (0.0037, "3.7 ms"), (0.0384, "38 ms"),
     (0.9996, "1 s"), (1.237, "1.24 s"), (99.96, "100 s"), (119.4, "119 s"), (119.6, "2 min"),
     (3569.4, "59 min 29 s"), (3570.6, "1 h"), (11846.6, "3 h 17 min"), (93600.0, "26 h"),
     (172800.0, "2 d"), (439200.0, "5 d 2 h"), (-200.0, "-3 min 20 s")],
)  # fmt: skip
def test_a_time_has_a_unit_that_people_read(value_s: float | None, shown: str) -> None:
    assert wording.seconds(value_s) == shown


@pytest.mark.parametrize(
    ("limit_s", "shown"),
    [(0.25, "250 ms"), (1.2, "1.2 s"), (100, "100 s"), (150, "2 min 30 s"), (5400, "1 h 30 min"),
     (3661, "3661 s"), (10_920.2, "10920.2 s"), (86_400, "24 h"), (604_800, "7 d")],
)  # fmt: skip
def test_a_limit_is_never_rounded(limit_s: float, shown: str) -> None:
    assert wording.short_seconds(limit_s) == shown


@pytest.mark.parametrize(
    ("good", "total", "shown"),
    [(999, 1000, "100 %"), (998_999, 1_000_000, "101 %"), (9_989_999, 10_000_000, "101 %"),
     (9985, 10_000, "150 %"), (9996, 10_000, "40 %"), (900, 1000, "×100")],
)  # fmt: skip
def test_a_budget_that_is_overspent_by_little_does_not_look_spent(
    good: int, total: int, shown: str
) -> None:
    assert wording.spent(verdict_of(good, total)) == shown


@given(st.integers(100, 10**6), st.integers(1, 99), st.integers(-3, 3))
@example(12563, 28, 0)
def test_the_end_of_an_interval_does_not_look_like_a_target_beside_it(
    total: int, lost_percent: int, apart: int
) -> None:
    found = verdict_of(total - total * lost_percent // 100, total)
    assert found.interval
    for place, end in enumerate(found.interval):
        target = Fraction(round(10**6 * end) + apart, 10**6)
        shown = wording.interval(replace(found, objective=replace(SUCCESS, target=target)))
        told = float(shown.removesuffix(" %").split("–")[place])
        assert (told >= float(100 * target)) == (100 * end >= float(100 * target))


def test_a_part_is_all_of_it_only_when_it_is() -> None:
    assert wording.part_percent(1000, 1000) == "100.0 %"
    assert wording.part_percent(99_999, 100_000) == "99.9 %"
    assert wording.part_percent(99_999, 100_000, 2) == "99.99 %"
    assert wording.part_percent(1, 3) == "33.3 %"


def test_the_scope_names_steps_phases_and_shoppers() -> None:
    assert wording.scope(SUCCESS) == "ok, rejections left out · all steps"
    narrow = Objective(
        name="x", indicator="acceptance", target=TARGET, steps=("place_order",),
        phases=("burst",), personas=("student", "parent"), tiers=("gold",),
    )  # fmt: skip
    assert wording.scope(narrow) == (
        "ok, not rejected · persona student, parent · tier gold · place_order in burst"
    )


def test_the_headline_of_a_good_run_says_how_much_it_proves(tmp_path: Path) -> None:
    record = shares(tmp_path, 1000, 1000)
    word, sentence = wording.headline(judge(record, [SUCCESS]), record.manifest)
    assert (word, sentence) == ("Held", "1 objective met, 1,000 visits played.")


def test_the_headline_of_a_broken_run_names_the_worst(tmp_path: Path) -> None:
    record = shares(tmp_path, 998, 1000)
    word, sentence = wording.headline(judge(record, [SUCCESS]), record.manifest)
    assert word == "Broke"
    assert "1 of 1 objective violated" in sentence
    assert "“orders” with 99.80 % of the promised 99.9 %" in sentence


def test_a_violated_invariant_breaks_a_run_by_itself(tmp_path: Path) -> None:
    broken = Invariant(name="no oversell", held=False, evidence="121 of 120")
    record = record_of(tmp_path, [row(k) for k in range(1000)], invariants=[broken])
    word, sentence = wording.headline(judge(record, [SUCCESS]), record.manifest)
    assert (word, sentence) == ("Broke", "1 invariant violated: no oversell.")


@pytest.mark.parametrize(
    ("ending", "word", "start"),
    [(None, "Nothing proven", "The run was killed before its end"),
     (Ending(reason="interrupted", at_s=5.0), "Interrupted", "The run was interrupted after 5 s"),
     (Ending(reason="aborted", at_s=5.0, detail="guard"), "Aborted",
      "The run was aborted after 5 s: guard")],
)  # fmt: skip
def test_the_headline_of_a_partial_run_says_so(
    tmp_path: Path, ending: Ending | None, word: str, start: str
) -> None:
    record = record_of(tmp_path, [row(k) for k in range(1000)], ending=ending)
    said, sentence = wording.headline(judge(record, [SUCCESS]), record.manifest)
    assert said == word
    assert sentence.startswith(start)


def test_the_headline_of_a_killed_run_that_had_broken_says_both(tmp_path: Path) -> None:
    rows = [row(k, outcome=Outcome.FAILED) for k in range(1000)]
    record = record_of(tmp_path, rows, ending=None)
    word, sentence = wording.headline(judge(record, [SUCCESS]), record.manifest)
    start = "The run was killed before its end. Until then: 1 of 1 objective violated"
    assert word == "Broke"
    assert sentence.startswith(start)


def test_without_objectives_nothing_is_proven(tmp_path: Path) -> None:
    record = shares(tmp_path, 1, 1)
    word, sentence = wording.headline(judge(record, []), record.manifest)
    assert (word, sentence) == ("Nothing proven", "There were no objectives to judge by.")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("the CPU was full", "The CPU was full."), ("No visit was lost.", "No visit was lost."),
     ("is it late?", "Is it late?"), ("", "")],
)  # fmt: skip
def test_a_sentence_begins_with_a_capital_and_ends_with_one_stop(words: str, sentence: str) -> None:
    assert wording.as_sentence(words) == sentence
