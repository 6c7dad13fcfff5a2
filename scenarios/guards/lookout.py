"""The greenlets beside a player that look for reasons to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import gevent

from scenarios.guards.kill_file import reason_to_stop
from scenarios.guards.stop_request import StopRequest
from scenarios.guards.watch import LOOK_EVERY_S, Watch


@contextmanager
def looking_out(
    watch: Watch, files: Sequence[Path], stop: StopRequest, now_s: Callable[[], float]
) -> Iterator[None]:
    """Within the block, `watch` and the kill `files` are looked at every LOOK_EVERY_S.

    Files are looked at from a thread, so that a disk that hangs holds up neither the player nor
    the conditions. A run that can no longer be watched is aborted.
    """

    def look_at_files() -> None:
        if why := gevent.get_hub().threadpool.apply(reason_to_stop, (files,)):
            stop.ask("aborted", why)

    def look_at_conditions() -> None:
        if (second_s := now_s()) >= 0:
            watch.look(second_s)

    greenlets = [
        gevent.spawn(_again_and_again, look, stop) for look in (look_at_conditions, look_at_files)
    ]
    try:
        yield
    finally:
        gevent.killall(greenlets)


def _again_and_again(look: Callable[[], None], stop: StopRequest) -> None:
    try:
        while True:
            look()
            gevent.sleep(LOOK_EVERY_S)
    except Exception as error:
        stop.ask("aborted", f"the guards failed: {type(error).__name__}: {error}")
        raise
