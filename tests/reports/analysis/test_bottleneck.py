"""What held a player up: named when it did, or was near to it, and not otherwise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from reports.analysis.bottleneck import Bottleneck, bottleneck_of
from reports.analysis.player_account import player_accounts
from reports.analysis.validity import validity_of
from reports.record.manifest import WorkerFacts
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.record.row import ActionRow, GaugeRow
from tests.reports.records import manifest_of, player_gauges, record_of, row

WELL = {
    "in_flight": [10.0, 12.0],
    "schedule_lag_s": [0.001, 0.001],
    "event_loop_busy_ratio": [0.3, 0.4],
    "event_loop_cpu_ratio": [0.3, 0.4],
    "event_loop_longest_turn_s": [0.004, 0.005],
    "gc_pause_s": [0.001, 0.0],
    "gc_longest_pause_s": [0.001, 0.0],
    "player_cpu_ratio": [0.35, 0.45],
    "other_processes_cpu_ratio": [1.5, 1.6],
}


def found_in(record: RunRecord) -> Bottleneck:
    accounts = player_accounts(record)
    return bottleneck_of(record, validity_of(record, accounts=accounts), accounts)


def bottleneck(
    directory: Path, *, rows: list[ActionRow] | None = None, **changes: list[float]
) -> Bottleneck:
    """Of a run of two cores whose readings at 11 s and 12 s are well but for `changes`."""
    gauges = player_gauges([11.0, 12.0], **{**WELL, **changes})
    return found_in(record_of(directory, rows or [row(0)], gauges=gauges))


def test_nothing_is_said_while_all_is_well(tmp_path: Path) -> None:
    assert bottleneck(tmp_path) == Bottleneck()


def test_a_record_without_an_account_has_none(tmp_path: Path) -> None:
    assert found_in(record_of(tmp_path, [row(0)])) == Bottleneck()


def test_a_simulated_player_has_an_account_of_its_visits_only(tmp_path: Path) -> None:
    gauges = [GaugeRow(11.0, "in_flight", 10.0)]
    assert found_in(record_of(tmp_path, [row(0)], gauges=gauges)) == Bottleneck()


@pytest.mark.parametrize(("ratio", "named"), [(0.699, False), (0.7, True), (1.0, True)])
def test_an_event_loop_is_named_from_seventy_percent_on(
    tmp_path: Path, ratio: float, named: bool
) -> None:
    found = bottleneck(tmp_path, event_loop_busy_ratio=[0.3, ratio])
    assert [each.kind for each in found.symptoms][:1] == ["event_loop"] * named


def test_the_busiest_second_is_told_with_its_processor_time(tmp_path: Path) -> None:
    found = bottleneck(
        tmp_path, event_loop_busy_ratio=[0.97, 0.6], event_loop_cpu_ratio=[0.97, 0.6],
        player_cpu_ratio=[0.99, 0.7],
    )  # fmt: skip
    (symptom,) = found.symptoms
    assert (symptom.at_s, symptom.figure) == (11.0, 0.97)
    assert symptom.sentence == (
        "the player's event loop was busy 97 % of the second before 11 s (CPU 99 %)"
    )


def test_a_garbage_collection_is_told_from_other_long_turns(tmp_path: Path) -> None:
    found = bottleneck(
        tmp_path, event_loop_longest_turn_s=[0.005, 0.181], gc_longest_pause_s=[0.0, 0.18]
    )
    assert [each.sentence for each in found.symptoms] == [
        "garbage collection held the player's event loop for 180 ms at 12 s"
    ]


def test_a_long_turn_without_a_collection_is_named_as_such(tmp_path: Path) -> None:
    found = bottleneck(tmp_path, event_loop_longest_turn_s=[0.005, 0.181])
    assert [each.sentence for each in found.symptoms] == [
        "the player's event loop read no replies for 181 ms at one go at 12 s"
    ]


@pytest.mark.parametrize(
    ("others", "cause"),
    [(1.6, "other processes used 1.6 of 2 cores"), (0.1, "threads of its own")],
)
def test_an_event_loop_without_a_processor_names_who_had_it(
    tmp_path: Path, others: float, cause: str
) -> None:
    found = bottleneck(
        tmp_path, event_loop_busy_ratio=[0.3, 0.9], event_loop_cpu_ratio=[0.3, 0.4],
        other_processes_cpu_ratio=[0.1, others],
    )  # fmt: skip
    processor = next(each for each in found.symptoms if each.kind == "processor")
    assert processor.figure == pytest.approx(0.5)
    assert "had no processor for 50 % of the second before 12 s" in processor.sentence
    assert cause in processor.sentence


def test_a_busy_host_is_no_news_while_the_player_keeps_up(tmp_path: Path) -> None:
    found = bottleneck(
        tmp_path, event_loop_busy_ratio=[0.3, 0.6], event_loop_cpu_ratio=[0.3, 0.3],
        other_processes_cpu_ratio=[2.0, 2.0],
    )  # fmt: skip
    assert found.symptoms == ()


@pytest.mark.parametrize(("most", "named"), [(69.0, False), (70.0, True)])
def test_a_limit_is_named_before_it_is_full(tmp_path: Path, most: float, named: bool) -> None:
    manifest = manifest_of(planned_visits=1, options={"in_flight_limit": 100})
    gauges = player_gauges([11.0, 12.0], **{**WELL, "in_flight": [most, 3.0]})
    found = found_in(record_of(tmp_path, [row(0)], gauges=gauges, manifest=manifest))
    assert [each.kind for each in found.symptoms] == ["in_flight_limit"] * named


def test_a_full_limit_is_told_with_its_meaning(tmp_path: Path) -> None:
    rows = [row(0), row(1, outcome=Outcome.NOT_SENT)]
    (symptom,) = bottleneck(tmp_path, rows=rows).symptoms
    assert symptom.figure == 1
    assert "the platform was slow or the limit too small" in symptom.sentence


def test_a_machine_without_a_local_port_left_is_named_first(tmp_path: Path) -> None:
    rows = [row(k, outcome=Outcome.FAILED, reason="no_ports") for k in range(3)]
    first = bottleneck(tmp_path, rows=rows, event_loop_busy_ratio=[0.3, 0.8]).symptoms[0]
    assert (first.kind, first.figure) == ("shortage", 3.0)
    assert "no local port left" in first.sentence


def busy_record(directory: Path, *, cores: int = 2, peak: int = 3000) -> RunRecord:
    """An event loop that was busy 80 % of a second with 1,000 actions: 800 us of processor time
    each. The plan's busiest second has `peak` visits of one action."""
    rows = [row(k, intended_s=10.5) for k in range(1000)]
    gauges = player_gauges(
        [10.0, 11.0], **{**WELL, "event_loop_busy_ratio": [0.1, 0.8],
                         "event_loop_cpu_ratio": [0.1, 0.8]}
    )  # fmt: skip
    manifest = manifest_of(planned_visits=peak, host={"cores": cores})
    plan = dataclasses.replace(manifest.plan, expected_actions={"open_home": float(peak)})
    return record_of(
        directory, rows, gauges=gauges, manifest=dataclasses.replace(manifest, plan=plan)
    )


def test_workers_are_the_planned_peak_over_what_one_handles_at_sixty_percent(
    tmp_path: Path,
) -> None:
    """3,000 actions/s of 800 us are 2.4 processors; at 60 % of each that is 4 workers."""
    needed = found_in(busy_record(tmp_path)).workers
    assert needed is not None
    assert needed.peak_actions_per_s == 3000
    assert needed.cpu_s_per_action == pytest.approx(0.0008)
    assert needed.workers == 4
    assert "4 workers would do" in needed.sentence
    assert "this host has only 2 cores, so it needs another machine" in needed.sentence


def test_a_host_with_enough_cores_needs_no_other_machine(tmp_path: Path) -> None:
    needed = found_in(busy_record(tmp_path, cores=8)).workers
    assert needed is not None
    assert "another machine" not in needed.sentence


def test_one_player_may_be_enough(tmp_path: Path) -> None:
    needed = found_in(busy_record(tmp_path, peak=700)).workers
    assert needed is not None
    assert (needed.workers, needed.players) == (1, 1)
    assert needed.sentence.startswith("one player is enough")


def test_a_worker_is_named_by_its_number(tmp_path: Path) -> None:
    gauges = [
        *player_gauges([11.0], worker=1, event_loop_busy_ratio=[0.2]),
        *player_gauges([11.0], worker=2, event_loop_busy_ratio=[0.9], player_cpu_ratio=[0.9]),
    ]
    found = found_in(record_of(tmp_path, [row(0, worker=2)], gauges=gauges))
    assert found.symptoms[0].sentence.startswith("worker 2's event loop was busy 90 %")


def fleet(directory: Path, **changes: list[float]) -> RunRecord:
    """A master and two workers on two hosts of four cores; `changes` are about worker 2."""
    gauges = [
        *player_gauges([11.0, 12.0], **{**WELL, "in_flight": [20.0, 24.0]}),
        *player_gauges([11.0, 12.0], worker=1, **WELL),
        *player_gauges([11.0, 12.0], worker=2, **{**WELL, **changes}),
    ]
    workers = tuple(
        WorkerFacts(number=k, name=f"w{k}", host=f"host-{k}", pid=k, cores=4, offset_s=0.0,
                    round_trip_s=0.001, last_offset_s=0.0, last_round_trip_s=0.001,
                    started_visits=1, actions=1, standing="ended")
        for k in (1, 2)
    )  # fmt: skip
    manifest = manifest_of(planned_visits=2, workers=workers, options={"in_flight_limit": 30})
    rows = [row(0, worker=1), row(1, worker=2, intended_s=10.5)]
    return record_of(directory, rows, gauges=gauges, manifest=manifest)


def test_a_master_plays_nothing_and_counts_as_no_player(tmp_path: Path) -> None:
    needed = found_in(fleet(tmp_path, event_loop_busy_ratio=[0.9, 0.9])).workers
    assert needed is not None
    assert (needed.players, needed.hosts, needed.cores) == (2, 2, 8)


def test_visits_in_flight_are_not_counted_at_the_workers_and_at_the_master(tmp_path: Path) -> None:
    """24 of 30 in flight: the workers' 12 each, which the master has summed up."""
    (symptom,) = found_in(fleet(tmp_path)).symptoms
    assert symptom.sentence == "up to 24 visits were in flight; the limit is 30"


def test_a_busy_master_is_named_as_such(tmp_path: Path) -> None:
    gauges = [
        *player_gauges([11.0], event_loop_busy_ratio=[0.9], player_cpu_ratio=[0.9]),
        *player_gauges([11.0], worker=1, event_loop_busy_ratio=[0.2]),
    ]
    found = found_in(record_of(tmp_path, [row(0, worker=1)], gauges=gauges))
    assert found.symptoms[0].sentence.startswith("the master's event loop was busy 90 %")
