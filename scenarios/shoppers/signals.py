"""Ctrl-C or SIGTERM once asks a run for a graceful end; twice ends the process at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import gevent

from reports.record.manifest import Ending, RecordError
from reports.record.writer import RecordWriter
from scenarios.shoppers.playing import Playing


@contextlib.contextmanager
def stopping_on_signals(
    player: Playing,
    writer: RecordWriter,
    say: Callable[[str], None],
    *,
    tidy_terminal: Callable[[], object],
) -> Iterator[None]:
    """Within the block, signals stop `player`; see the module. `tidy_terminal` is called before
    the process ends at once, which leaves no time for anything else to undo what it has done."""

    def stop(name: str) -> None:
        if player.stop.asked():
            tidy_terminal()
            _leave_at_once(writer, player)
        player.stop.ask("interrupted", f"{name} from the operator")
        say("stopping: no new visits, waiting for replies (again: at once)")

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


def _leave_at_once(writer: RecordWriter, player: Playing) -> None:
    """Closes the record as it stands and leaves the process."""
    detail = "stopped at once by the operator"
    with contextlib.suppress(RecordError):
        writer.close(Ending(reason="interrupted", at_s=player.clock.now_s(), detail=detail))
    os._exit(130)
