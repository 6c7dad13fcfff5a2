"""The interpreter while a run is paced: nobody holds it for long."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

LONGEST_TURN_S: Final = 0.0005
YOUNG: Final = 10_000
MOST: Final = 500_000
YOUNG_BEFORE_OLDER: Final = 500
OLDER_BEFORE_ALL: Final = 1_000


@contextmanager
def calm_interpreter() -> Iterator[None]:
    """Short turns between threads, and few garbage collections, until the block ends.

    The defaults let another thread hold the interpreter for 5 ms and have the collector look at
    everything that is alive again and again: tens of milliseconds, which would show as schedule
    lag. What is alive before the run is left out for its time.
    """
    turn_s, limits = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(LONGEST_TURN_S)
    gc.collect()
    gc.freeze()
    _collect_after(YOUNG)
    gc.callbacks.append(_adapt)
    try:
        yield
    finally:
        gc.callbacks.remove(_adapt)
        sys.setswitchinterval(turn_s)
        gc.set_threshold(*limits)
        gc.unfreeze()


def _adapt(moment: str, found: Mapping[str, Any]) -> None:
    """Looks less and less often where there is no garbage.

    The collector looks when there are so many objects more than there were. Of the player's own
    none are garbage in cycles: they are visits in play, and to look at those takes as long as to
    play some. An adapter may make garbage; then it is worth while to look early.
    """
    if moment == "stop":
        objects = gc.get_threshold()[0]
        _collect_after(YOUNG if found["collected"] > objects / 2 else min(2 * objects, MOST))


def _collect_after(objects: int) -> None:
    gc.set_threshold(objects, YOUNG_BEFORE_OLDER, OLDER_BEFORE_ALL)
