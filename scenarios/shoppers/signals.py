"""Ctrl-C or SIGTERM once asks a run for a graceful end; twice ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import gevent

from reports.record.manifest import Ending
from scenarios.shoppers.playing import Playing


@contextlib.contextmanager
def stopping_on_signals(
    player: Playing, say: Callable[[str], None], *, leave_at_once: Callable[[Ending], None]
) -> Iterator[None]:
    """Within the block, signals stop `player`; see the module. `leave_at_once` is called before
    the process ends at once, which leaves no time for anything else to undo what it has done."""

    def stop(name: str) -> None:
        if player.stop.asked():
            detail = "stopped at once by the operator"
            at_s = player.clock.now_s()
            leave_at_once(Ending(reason="interrupted", at_s=at_s, detail=detail))
            os._exit(130)
        player.stop.ask("interrupted", f"{name} from the operator")
        say("stopping: no new visits, waiting for replies (again: at once)")

    with on_stop_signals(stop):
        yield


@contextlib.contextmanager
def on_stop_signals(stop: Callable[[str], None]) -> Iterator[None]:
    """Within the block, SIGINT and SIGTERM call `stop` with their name, each time."""
    handlers = [
        gevent.signal_handler(number, stop, number.name)
        for number in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        yield
    finally:
        for handler in handlers:
            handler.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
