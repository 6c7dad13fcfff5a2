"""A search for the limit beside a run that raises its rate: it looks on, and ends the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import gevent

from reports.record.manifest import EndReason, Manifest, RecordError
from scenarios.guards.stop_request import StopRequest
from scenarios.shoppers.clock import RunClock

LOOK_EVERY_S = 1.0


class SearchEnd(Protocol):
    """Why the search is over, in a few words."""

    @property
    def reason(self) -> EndReason: ...
    @property
    def detail(self) -> str: ...


class LimitSearch(Protocol):
    """Judges the record as it grows; `look` in a thread of its own, `reading` in another."""

    def look(self, now_s: float) -> SearchEnd | None:
        """The end of the search, once it has come at `now_s` of the run. Raises RecordError."""

    def reading(self, now_s: float) -> str:
        """How far the search has come, for the screen."""


SearchOf = Callable[[Manifest], LimitSearch]
"""Begins a search in the run of a manifest."""


class Searching:
    """Lets `search` look on every second within the block, and asks the run to stop at its end.

    A look reads Parquet files, so it runs in gevent's thread pool and pacing is not held up.
    """

    def __init__(self, search: LimitSearch, clock: RunClock, stop: StopRequest) -> None:
        self._search = search
        self._clock = clock
        self._stop = stop
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def __enter__(self) -> Searching:
        self._greenlet = gevent.spawn(self._look_on)
        return self

    def __exit__(self, *_: object) -> None:
        if self._greenlet:
            self._greenlet.kill()

    def _look_on(self) -> None:
        pool = gevent.get_hub().threadpool
        while True:
            self._clock.sleep_until(self._clock.now_s() + LOOK_EVERY_S)
            if end := pool.apply(self._look):
                self._stop.ask(*end)
                return

    def _look(self) -> tuple[EndReason, str] | None:
        """Gevent would show an error that leaves a thread on the user's screen."""
        try:
            end = self._search.look(self._clock.now_s())
        except RecordError as error:
            return "aborted", str(error)
        return (end.reason, end.detail) if end else None
