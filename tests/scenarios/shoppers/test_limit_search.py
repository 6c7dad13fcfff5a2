"""A search looks on every second and asks the run to stop, once, at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

import gevent

from reports.record.manifest import EndReason, RecordError
from scenarios.guards.stop_request import StopRequest
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.limit_search import Searching


@dataclass(frozen=True)
class End:
    reason: EndReason = "limit_found"
    detail: str = "broke at 80/s"


@dataclass
class Script:
    """A search that ends, or breaks, at the look at `ends_at_s`."""

    ends_at_s: float = 3.0
    trouble: bool = False
    looks_s: list[float] = field(default_factory=list)

    def look(self, now_s: float) -> End | None:
        self.looks_s.append(now_s)
        if now_s < self.ends_at_s:
            return None
        if self.trouble:
            raise RecordError("actions-000001.parquet: cannot be read")
        return End()

    def reading(self, now_s: float) -> str:
        return f"{now_s}"


class Hands:
    """A clock that a test moves on: sleeping is passing time."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        gevent.sleep(0)


def searched(script: Script) -> StopRequest:
    hands = Hands()
    clock = RunClock(0.0, now=lambda: hands.now_s, sleep=hands.sleep)
    stop = StopRequest(clock.now_s)
    with Searching(script, clock, stop), gevent.Timeout(30):
        while not stop.asked():
            gevent.sleep(0.001)
    return stop


def test_the_end_of_a_search_is_that_of_the_run() -> None:
    script = Script()
    stop = searched(script)
    assert (stop.reason, stop.detail) == ("limit_found", "broke at 80/s")
    assert script.looks_s == [1.0, 2.0, 3.0]


def test_a_record_that_cannot_be_read_aborts_the_run_without_a_traceback() -> None:
    stop = searched(Script(trouble=True))
    assert (stop.reason, stop.detail) == ("aborted", "actions-000001.parquet: cannot be read")
