"""The error budget that is left while a run lasts."""

from __future__ import annotations

import pytest

from reports.record.outcome import Outcome
from scenarios.rehearsal.budget import budget_left

EXPECTED = {"open_home": 1000.0, "pay": 200.0}


def objectives(*entries: str) -> str:
    return "objectives:\n" + "".join(f"  - {{{each}}}\n" for each in entries)


def counts(step: str, **by_word: int) -> dict[str, list[int]]:
    return {step: [by_word.get(each.word, 0) for each in Outcome]}


SUCCESS = "name: a, indicator: success, target: 99 %"
AVAILABILITY = "name: b, indicator: availability, target: 99 %, steps: [pay]"
FAST = "name: c, indicator: response_time, target: 99 %, below: 1s"


def left(text: str, seen: dict[str, list[int]]) -> float | None:
    return budget_left("x.yaml", text)(seen, EXPECTED)


def test_the_budget_is_that_of_the_whole_run_from_its_first_second() -> None:
    """1 % of 1,200 actions are 12 bad ones."""
    assert left(objectives(SUCCESS), counts("open_home", ok=5, failed=3)) == pytest.approx(0.75)


def test_the_smallest_budget_is_told() -> None:
    """1 % of 200 payments are 2 bad ones, of which one is spent."""
    both = objectives(SUCCESS, AVAILABILITY)
    assert left(both, counts("pay", timed_out=1)) == pytest.approx(0.5)


@pytest.mark.parametrize("entry", [SUCCESS, AVAILABILITY])
def test_a_refusal_spends_no_budget(entry: str) -> None:
    assert left(objectives(entry), counts("pay", ok=1, rejected=50)) == 1.0


def test_a_budget_is_never_less_than_nothing() -> None:
    assert left(objectives(AVAILABILITY), counts("pay", abandoned=7)) == 0.0


@pytest.mark.parametrize("scope", ["personas: [bot]", "channels: [app]", "phases: [sale]"])
def test_what_cannot_be_told_by_step_waits_for_the_report(scope: str) -> None:
    """Counts of the whole run would show another budget than the one that is judged."""
    assert left(objectives(f"{SUCCESS}, {scope}"), counts("pay", failed=7)) is None


def test_response_times_wait_for_the_report() -> None:
    assert left(objectives(FAST), counts("pay", failed=7)) is None
    assert left("", counts("pay", failed=7)) is None
