"""A log as columns: when, by whom, which path; and in words what was left out of it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reports.documents.mistake import DocumentError, mistake_in_file
from scenarios.workload.access_log import LoggedRequest, LogTally, logged_requests
from scenarios.workload.columns import Floats, Integers
from scenarios.workload.log_filter import Dropped, KeptTarget, kept_target
from scenarios.workload.log_format import LogFormat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogTrace:
    """The requests of a log that are replayed, shape (n,), in the order of the file.

    `instant_s` in epoch seconds, `duration_s` (0 where unknown), `visitor` and `path` as codes.
    """

    instant_s: Floats
    duration_s: Floats
    visitor: Integers
    path: npt.NDArray[np.int32]
    paths: tuple[str, ...]
    logged_statuses: tuple[int, ...]
    """Of each of `paths`: the status of 400 or more that was logged for it, else 0. A path that
    had several stands in `paths` once for each."""
    notes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Census:
    """What is counted and numbered on the way through a log."""

    tally: LogTally = field(default_factory=LogTally)
    dropped: Counter[Dropped] = field(default_factory=Counter)
    clients: set[str] = field(default_factory=set)
    visitors: dict[tuple[str, str], int] = field(default_factory=dict)
    paths: dict[tuple[str, int], int] = field(default_factory=dict)
    heads: int = 0
    scrubbed_requests: int = 0
    timed: int = 0


def read_trace(file: Path, layout: LogFormat, *, keep_assets: bool) -> LogTrace:
    """The replayed requests of `file`. Memory is 28 bytes a request and each path once.

    Raises DocumentError for a log that cannot be read or that leaves nothing to replay.
    """
    census = _Census()
    instants, durations = array("d"), array("d")
    visitors, paths = array("q"), array("i")
    requests = logged_requests(file, layout, census.tally)
    for request, path in _kept(requests, census, keep_assets=keep_assets):
        instants.append(request.instant_s)
        durations.append(request.duration_s or 0.0)
        who = (request.client, request.agent)
        visitors.append(census.visitors.setdefault(who, len(census.visitors)))
        status = request.status or 0
        named = path, status if status >= 400 else 0
        paths.append(census.paths.setdefault(named, len(census.paths)))
    if not instants:
        raise _nothing_left(file, census)
    instant_s = np.frombuffer(instants, dtype=np.float64)
    return LogTrace(
        instant_s=instant_s,
        duration_s=np.frombuffer(durations, dtype=np.float64),
        visitor=np.frombuffer(visitors, dtype=np.int64),
        path=np.frombuffer(paths, dtype=np.int32),
        paths=tuple(path for path, _ in census.paths),
        logged_statuses=tuple(status for _, status in census.paths),
        notes=tuple(_notes(file, layout, census, instant_s)),
    )


def _kept(
    requests: Iterator[LoggedRequest], census: _Census, *, keep_assets: bool
) -> Iterator[tuple[LoggedRequest, str]]:
    judged: dict[tuple[str, str], KeptTarget | Dropped] = {}
    for request in requests:
        census.clients.add(request.client)
        what = (request.method, request.target)
        if (kept := judged.get(what)) is None:
            kept = judged[what] = kept_target(*what, keep_assets=keep_assets)
        if isinstance(kept, Dropped):
            census.dropped[kept] += 1
            continue
        census.heads += request.method.upper() == "HEAD"
        census.scrubbed_requests += kept.scrubbed > 0
        census.timed += request.duration_s is not None
        yield request, kept.path


def _nothing_left(file: Path, census: _Census) -> DocumentError:
    reasons = ", ".join(f"{why} {count:,}" for why, count in census.dropped.most_common())
    read = census.tally.requests
    message = f"leaves nothing to replay of {read:,} requests, dropped: {reasons}"
    return mistake_in_file(file, message)


def _notes(file: Path, layout: LogFormat, census: _Census, instant_s: Floats) -> Iterator[str]:
    tally = census.tally
    yield f"{file.name}: {tally.lines:,} lines read, {tally.malformed:,} malformed"
    for number, line in tally.first_malformed:
        yield f"malformed line {number}: {line}"
    for why, count in sorted(census.dropped.items()):
        yield f"dropped, {why}: {count:,}"
    yield f"{len(instant_s):,} requests kept, {len({p for p, _ in census.paths}):,} distinct paths"
    if census.heads:
        yield f"replayed as GET though they were HEAD: {census.heads:,}"
    if census.scrubbed_requests:
        yield f"scrubbed of secrets: {census.scrubbed_requests:,}"
    first, last = (_shown(each) for each in (instant_s.min(), instant_s.max()))
    yield f"{len(census.clients):,} clients, from {first} to {last}"
    if "zone" not in layout.pattern.groupindex and layout.date_parts:
        yield "its time has no zone and is read as UTC"
    if tally.backwards:
        yield f"{tally.backwards:,} steps back in time: requests are sorted by time"
    if census.timed:
        yield f"{census.timed:,} think times are the gap less the logged duration"
    else:
        yield (
            "think times are the gaps between requests: the format has no duration, so a slow "
            "platform makes a visit longer than it was"
        )


def _shown(instant_s: float) -> str:
    return f"{datetime.fromtimestamp(instant_s, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
