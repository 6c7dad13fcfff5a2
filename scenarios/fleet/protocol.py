"""What the master of a fleet and its workers say to each other, over Locust's own connection.

    worker                                   master
      Hello  ----------------------------------->   who I am
      <-------------------------------  Job, Refusal   what is played, or why not with you
      Ready  ----------------------------------->   I hold the plan; its digest
      Report ----------------------------------->   every BEAT_S: how far I am
      <------------------------------------  Grant   the answer: how far you may go
      Segment  --------------------------------->   the rows of a second

A Report says all that the master must know of a worker, a Grant all that a worker must know, each
time: a message that is lost is made good by the next one. The reports before the run begins serve
to compare the clocks. Segments are numbered, acknowledged
in a Grant, and sent again until they are. Instants named `_at_s` are of the sender's clock.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from reports.record.manifest import EndReason
from scenarios.transport.colouring import NO_COUNTS

BEAT_S = 0.5
SILENT_WORKER_S = 2.5
"""A worker that has not been heard for so long is lost."""
DEAF_WORKER_S = SILENT_WORKER_S + 2 * BEAT_S
"""A worker that has heard nothing for so long is lost too. What it last heard is known a beat
late, so one that is silent is given up as silent."""
AHEAD_S = SILENT_WORKER_S
"""How far beyond the instant of a report its answer grants. What a worker may have started
unknown to its master ends just when it is given up, so that others carry on in time."""
HEARS_WITHIN_S = 3 * BEAT_S
"""Only a worker that has heard a grant this short ago is granted more: one that reports and
hears nothing is not granted on and on."""
SILENT_MASTER_S = 5.0
"""A worker that has not heard from its master for so long ends for good."""
EXCHANGES_BEFORE = 20
"""Reports and grants before the run begins."""
ALL_STARTED = 2**62
"""In place of an index: every visit of the duty has been started."""

T = TypeVar("T")


class FleetError(Exception):
    """The fleet cannot be formed or be joined; the message is for people."""


class ProtocolError(Exception):
    """A message that this version cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    version: str
    name: str
    host: str
    pid: int
    cores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker needs to play the run: `worker` is its number, `plan` and `adapter` say how
    to make them there (see `scenarios/rehearsal/fleet_job.py`)."""

    worker: int
    run_id: str
    plan: Mapping[str, Any]
    adapter: Mapping[str, str]
    target: Mapping[str, Any]
    options: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """`trouble` says why this worker cannot play the job; empty when it can."""

    digest: str
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How far a worker is. All counts are since the start of the run.

    `grant_heard_at_s` is the `sent_at_s` of the newest grant that has come, on the master's clock.
    After so many `exchanges`, the master's clock minus the worker's is `offset_s`, to within half
    of `round_trip_s`.
    `started_through` has the index of the last visit started for each of its duties, ALL_STARTED
    when there is none left. `ended_actions` are those since the report before: step codes (i2),
    response times in seconds (f4) and outcome codes (i1), as the bytes of three arrays.
    """

    beat: int
    sent_at_s: float
    grant_heard_at_s: float | None = None
    exchanges: int = 0
    offset_s: float = 0.0
    round_trip_s: float = 0.0
    started_through: Mapping[int, int] = field(default_factory=dict)
    started_visits: int = 0
    not_sent_visits: int = 0
    short_actions: int = 0
    thinned_visits: int = 0
    in_flight: int = 0
    worst_lag_s: float = 0.0
    lags: tuple[bytes, float] = (b"", 0.0)
    """How many visits began with a schedule lag of which size (i8), and the sum of all lags."""
    cpu_ratio: float = 0.0
    own_levels: Mapping[str, float] = field(default_factory=dict)
    """The last readings of the worker's own gauges, by their names in the record."""
    actions: int = 0
    confirmed_orders: int = 0
    confirmed_units: int = 0
    ended_actions: tuple[bytes, bytes, bytes] = (b"", b"", b"")
    marks: tuple[int, ...] = NO_COUNTS
    """What the sampled replies reported of the marks on the requests."""
    leaving: bool = False
    ended: bool = False
    """All visits have ended and all segments have been received."""
    cut_off_visits: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How far a worker may go: it may start the visits of its `duties` whose index is below
    `horizon_index`. `duties` are (number, first index, index of the end, slots).

    `heard_at_s` and `sent_at_s` are on the master's clock; `echo_at_s` is the `sent_at_s` of the
    report that is answered, None for a grant that answers none. `zero_at_s` is instant 0 of the
    run. `received_segments` have been written.
    """

    echo_at_s: float | None
    heard_at_s: float
    sent_at_s: float
    zero_at_s: float | None = None
    horizon_index: int = 0
    duties: tuple[tuple[int, int, int, tuple[int, ...]], ...] = ()
    in_flight_limit: int = 1
    received_segments: int = 0
    stop: tuple[EndReason, str] | None = None
    """Reason and detail: no new visit and no new action from now on."""
    ramp_down: tuple[EndReason, str] | None = None
    end: bool = False
    """Nothing is left to play: hand over what is left and say that you have ended."""
    farewell: bool = False
    """The master has heard that you have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`content` is a whole Parquet file of `kind` rows. Numbers count from 1 without a gap."""

    number: int
    kind: str
    content: bytes


def kind_of(message: str) -> str:
    """The name under which Locust carries messages called `message`."""
    return f"doorbuster_{message.lower()}"


def told(message: Any) -> dict[str, Any]:
    """The fields of `message`, as Locust can send them."""
    return {each.name: getattr(message, each.name) for each in dataclasses.fields(message)}


def heard(kind: type[T], data: Any) -> T:
    """The message of `kind` that `told` made `data` from, with every value of its type: what
    comes from a network may be anything. Raises ProtocolError."""
    try:
        message: T = _readers()[kind].validate_python(data)
    except ValidationError as error:
        wrong = ", ".join(str(each["loc"]) for each in error.errors()[:3])
        raise ProtocolError(f"not a {kind.__name__}: {wrong}") from None
    return message


@functools.cache
def _readers() -> Mapping[type, TypeAdapter[Any]]:
    kinds = (Hello, Job, Refusal, Ready, Report, Grant, Segment)
    return {kind: TypeAdapter(kind) for kind in kinds}
