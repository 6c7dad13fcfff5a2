"""Rows reach the master once and in order, over a connection that loses, doubles and reorders."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.record.manifest import RecordError
from reports.record.row import ActionRow, GaugeRow
from reports.record.worker_visits import last_rows
from scenarios.fleet.protocol import ProtocolError, Segment, heard, told
from scenarios.fleet.segment_inbox import SegmentInbox
from scenarios.fleet.segment_outbox import IN_THE_AIR, RESEND_AFTER_S, SegmentOutbox


def row(visit: int) -> ActionRow:
    return ActionRow(visit, 0, 0, 0, 0, 0, 0, 0, 0, 1.0, 1.0, 1.5, 0, 1, 200, "", 0, 2)


class Line:
    """From an outbox to an inbox and back: a message is lost or doubled with these chances, and
    what is under way arrives in any order."""

    def __init__(self, directory, seed: int, lost: float, doubled: float) -> None:
        self.random = random.Random(seed)
        self.lost, self.doubled = lost, doubled
        self.now_s = 0.0
        self.under_way: list[Segment] = []
        self.inbox = SegmentInbox(directory)
        self.outbox = SegmentOutbox(self.carry, lambda: self.now_s)

    def carry(self, segment: Segment) -> None:
        for _ in range(1 + (self.random.random() < self.doubled)):
            if self.random.random() >= self.lost:
                self.under_way.append(heard(Segment, told(segment)))

    def beat(self) -> None:
        self.now_s += 0.5
        self.outbox.post()
        self.random.shuffle(self.under_way)
        while self.under_way:
            self.inbox.take(2, self.under_way.pop())
        if self.random.random() >= self.lost:
            self.outbox.received(self.inbox.received(2))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    lost=st.sampled_from([0.0, 0.3, 0.6]),
    doubled=st.sampled_from([0.0, 0.5]),
    seconds=st.integers(1, 25),
)
def test_every_row_arrives_once_over_a_bad_line(tmp_path_factory, seed, lost, doubled, seconds):
    directory = tmp_path_factory.mktemp("record")
    line = Line(directory, seed, lost, doubled)
    for second in range(seconds):
        line.outbox.action(row(2 * second))
        line.outbox.action(row(2 * second + 1))
        line.outbox.flush()
        line.beat()
    for _ in range(4000):
        if line.outbox.is_empty:
            break
        line.beat()
    assert line.outbox.is_empty
    assert len(list(directory.iterdir())) == seconds
    assert last_rows(directory, 2).visit.tolist() == list(range(2 * seconds))


def test_a_second_of_rows_and_gauges_is_two_segments(tmp_path):
    line = Line(tmp_path, 1, 0.0, 0.0)
    line.outbox.action(row(5))
    line.outbox.gauge(GaugeRow(1.0, "in_flight:2", 3.0))
    line.outbox.flush()
    while not line.outbox.is_empty:
        line.beat()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "actions-w02-000001.parquet", "gauges-w02-000002.parquet",
    ]  # fmt: skip


def sent_by(segments: int):
    now_s, sent = [0.0], []
    outbox = SegmentOutbox(sent.append, lambda: now_s[0])
    for visit in range(segments):
        outbox.action(row(visit))
        outbox.flush()
    return now_s, sent, outbox


def test_a_silent_master_is_sent_a_bounded_number_of_segments_again_and_again():
    now_s, sent, outbox = sent_by(20)
    outbox.post()
    outbox.post()
    assert [each.number for each in sent] == list(range(1, IN_THE_AIR + 1))
    now_s[0] = RESEND_AFTER_S + 0.1
    outbox.post()
    assert len(sent) == 2 * IN_THE_AIR


def test_what_is_received_makes_room_for_the_next():
    _, sent, outbox = sent_by(20)
    outbox.post()
    outbox.received(3)
    outbox.post()
    assert [each.number for each in sent[IN_THE_AIR:]] == [9, 10, 11]


def test_a_segment_of_an_unknown_kind_is_no_file(tmp_path):
    with pytest.raises(ProtocolError, match="kind"):
        SegmentInbox(tmp_path).take(1, Segment(number=1, kind="../evil", content=b""))
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_gone_is_an_error_of_the_record(tmp_path):
    with pytest.raises(RecordError, match="cannot be written"):
        SegmentInbox(tmp_path / "gone").take(1, Segment(number=1, kind="actions", content=b""))
