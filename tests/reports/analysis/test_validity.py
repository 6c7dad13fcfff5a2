"""A run whose generator fell behind, or lost visits, judges nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reports.analysis.validity import ValidityBounds, validity_of
from reports.record.manifest import Ending, LostVisits
from reports.record.outcome import Outcome
from tests.reports.records import manifest_of, player_gauges, record_of, row


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
    assert found.reasons[0].startswith(
        "the generator failed to start 10 of 10 planned visits (100.00 %) when they were due: "
        "10 were neither started nor recorded as not sent"
    )


def test_visits_after_an_interruption_are_not_missing(tmp_path: Path) -> None:
    manifest = manifest_of(arrivals_per_second=[2] * 20)
    rows = [row(k, intended_s=k / 2) for k in range(11)]
    ending = Ending(reason="interrupted", at_s=5.9)
    found = validity_of(record_of(tmp_path, rows, manifest=manifest, ending=ending))
    assert found.valid
    assert (found.planned_visits, found.due_visits, found.missing_visits) == (40, 11, 0)


def test_no_more_visits_have_started_than_were_due(tmp_path: Path) -> None:
    """In 5.9 s at two a second; of the last part of a second the manifest does not know."""
    manifest = manifest_of(arrivals_per_second=[2] * 20)
    rows = [row(k, intended_s=k / 2) for k in range(12)]
    ending = Ending(reason="limit_found", at_s=5.9)
    found = validity_of(record_of(tmp_path, rows, manifest=manifest, ending=ending))
    assert (found.started_visits, found.due_visits) == (12, 12)


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


@pytest.mark.parametrize(("late", "valid"), [(1, True), (2, False)])
def test_one_visit_in_a_thousand_may_start_in_another_second(
    tmp_path: Path, late: int, valid: bool
) -> None:
    """Far too few for the 99th percentile of the schedule lag to show it."""
    rows = [row(k, lag_s=1.001 if k < late else 0.0, response_time_s=1.1) for k in range(1000)]
    found = validity_of(record_of(tmp_path, rows))
    assert found.late_visits == late
    assert found.valid is valid
    assert all("started more than 1 s late" in each for each in found.reasons)


@pytest.mark.parametrize(("busy_ratio", "own_fault"), [(0.899, 0), (0.9, 40), (1.0, 40)])
def test_visits_not_sent_are_the_players_fault_only_where_its_event_loop_was_saturated(
    tmp_path: Path, busy_ratio: float, own_fault: int
) -> None:
    """Otherwise replies were read as they came, and it was the platform that kept them."""
    rows = [row(k, intended_s=11.5, outcome=Outcome.NOT_SENT) for k in range(40)]
    rows += [row(k, intended_s=12.5) for k in range(40, 100)]
    gauges = player_gauges(
        [10.0, 11.0, 12.0, 13.0], event_loop_busy_ratio=[0.1, 0.1, busy_ratio, 1]
    )
    found = validity_of(record_of(tmp_path, rows, gauges=gauges))
    assert found.not_sent_visits == 40
    assert found.own_fault_visits == own_fault
    assert found.valid is (own_fault == 0)
    assert all("not sent while the event loop was saturated" in each for each in found.reasons)


def test_a_visit_is_charged_to_the_worker_that_did_not_send_it(tmp_path: Path) -> None:
    rows = [row(k, intended_s=10.5, outcome=Outcome.NOT_SENT, worker=1 + k % 2) for k in range(10)]
    gauges = [
        *player_gauges([11.0], worker=1, event_loop_busy_ratio=[0.3]),
        *player_gauges([11.0], worker=2, event_loop_busy_ratio=[0.95]),
    ]
    assert validity_of(record_of(tmp_path, rows, gauges=gauges)).own_fault_visits == 5


@pytest.mark.parametrize("failure_class", ["no_ports", "no_files"])
@pytest.mark.parametrize(("short", "valid"), [(1, True), (2, False)])
def test_visits_that_the_players_own_machine_could_not_connect_are_its_fault(
    tmp_path: Path, failure_class: str, short: int, valid: bool
) -> None:
    """The platform never heard of them, so it cannot have failed them."""
    rows = [row(k) for k in range(1000)]
    for k in range(short):
        rows[k] = row(k, outcome=Outcome.FAILED, reason=failure_class)
        rows.append(row(k, action=1, outcome=Outcome.FAILED, reason=failure_class))
    found = validity_of(record_of(tmp_path, rows))
    assert (found.short_visits, found.own_fault_visits, found.valid) == (short, short, valid)
    assert all("no local port or open file" in each for each in found.reasons)


def test_a_refused_connection_is_no_fault_of_the_generator(tmp_path: Path) -> None:
    rows = [row(k, outcome=Outcome.FAILED, reason="refused") for k in range(100)]
    assert validity_of(record_of(tmp_path, rows)).own_fault_visits == 0


def test_a_late_visit_that_could_not_connect_either_counts_once(tmp_path: Path) -> None:
    late = row(0, lag_s=1.5, response_time_s=1.6, outcome=Outcome.FAILED, reason="no_ports")
    found = validity_of(record_of(tmp_path, [late, row(1)]))
    assert (found.late_visits, found.short_visits, found.own_fault_visits) == (1, 0, 1)


def test_without_an_account_of_the_player_nothing_is_its_fault(tmp_path: Path) -> None:
    rows = [row(k, outcome=Outcome.NOT_SENT) for k in range(10)]
    assert validity_of(record_of(tmp_path, rows)).valid


@pytest.mark.parametrize(("lost", "valid"), [(1, True), (2, False)])
def test_visits_that_a_worker_lost_are_missing(tmp_path: Path, lost: int, valid: bool) -> None:
    gone = LostVisits(worker=2, from_s=10.0, until_s=12.0, visits=lost, why="killed")
    manifest = manifest_of(planned_visits=1000, lost_visits=(gone,))
    found = validity_of(
        record_of(tmp_path, [row(k) for k in range(1000 - lost)], manifest=manifest)
    )
    assert (found.lost_visits, found.missing_visits, found.valid) == (lost, lost, valid)


def test_the_four_kinds_of_failure_count_together(tmp_path: Path) -> None:
    """None of them alone is beyond one in a thousand."""
    rows = [row(k) for k in range(2997)]
    rows[0] = row(0, lag_s=1.5, response_time_s=1.6)
    rows[1] = row(1, lag_s=1.5, response_time_s=1.6)
    rows[2] = row(2, outcome=Outcome.NOT_SENT, intended_s=11.5)
    rows[3] = row(3, outcome=Outcome.FAILED, reason="no_files")
    gauges = player_gauges([12.0], event_loop_busy_ratio=[1.0])
    manifest = manifest_of(planned_visits=3000)
    found = validity_of(record_of(tmp_path, rows, gauges=gauges, manifest=manifest))
    assert (found.missing_visits, found.late_visits, found.own_fault_visits) == (3, 2, 7)
    assert not found.valid


def test_the_bounds_may_be_others(tmp_path: Path) -> None:
    rows = [row(k, lag_s=0.2, response_time_s=0.3) for k in range(100)]
    manifest = manifest_of(planned_visits=200)
    record = record_of(tmp_path, rows, manifest=manifest)
    wide = ValidityBounds(largest_lag_p99_s=0.2, largest_missing=Fraction(1, 2))
    assert validity_of(record, bounds=wide).valid
    assert len(validity_of(record).reasons) == 2
    narrow = ValidityBounds(largest_lag_p99_s=0.199, largest_missing=Fraction(49, 100))
    assert len(validity_of(record, bounds=narrow).reasons) == 2
