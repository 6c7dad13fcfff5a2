"""The record survives: what is written is read back, whatever happens to the writer."""

from __future__ import annotations

import dataclasses
import math
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from reports.record.manifest import Ending, Invariant, RecordError, read_manifest
from reports.record.outcome import Outcome
from reports.record.reader import read_record
from reports.record.row import GaugeRow
from reports.record.writer import RecordWriter
from tests.reports.records import COMPLETED, manifest_of, record_of, row


def test_every_column_of_a_row_is_read_back(tmp_path: Path) -> None:
    written = row(
        7, step="pay", action=8, intended_s=12.25, lag_s=0.5, response_time_s=1.5,
        outcome=Outcome.FAILED, reason="status 500 双十一", sku=17,
    )._replace(resends=2, worker=3)  # fmt: skip
    [read] = record_of(tmp_path, [written]).actions.to_dict("records")
    words = {"phase": "burst", "persona": "student", "channel": "ads", "tier": "regular"}
    assert read == {**written._asdict(), **words, "step": "pay", "outcome": "failed"}


def test_a_visit_that_was_not_sent_has_no_instants(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(0, outcome=Outcome.NOT_SENT)])
    [read] = record.first_actions().to_dict("records")
    assert math.isnan(read["started_s"])
    assert math.isnan(read["finished_s"])
    assert read["outcome"] == "not_sent"


def test_rows_are_in_the_order_they_were_due(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(k, intended_s=10.0 - k) for k in range(5)])
    assert record.actions["visit"].tolist() == [4, 3, 2, 1, 0]


def test_a_record_of_version_1_is_read_with_zeros_in_the_columns_it_lacks(tmp_path: Path) -> None:
    record_of(tmp_path, [row(0), row(1)])
    segment, manifest = tmp_path / "actions-000001.parquet", tmp_path / "manifest.json"
    pq.write_table(pq.read_table(segment).drop_columns(["resends", "worker"]), segment)
    manifest.write_text(manifest.read_text().replace('"schema_version": 2', '"schema_version": 1'))
    record = read_record(tmp_path)
    assert record.manifest.schema_version == 1
    assert record.actions["visit"].tolist() == [0, 1]
    assert record.actions[["resends", "worker"]].to_numpy().tolist() == [[0, 0], [0, 0]]


def test_a_segment_of_unknown_columns_is_refused(tmp_path: Path) -> None:
    record_of(tmp_path, [row(0)])
    segment = tmp_path / "actions-000001.parquet"
    pq.write_table(pq.read_table(segment).drop_columns(["worker"]), segment)
    with pytest.raises(RecordError, match="has other columns than this version"):
        read_record(tmp_path)


def test_segments_add_up_to_one_table(tmp_path: Path) -> None:
    with RecordWriter(tmp_path, manifest_of(planned_visits=3)) as writer:
        for visit in range(3):
            writer.action(row(visit))
            writer.gauge(GaugeRow(float(visit), "in_flight", visit))
            writer.flush()
        writer.close(COMPLETED)
    record = read_record(tmp_path)
    assert record.actions["visit"].tolist() == [0, 1, 2]
    assert record.gauges["value"].tolist() == [0.0, 1.0, 2.0]
    assert len(list(tmp_path.glob("actions-*.parquet"))) == 3


def test_a_record_without_rows_can_be_read(tmp_path: Path) -> None:
    record = record_of(tmp_path, [])
    assert len(record.actions) == len(record.gauges) == 0


def test_the_manifest_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    notes = ("12 lines of the log were skipped",)
    manifest = manifest_of(planned_visits=2, options={"in_flight_limit": 500}, notes=notes)
    plan = dataclasses.replace(manifest.plan, stock={17: 120}, expected_actions={"pay": 0.5})
    manifest = dataclasses.replace(manifest, plan=plan)
    held = Invariant(name="no oversell", held=False, evidence="120 on sale, 121 sold")
    with RecordWriter(tmp_path, manifest) as writer:
        writer.close(COMPLETED, [held])
    assert read_manifest(tmp_path) == dataclasses.replace(
        manifest, ending=COMPLETED, invariants=(held,)
    )


def test_a_record_left_without_close_counts_as_killed(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(0)], ending=None)
    assert record.manifest.ending is None
    assert len(record.actions) == 1


def test_unfinished_segments_are_not_read(tmp_path: Path) -> None:
    record_of(tmp_path, [row(0)])
    (tmp_path / "actions-000002.part").write_bytes(b"half a segm")
    (tmp_path / "manifest.json.part").write_bytes(b"{")
    assert len(read_record(tmp_path).actions) == 1


def test_a_directory_in_use_is_refused(tmp_path: Path) -> None:
    record_of(tmp_path / "run", [row(0)])
    with pytest.raises(RecordError, match="is not empty"):
        RecordWriter(tmp_path / "run", manifest_of())


WRITE_FOR_EVER = """
import sys, itertools
from pathlib import Path
from reports.record.writer import RecordWriter
from tests.reports.records import manifest_of, row
with RecordWriter(Path(sys.argv[1]), manifest_of()) as writer:
    for flush in itertools.count():
        for visit in range(200):
            writer.action(row(flush * 200 + visit))
        writer.flush()
        print(flush + 1, flush=True)
"""


@pytest.mark.parametrize("flushes", [1, 4, 9])
def test_a_writer_killed_at_any_moment_loses_only_what_was_not_flushed(
    tmp_path: Path, flushes: int
) -> None:
    directory = tmp_path / "run"
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(directory)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdout is not None
        for _ in range(flushes):
            known = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        known = max([known, *(int(line) for line in writer.stdout.read().split())])
    record = read_record(directory)
    assert record.manifest.ending is None
    assert len(record.actions) >= known * 200
    assert sorted(record.actions["visit"]) == list(range(len(record.actions)))


FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from reports.record.manifest import RecordError
from reports.record.writer import RecordWriter
from tests.reports.records import manifest_of, row
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    with RecordWriter(Path(sys.argv[1]), manifest_of()) as writer:
        writer.action(row(0))
        writer.flush()
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        for visit in range(1, 5000):
            writer.action(row(visit, response_time_s=visit ** 0.5))
        writer.flush()
except RecordError as error:
    print(error)
"""


def test_a_full_disk_is_a_record_error_and_spares_what_was_written(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE is not None
    directory = tmp_path / "run"
    command = [sys.executable, "-c", FILL_THE_DISK, str(directory)]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "actions-000002.parquet: cannot be written" in done.stdout
    assert len(read_record(directory).actions) == 1
    assert not list(directory.glob("*.part"))


def test_a_damaged_segment_is_named(tmp_path: Path) -> None:
    record_of(tmp_path, [row(0)])
    (tmp_path / "actions-000001.parquet").write_bytes(b"not parquet")
    with pytest.raises(RecordError, match=r"actions-000001\.parquet: cannot be read"):
        read_record(tmp_path)


def test_an_interruption_keeps_its_instant(tmp_path: Path) -> None:
    ending = Ending(reason="interrupted", at_s=7.5, detail="Ctrl-C")
    assert record_of(tmp_path, [row(0)], ending=ending).manifest.ending == ending
