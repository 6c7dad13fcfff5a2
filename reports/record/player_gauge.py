"""Names of the gauges that a player keeps of itself, each read once a second.

A fleet has one of each for every worker: `event_loop_busy_ratio:2` is that of worker 2.
"""

from __future__ import annotations

IN_FLIGHT = "in_flight"
"""Visits in play."""
SCHEDULE_LAG = "schedule_lag_s"
"""The worst schedule lag of the second."""
LOOP_BUSY = "event_loop_busy_ratio"
"""The share of the second in which the event loop was not waiting for something to do."""
LOOP_CPU = "event_loop_cpu_ratio"
"""The share of the second in which its thread had a processor. Where this is below the one
above, it was ready to run and was kept from it: by other processes, other threads, a quota."""
LONGEST_TURN = "event_loop_longest_turn_s"
"""The longest time in which the event loop did not ask for news: no reply was read meanwhile."""
GC_PAUSE = "gc_pause_s"
"""All garbage collections of the second together."""
GC_LONGEST = "gc_longest_pause_s"
PLAYER_CPU = "player_cpu_ratio"
"""Processor time of the player's process, all threads, in processors."""
OTHERS_CPU = "other_processes_cpu_ratio"
"""Processors that everything else on the host used: the target too, where it runs here."""

PLAYER_GAUGES = (
    IN_FLIGHT, SCHEDULE_LAG, LOOP_BUSY, LOOP_CPU, LONGEST_TURN, GC_PAUSE, GC_LONGEST, PLAYER_CPU,
    OTHERS_CPU,
)  # fmt: skip


def of_worker(name: str, worker: int) -> str:
    """The name of `worker`'s own gauge; worker 0 is a player that is alone."""
    return f"{name}:{worker}" if worker else name


def worker_of(gauge: str) -> tuple[str, int] | None:
    """The name and the worker of a player's gauge, None for the gauge of a target."""
    name, _, worker = gauge.partition(":")
    if name not in PLAYER_GAUGES or (worker and not worker.isdecimal()):
        return None
    return name, int(worker or 0)
