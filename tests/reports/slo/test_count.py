"""What each indicator counts, and what it counts as good."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reports.record.outcome import Outcome
from reports.slo.count import count
from reports.slo.objective import Indicator, Objective
from tests.reports.records import record_of, row

HALF = Fraction(1, 2)


def objective(indicator: Indicator = "success", **changes: object) -> Objective:
    limit = {"below_s": 1.2} if indicator == "response_time" else {}
    return Objective(
        **{"name": "x", "indicator": indicator, "target": HALF, **limit, **changes}  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("indicator", "good", "total"),
    [("success", {"ok"}, 5), ("acceptance", {"ok"}, 6), ("availability", {"ok", "rejected"}, 6),
     ("response_time", {"ok", "rejected"}, 6)],
)  # fmt: skip
def test_an_indicator_says_which_outcomes_are_good(
    tmp_path: Path, indicator: Indicator, good: set[str], total: int
) -> None:
    for outcome in Outcome:
        record = record_of(tmp_path / outcome.word, [row(0, outcome=outcome)])
        assert count(record, objective(indicator)).good == (outcome.word in good)
    record = record_of(tmp_path / "all", [row(k, outcome=each) for k, each in enumerate(Outcome)])
    found = count(record, objective(indicator))
    assert (found.n, found.total, found.good) == (6, total, len(good))


@pytest.mark.parametrize("intended_s", [0.0, 0.1, 10.0, 100.0, 86_400.7])
def test_a_response_time_at_the_limit_is_good_wherever_it_lies(
    tmp_path: Path, intended_s: float
) -> None:
    """101.2 - 100 is 1.2000000000000028 in binary; the limit holds to the nanosecond."""
    rows = [
        row(0, intended_s=intended_s, response_time_s=1.2),
        row(1, intended_s=intended_s, response_time_s=1.2 + 1e-6),
    ]
    record = record_of(tmp_path, rows)
    assert count(record, objective("response_time")).good == 1


def test_response_time_starts_when_the_action_was_due(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(0, lag_s=1.0, response_time_s=1.3)])
    assert count(record, objective("response_time")).good == 0


def test_only_judged_phases_count_unless_phases_are_named(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(k, phase=k) for k in range(3)])
    assert count(record, objective()).total == 2
    assert count(record, objective(phases=("warm_up",))).total == 1


def test_an_objective_may_be_about_some_steps(tmp_path: Path) -> None:
    rows = [row(0), row(0, step="pay", action=1, outcome=Outcome.FAILED)]
    record = record_of(tmp_path, rows)
    assert count(record, objective(steps=("open_home",))).good == 1
    assert count(record, objective(steps=("pay",))).good == 0
    assert count(record, objective(steps=("search",))).total == 0


@pytest.mark.parametrize(
    ("scope", "good", "total"),
    [({"personas": ("student",)}, 0, 2), ({"personas": ("office_worker",)}, 2, 2),
     ({"personas": ("office_worker", "student")}, 2, 4), ({"channels": ("ads",)}, 2, 4),
     ({"channels": ("direct",)}, 0, 0), ({"tiers": ("regular",)}, 2, 4),
     ({"personas": ("student",), "steps": ("pay",)}, 0, 1)],
)  # fmt: skip
def test_an_objective_may_be_about_some_shoppers(
    tmp_path: Path, scope: dict[str, tuple[str, ...]], good: int, total: int
) -> None:
    """Visits of even numbers are office workers, of odd ones students; all came by ads."""
    ends = [("open_home", Outcome.OK), ("open_home", Outcome.FAILED), ("pay", Outcome.OK),
            ("pay", Outcome.TIMED_OUT)]  # fmt: skip
    rows = [row(k, step=step, outcome=outcome) for k, (step, outcome) in enumerate(ends)]
    found = count(record_of(tmp_path, rows), objective(**scope))
    assert (found.good, found.total) == (good, total)


def test_shoppers_of_phases_that_are_not_judged_do_not_count(tmp_path: Path) -> None:
    rows = [row(0, phase=0), row(2, phase=1)]
    found = count(record_of(tmp_path, rows), objective(personas=("office_worker",)))
    assert found.total == 1


def test_the_worst_window_has_the_smallest_share(tmp_path: Path) -> None:
    rows = [row(k, intended_s=2.0 + k / 10) for k in range(100)]
    rows += [row(100 + k, intended_s=5.5, outcome=Outcome.FAILED) for k in range(3)]
    rows += [row(200, intended_s=15.0, outcome=Outcome.NOT_SENT)]
    worst = count(record_of(tmp_path, rows), objective(window_s=5.0)).worst_window
    assert worst is not None
    assert (worst.start_s, worst.duration_s, worst.good, worst.total) == (15.0, 5.0, 0, 1)


def test_without_data_there_is_no_worst_window(tmp_path: Path) -> None:
    assert count(record_of(tmp_path, []), objective(window_s=5.0)).worst_window is None
