"""A run whose generator fell behind, or lost visits, judges nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.analysis.validity import validity_of
from reports.record.manifest import Ending
from reports.record.outcome import Outcome
from tests.reports.records import manifest_of, record_of, row


def test_a_punctual_run_is_valid(tmp_path: Path) -> None:
    found = validity_of(record_of(tmp_path, [row(k, lag_s=0.001) for k in range(100)]))
    assert found.valid
    assert (found.planned_visits, found.started_visits, found.missing_visits) == (100, 100, 0)
    assert found.lag_s.p99 == pytest.approx(0.001)


@pytest.mark.parametrize(("late", "valid"), [(1, True), (2, False)])
def test_one_percent_of_the_actions_of_a_judged_phase_may_be_late(
    tmp_path: Path, late: int, valid: bool
) -> None:
    rows = [row(k, lag_s=0.2 if k < late else 0.0) for k in range(100)]
    found = validity_of(record_of(tmp_path, rows))
    assert found.valid is valid
    assert all("the generator fell behind" in each and "burst" in each for each in found.reasons)


def test_fifty_milliseconds_are_still_punctual(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(0, intended_s=10.0, lag_s=0.050)])
    assert validity_of(record).valid


def test_a_phase_that_is_not_judged_may_be_late(tmp_path: Path) -> None:
    assert validity_of(record_of(tmp_path, [row(0, phase=0, lag_s=1.0)])).valid


def test_lag_counts_in_later_actions_too(tmp_path: Path) -> None:
    rows = [row(0), row(0, action=1, step="search", lag_s=1.0)]
    found = validity_of(record_of(tmp_path, rows))
    assert not found.valid
    assert (found.first_lag_s.max, found.lag_s.max) == (0.0, pytest.approx(1.0))


def test_a_visit_not_sent_is_no_missing_one(tmp_path: Path) -> None:
    found = validity_of(record_of(tmp_path, [row(0), row(1, outcome=Outcome.NOT_SENT)]))
    assert found.valid
    assert (found.started_visits, found.not_sent_visits, found.missing_visits) == (1, 1, 0)


@pytest.mark.parametrize(("missing", "valid"), [(1, True), (2, False)])
def test_one_visit_in_a_thousand_may_be_missing(tmp_path: Path, missing: int, valid: bool) -> None:
    rows = [row(k) for k in range(1000 - missing)]
    record = record_of(tmp_path, rows, manifest=manifest_of(planned_visits=1000))
    found = validity_of(record)
    assert found.missing_visits == missing
    assert found.valid is valid


def test_a_complete_run_without_rows_is_invalid(tmp_path: Path) -> None:
    found = validity_of(record_of(tmp_path, [], manifest=manifest_of(planned_visits=10)))
    assert found.reasons[0].startswith("10 of 10 planned visits (100.00%) were neither started")


def test_visits_after_an_interruption_are_not_missing(tmp_path: Path) -> None:
    manifest = manifest_of(arrivals_per_second=[2] * 20)
    rows = [row(k, intended_s=k / 2) for k in range(11)]
    ending = Ending(reason="interrupted", at_s=5.9)
    found = validity_of(record_of(tmp_path, rows, manifest=manifest, ending=ending))
    assert found.valid
    assert (found.planned_visits, found.due_visits, found.missing_visits) == (40, 10, 0)


def test_visits_missing_before_an_interruption_are_missing(tmp_path: Path) -> None:
    manifest = manifest_of(arrivals_per_second=[2] * 20)
    ending = Ending(reason="interrupted", at_s=5.9)
    found = validity_of(record_of(tmp_path, [row(0)], manifest=manifest, ending=ending))
    assert not found.valid


def test_visits_cut_off_while_they_waited_for_a_reply_are_not_missing(tmp_path: Path) -> None:
    manifest = manifest_of(arrivals_per_second=[2] * 20)
    ending = Ending(reason="interrupted", at_s=5.9, cut_off_visits=9)
    rows = [row(0, intended_s=0.5)]
    found = validity_of(record_of(tmp_path, rows, manifest=manifest, ending=ending))
    assert found.valid
    assert (found.due_visits, found.missing_visits) == (10, 0)


def test_rows_that_died_with_a_killed_run_are_not_missing(tmp_path: Path) -> None:
    manifest = manifest_of(planned_visits=100)
    found = validity_of(record_of(tmp_path, [row(0)], manifest=manifest, ending=None))
    assert found.valid
    assert found.due_visits == 1
