"""A worker before its run: says who it is, is given a job, gets ready, compares its clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from scenarios.fleet.clock_offset import ClockComparison
from scenarios.fleet.post import Parcel, WorkerPost
from scenarios.fleet.protocol import (
    BEAT_S,
    EXCHANGES_BEFORE,
    FleetError,
    Grant,
    Hello,
    Job,
    Ready,
    Refusal,
    Report,
    heard,
)

BETWEEN_EXCHANGES_S = 0.01
PATIENT_S = 60.0
"""How long the master may be silent before the run: it opens the sale meanwhile."""


def given_job(post: WorkerPost, hello: Hello, orphaned: Callable[[], bool]) -> Job:
    """Says `hello` until there is a job. Raises FleetError when this worker is refused."""
    while not orphaned():
        post.send(hello)
        if parcel := post.receive(within_s=BEAT_S):
            if parcel.kind == Job.__name__:
                return heard(Job, parcel.data)
            if parcel.kind == Refusal.__name__:
                raise FleetError(f"the master refuses: {heard(Refusal, parcel.data).why}")
    raise FleetError("the master is gone")


def first_grant(
    post: WorkerPost, ready: Ready, clocks: ClockComparison, orphaned: Callable[[], bool]
) -> Grant:
    """Says `ready` and compares the clocks until the run begins. Raises FleetError when it does
    not."""
    heard_s = next_s = time.perf_counter()
    while time.perf_counter() - heard_s < PATIENT_S and not orphaned():
        if time.perf_counter() >= next_s:
            if len(clocks) == 0:
                post.send(ready)
            post.send(_comparison(clocks))
            enough = len(clocks) >= EXCHANGES_BEFORE
            next_s = time.perf_counter() + (BEAT_S if enough else BETWEEN_EXCHANGES_S)
        parcel = post.receive(within_s=BETWEEN_EXCHANGES_S)
        if parcel is None:
            continue
        heard_s = parcel.at_s
        grant = _grant_in(parcel)
        if grant is not None:
            clocks.add(grant, parcel.at_s)
            if grant.zero_at_s is not None:
                return grant
    raise FleetError("the master is gone")


def _grant_in(parcel: Parcel) -> Grant | None:
    if parcel.kind == Refusal.__name__:
        raise FleetError(f"the master refuses: {heard(Refusal, parcel.data).why}")
    return heard(Grant, parcel.data) if parcel.kind == Grant.__name__ else None


def _comparison(clocks: ClockComparison) -> Report:
    so_far: dict[str, Any] = {}
    if len(clocks):
        best = clocks.best()
        so_far = {"offset_s": best.offset_s, "round_trip_s": best.round_trip_s}
    return Report(beat=0, sent_at_s=time.perf_counter(), exchanges=len(clocks), **so_far)
