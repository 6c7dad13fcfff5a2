"""Where one row, or one shared thing, ends all scaling: lock ceilings and scalability.

Symbols: attempts a per second, time T from the lock or the read to the commit, threads or
servers n.
Sources: Kung and Robinson, On Optimistic Methods for Concurrency Control (1981); Erlang (1917)
for the loss of a single server; Amdahl (1967); Gunther, A Simple Capacity Model of Massively
Parallel Transaction Systems (1993) and Guerrilla Capacity Planning (2007).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisticRow:
    """What a row under optimistic locking does: commits per second, and the share of the attempts
    that find its version changed."""

    committed_per_s: float
    conflict_ratio: float


def pessimistic_ceiling_per_s(*, hold_s: float, rows: int = 1) -> float:
    """The most commits per second under a lock that is held for T: 1/T a row, as one server that
    is never idle."""
    assert hold_s > 0
    assert rows >= 1
    return rows / hold_s


def optimistic_row(*, attempts_per_s: float, window_s: float) -> OptimisticRow:
    """Poisson attempts a (those repeated included) that read, and write T later: a/(1 + a T).

    After the read of an attempt that commits, all that read within T conflict, and the next one
    commits: a loss system of one server, a counter with dead time. Exact when T is the same for
    all. The ceiling is the pessimistic 1/T, which it approaches with a conflict ratio of 1.
    """
    assert attempts_per_s >= 0
    assert window_s >= 0
    load = attempts_per_s * window_s
    return OptimisticRow(
        committed_per_s=attempts_per_s / (1 + load), conflict_ratio=load / (1 + load)
    )


def scalability_ratio(servers: float, *, contention: float, coherency: float) -> float:
    """The universal scalability law: capacity of n servers against that of one,
    n / (1 + sigma (n - 1) + kappa n (n - 1)); with kappa = 0 it is Amdahl's law."""
    assert servers >= 1
    assert min(contention, coherency) >= 0
    others = servers - 1
    return servers / (1 + contention * others + coherency * servers * others)


def scalability_peak(*, contention: float, coherency: float) -> float:
    """How many servers do most, n* = sqrt((1 - sigma) / kappa) but at least 1; more do less.
    Without coherency cost it is infinite (and 1 when sigma >= 1)."""
    assert min(contention, coherency) >= 0
    if contention >= 1:
        return 1.0
    if coherency == 0:
        return math.inf
    return max(1.0, math.sqrt((1 - contention) / coherency))
