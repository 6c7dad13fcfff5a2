"""A run under guard: its conditions watched, its kill files looked for, its control port open."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from reports.record.manifest import RecordError
from reports.record.outcome import Outcome
from scenarios.guards.admission import Limits, RateCeiling
from scenarios.guards.control_file import Control, control_file
from scenarios.guards.control_port import Answer, Request, Routes, as_json, control_port, new_token
from scenarios.guards.lookout import looking_out
from scenarios.guards.protection import Protection
from scenarios.guards.standing import SlowActions
from scenarios.guards.watch import Watch, slow_limits_s
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.playing import Playing

LONGEST_REASON = 200
NO_PAGES: Routes = {}


@contextmanager
def guarded(
    playing: Playing, protection: Protection, *, run_id: str, pages: Routes = NO_PAGES
) -> Iterator[Watch]:
    """Guards `playing` within the block; its record's directory must be there. `pages` are those
    of the control port beside its own. Raises RecordError when the control port cannot be opened
    or written down."""
    playing.admission.limit_to(protection.limits)
    limits_s = slow_limits_s(protection.guards)
    playing.tally.slow = SlowActions(limits_s) if limits_s else None
    watch = Watch(protection.guards, protection.budgets, playing.tally, playing.stop)
    playing.tally.guards = watch.records
    started_look = _started_look(playing, protection.limits)

    def look() -> None:
        if (now_s := playing.clock.now_s()) >= 0:
            watch.look(now_s)
            started_look(now_s)

    with ExitStack() as open_now:
        token = new_token()
        try:
            port = open_now.enter_context(
                control_port({**pages, **_routes(playing, run_id)}, token)
            )
        except OSError as error:
            raise RecordError(f"the control port cannot be opened: {error.strerror}") from error
        control = Control(run_id=run_id, pid=os.getpid(), port=port, token=token)
        open_now.enter_context(control_file(playing.writer.directory, control))
        open_now.enter_context(
            looking_out(look, protection.kill_files, playing.stop, _sleep(playing.clock))
        )
        yield watch


def _sleep(clock: RunClock) -> Callable[[float], None]:
    return lambda seconds: clock.sleep_until(clock.now_s() + seconds)


def _started_look(playing: Playing, limits: Limits) -> Callable[[float], None]:
    """Counts the starts of a whole fleet against the largest rate, of which each worker knows its
    own part only."""
    rate_per_s = limits.largest_rate_per_s
    ceiling = RateCeiling(rate_per_s) if rate_per_s is not None else None
    before = 0

    def look(now_s: float) -> None:
        nonlocal before
        started = playing.tally.started_visits
        if ceiling is not None and not ceiling.takes(now_s, started - before):
            playing.stop.ask("aborted", f"{limits.too_fast()} at {now_s:.2f} s")
        before = started

    return look


def _routes(playing: Playing, run_id: str) -> Routes:
    """The pages of a run's control port."""
    return {
        ("GET", "/status"): lambda _: as_json(status_of(playing, run_id)),
        ("POST", "/stop"): lambda request: _stopped(playing, request),
    }


def status_of(playing: Playing, run_id: str) -> dict[str, Any]:
    """The figures of a run as it is now, as plain values."""
    tally, stop = playing.tally, playing.stop
    outcomes = tally.outcomes() or [0] * len(Outcome)
    return {
        "run_id": run_id,
        "second": round(playing.clock.now_s(), 3),
        "duration_s": playing.plan.duration_s,
        "planned_visits": playing.writer.manifest.plan.planned_visits,
        "started_visits": tally.started_visits,
        "not_sent_visits": tally.not_sent_visits,
        "thinned_visits": playing.admission.thinned_visits,
        "in_flight": tally.in_flight,
        "outcomes": {Outcome(code).word: count for code, count in enumerate(outcomes)},
        "worst_schedule_lag_s": tally.worst_lag_s,
        "ending": {"reason": stop.reason, "detail": stop.detail, "at_s": stop.at_s}
        if stop.reason
        else None,
    }


def _stopped(playing: Playing, request: Request) -> Answer:
    """Stops the run; the body may be a JSON object with the `reason`."""
    try:
        said = json.loads(request.body or b"{}")
        reason = str(said.get("reason", ""))[:LONGEST_REASON]
    except (ValueError, AttributeError, RecursionError):
        return as_json({"error": 'the body must be {"reason": "..."}'}, status=400)
    shown = "".join(each for each in reason if each.isprintable())
    playing.stop.ask("aborted", f"stop request{f': {shown}' if shown else ''}")
    return as_json({"ending": playing.stop.reason, "detail": playing.stop.detail})
