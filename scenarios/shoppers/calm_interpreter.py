"""The interpreter while a run is paced: nobody holds it for long."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST_TURN_S: Final = 0.0005
YOUNG: Final = 5_000
YOUNG_BEFORE_OLDER: Final = 500
OLDER_BEFORE_ALL: Final = 1_000


@contextmanager
def calm_interpreter() -> Iterator[None]:
    """Short turns between threads, and short garbage collections, until the block ends.

    The defaults let another thread hold the interpreter for 5 ms and have the collector look at
    everything that is alive again and again: tens of milliseconds, which would show as schedule
    lag. What is alive before the run is left out for its time. The player itself makes no
    garbage in cycles; an adapter's dies young, and looking at YOUNG objects takes a millisecond.
    """
    turn_s, limits = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(LONGEST_TURN_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, YOUNG_BEFORE_OLDER, OLDER_BEFORE_ALL)
    try:
        yield
    finally:
        sys.setswitchinterval(turn_s)
        gc.set_threshold(*limits)
        gc.unfreeze()
