"""Before the run: only workers that can play the same visits are taken, and none too many."""

from __future__ import annotations

import time
from collections import deque

import pytest

from scenarios.fleet.muster import Muster
from scenarios.fleet.post import Parcel
from scenarios.fleet.protocol import (
    EXCHANGES_BEFORE,
    FleetError,
    Grant,
    Hello,
    Job,
    Ready,
    Refusal,
    Report,
    told,
)

JOB = Job(worker=0, run_id="r", plan={}, adapter={"name": "fetch"}, target={}, options={})


class Post:
    """What comes to the master is written before; what it sends is kept."""

    def __init__(self) -> None:
        self.coming: deque[Parcel] = deque()
        self.sent: list[tuple[str, object]] = []

    def comes(self, client: str, message: object, ago_s: float = 0.0) -> None:
        at_s = time.perf_counter() - ago_s
        kind = type(message).__name__
        self.coming.append(Parcel(client=client, kind=kind, data=told(message), at_s=at_s))

    def receive(self, within_s):
        return self.coming.popleft() if self.coming else None

    def send(self, client, message):
        self.sent.append((client, message))

    def heard_by(self, client: str, kind: type) -> list:
        return [each for to, each in self.sent if to == client and isinstance(each, kind)]


class Hall:
    def __init__(self, wanted: int) -> None:
        self.post = Post()
        self.said: list[str] = []
        self.muster = Muster(
            self.post, JOB, wanted=wanted, digest="d", version="1.0", say=self.said.append
        )

    def arrives(self, client: str, version: str = "1.0") -> None:
        hello = Hello(version=version, name=client, host=f"host-{client}", pid=7, cores=2)
        self.post.comes(client, hello)

    def is_ready(self, client: str, digest: str = "d", trouble: str = "", ago_s=0.0) -> None:
        self.post.comes(client, Ready(digest=digest, trouble=trouble), ago_s)

    def has_compared(self, client: str) -> None:
        report = Report(beat=0, sent_at_s=1.0, exchanges=EXCHANGES_BEFORE)
        self.post.comes(client, report)

    def gather(self):
        """All that has come is heard; the muster is given up when that was not enough."""
        looks = iter([""] * (len(self.post.coming) + 1))
        return self.muster.gather(lambda: next(looks, "nobody else comes"))


def test_workers_are_gathered_when_they_are_ready_and_their_clocks_compared():
    hall = Hall(2)
    for client in ("a", "b"):
        hall.arrives(client)
        hall.is_ready(client)
    hall.has_compared("a")
    with pytest.raises(FleetError, match="nobody else comes"):
        hall.gather()
    hall.has_compared("b")
    members = hall.gather()
    assert [(each.number, each.client) for each in members] == [(1, "a"), (2, "b")]
    assert [each.worker for _, each in hall.post.sent if isinstance(each, Job)] == [1, 2]
    [answer] = hall.post.heard_by("a", Grant)
    assert answer.echo_at_s == 1.0
    assert answer.zero_at_s is None
    assert answer.horizon_index == 0


def test_a_worker_that_greets_again_keeps_its_number():
    hall = Hall(2)
    for client in ("a", "b", "a"):
        hall.arrives(client)
    with pytest.raises(FleetError):
        hall.gather()
    assert [each.worker for each in hall.post.heard_by("a", Job)] == [1, 1]


def test_another_version_is_refused_and_others_are_waited_for():
    hall = Hall(1)
    hall.arrives("old", version="0.9")
    with pytest.raises(FleetError):
        hall.gather()
    [refusal] = hall.post.heard_by("old", Refusal)
    assert refusal.why == "this worker is doorbuster 0.9, the master is 1.0"
    assert hall.post.heard_by("old", Job) == []


def test_a_worker_too_many_is_refused():
    hall = Hall(1)
    hall.arrives("a")
    hall.arrives("b")
    with pytest.raises(FleetError):
        hall.gather()
    assert hall.post.heard_by("b", Refusal)[0].why == "the fleet is complete"


def test_a_worker_that_cannot_play_the_job_ends_the_muster_with_its_reason():
    hall = Hall(1)
    hall.arrives("a")
    hall.is_ready("a", trouble="access.log: the log to replay is not on this machine")
    with pytest.raises(FleetError, match=r"worker 1 \(host-a, pid 7\).*not on this machine"):
        hall.gather()


def test_a_worker_that_draws_other_visits_is_no_worker():
    hall = Hall(1)
    hall.arrives("a")
    hall.is_ready("a", digest="other")
    with pytest.raises(FleetError, match="draws other visits"):
        hall.gather()


def test_a_worker_that_has_gone_leaves_its_place_and_number_to_the_next():
    hall = Hall(2)
    hall.arrives("a")
    hall.arrives("b")
    hall.is_ready("a", ago_s=60.0)
    hall.arrives("c")
    with pytest.raises(FleetError):
        hall.gather()
    assert "worker 1 (host-a, pid 7) has gone again" in hall.said
    assert [each.worker for each in hall.post.heard_by("c", Job)] == [1]


def test_a_message_that_is_none_is_told_and_does_no_harm():
    hall = Hall(1)
    hall.post.coming.append(Parcel(client="x", kind="Hello", data={"who": 1}, at_s=0.0))
    hall.post.coming.append(Parcel(client="x", kind="Hello", data=None, at_s=0.0))
    with pytest.raises(FleetError, match="nobody else comes"):
        hall.gather()
    assert len(hall.said) == 2
