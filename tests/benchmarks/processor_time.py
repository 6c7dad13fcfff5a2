"""What work costs: processor time, so that whatever else the machine does takes from nobody."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What `work` gives, and the processor seconds that it took. The objects that were there
    before are frozen meanwhile: who makes many of his own shall not pay for looking at those."""
    gc.collect()
    gc.freeze()
    began_s = time.process_time()
    try:
        result = work()
        return result, time.process_time() - began_s
    finally:
        gc.unfreeze()
