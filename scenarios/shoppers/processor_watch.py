"""Who used the processors: this process, its event loop, everything else on the host."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psutil

IDLE = ("idle", "iowait")
COUNTED_IN_USER_TIME = ("guest", "guest_nice")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorUse:
    """Since the last reading, which was `elapsed_s` ago, in processors: 1.5 is one and a half.
    `loop_ratio` is the thread of the event loop, a part of `player_ratio`."""

    elapsed_s: float
    loop_ratio: float
    player_ratio: float
    others_ratio: float


class ProcessorWatch:
    """Reads the processors that this process may use. To be made and asked in one thread."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._last = self._read()

    def take(self) -> ProcessorUse:
        """What was used since the last call."""
        before, self._last = self._last, self._read()
        elapsed_s, loop_s, player_s, host_s = (
            max(0.0, new - old) for new, old in zip(self._last, before, strict=True)
        )
        elapsed_s = elapsed_s or 1e-9
        return ProcessorUse(
            elapsed_s=elapsed_s,
            loop_ratio=loop_s / elapsed_s,
            player_ratio=player_s / elapsed_s,
            others_ratio=max(0.0, host_s - player_s) / elapsed_s,
        )

    def _read(self) -> tuple[float, float, float, float]:
        own = self._process.cpu_times()
        return time.perf_counter(), time.thread_time(), own.user + own.system, _host_busy_s()


def _host_busy_s() -> float:
    """Time that this process' processors were not idle, summed over them; stolen time too."""
    may_use = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    return sum(
        float(seconds)
        for processor, times in enumerate(psutil.cpu_times(percpu=True))
        if may_use is None or processor in may_use
        for kind, seconds in times._asdict().items()
        if kind not in IDLE + COUNTED_IN_USER_TIME
    )
