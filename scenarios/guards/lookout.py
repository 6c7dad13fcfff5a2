"""The greenlets beside a player that look for reasons to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import gevent

from scenarios.guards.kill_file import reason_to_stop
from scenarios.guards.stop_request import StopRequest
from scenarios.guards.watch import LOOK_EVERY_S


@contextmanager
def looking_out(
    look_at_run: Callable[[], None],
    files: Sequence[Path],
    stop: StopRequest,
    sleep: Callable[[float], None],
) -> Iterator[None]:
    """Within the block, `look_at_run` is called, and the kill `files` are looked for, every
    LOOK_EVERY_S.

    Files are looked for from a thread, so that a disk that hangs holds up neither the player nor
    the other look. A run that can no longer be watched is aborted.
    """

    def look_at_files() -> None:
        if why := gevent.get_hub().threadpool.apply(reason_to_stop, (files,)):
            stop.ask("aborted", why)

    looks = (look_at_run, look_at_files)
    greenlets = [gevent.spawn(_again_and_again, look, stop, sleep) for look in looks]
    try:
        yield
    finally:
        gevent.killall(greenlets)


def _again_and_again(
    look: Callable[[], None], stop: StopRequest, sleep: Callable[[float], None]
) -> None:
    try:
        while True:
            look()
            sleep(LOOK_EVERY_S)
    except Exception as error:
        stop.ask("aborted", f"the guards failed: {type(error).__name__}: {error}")
