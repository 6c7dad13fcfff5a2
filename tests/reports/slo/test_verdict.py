"""Verdicts are exact at the boundary and never green without enough data."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.slo.count import Count
from reports.slo.objective import Objective
from reports.slo.verdict import Verdict, events_needed, is_met, verdict_on

TARGETS = st.fractions(min_value=Fraction(1, 10**6), max_value=1)
COUNTS = st.integers(0, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def verdict(good: int, total: int, target: str = "999/1000", **circumstances: object) -> Verdict:
    objective = Objective(name="x", indicator="success", target=Fraction(target))
    counted = Count(n=total, total=total, good=good)
    return verdict_on(objective, counted, **circumstances)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("good", "total", "outcome"),
    [(999, 1000, "met"), (998, 1000, "violated"), (999_000_000, 1_000_000_000, "met"),
     (998_999_999, 1_000_000_000, "violated"), (1000, 1000, "met"), (0, 1000, "violated")],
)  # fmt: skip
def test_an_objective_is_exact_at_its_boundary(good: int, total: int, outcome: str) -> None:
    assert verdict(good, total).outcome == outcome


@given(TARGETS, st.integers(1, 10**20))
def test_one_event_decides_at_the_boundary_however_many_there_are(
    target: Fraction, times: int
) -> None:
    """Floats could not tell the two apart: 10^20 events differ by one in the 20th digit."""
    good, total = target.numerator * times, target.denominator * times
    assert is_met(good, total, target)
    assert not is_met(good - 1, total, target)


@given(TARGETS, st.booleans(), st.sampled_from(["", "the run was killed"]))
def test_no_data_is_never_green(target: Fraction, valid: bool, cut_short: str) -> None:
    outcome = verdict(0, 0, str(target), run_valid=valid, cut_short=cut_short).outcome
    assert outcome == ("no_data" if valid else "run_invalid")


@given(COUNTS, TARGETS)
def test_met_means_the_share_and_enough_events(counts: tuple[int, int], target: Fraction) -> None:
    good, total = counts
    if verdict(good, total, str(target)).outcome == "met":
        assert Fraction(good, total) >= target
        assert target == 1 or total * (1 - target) >= 1


@given(COUNTS, TARGETS)
def test_what_is_below_its_target_is_violated_however_the_run_ended(
    counts: tuple[int, int], target: Fraction
) -> None:
    good, total = counts
    outcome = verdict(good, total, str(target), cut_short="the run was killed").outcome
    assert outcome != "met"
    assert (outcome == "violated") == (total > 0 and Fraction(good, total) < target)


def test_too_few_events_are_inconclusive_and_say_how_many_it_takes() -> None:
    found = verdict(999, 999)
    assert found.outcome == "inconclusive"
    assert found.why == "999 events are too few, needs 1,000"


@pytest.mark.parametrize(
    ("target", "needed"), [("999/1000", 1000), ("95/100", 20), ("1/2", 2), ("2/3", 3), ("1", 1)]
)
def test_enough_events_make_a_budget_of_one(target: str, needed: int) -> None:
    assert events_needed(Fraction(target)) == needed


def test_a_target_of_everything_is_met_only_by_everything() -> None:
    assert verdict(1, 1, "1").outcome == "met"
    assert verdict(10**6 - 1, 10**6, "1").outcome == "violated"
    assert verdict(1, 1, "1").budget_spent_ratio is None


def test_an_invalid_run_judges_nothing() -> None:
    assert verdict(0, 1000, run_valid=False).outcome == "run_invalid"
    assert verdict(1000, 1000, run_valid=False).outcome == "run_invalid"


def test_a_run_cut_short_proves_nothing_met() -> None:
    found = verdict(1000, 1000, cut_short="the run was interrupted after 5 s")
    assert (found.outcome, found.why) == ("inconclusive", "the run was interrupted after 5 s")


def test_the_error_budget_is_what_the_target_leaves() -> None:
    found = verdict(9_995, 10_000)
    assert found.error_budget == 10
    assert found.budget_spent_ratio == 0.5
    assert found.achieved == Fraction(1999, 2000)
