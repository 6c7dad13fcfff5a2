"""The workers of a fleet in words."""

from __future__ import annotations

from reports.record.manifest import LostVisits, WorkerFacts

FATES = {
    "ended": "handed over all that it played",
    "lost": "lost",
    "leaving": "was on its way out when the run ended",
    "playing": "still played when the run ended",
}


def name(worker: WorkerFacts) -> str:
    """Its number, and its own name where it has one that is not just the host's: `2 (east)`."""
    own = worker.name not in ("", worker.host)
    return f"{worker.number} ({worker.name})" if own else str(worker.number)


def clock(offset_s: float, round_trip_s: float) -> str:
    """A clock offset within half a round trip, both in one unit: `+0.05 ± 0.45 ms`."""
    within_s = round_trip_s / 2
    if abs(offset_s) >= 1:
        return f"{offset_s:+,.3f} ± {within_s:.3f} s"
    return f"{offset_s * 1000:+.2f} ± {within_s * 1000:.2f} ms"


def fate(worker: WorkerFacts) -> str:
    """How it left the run."""
    return FATES.get(worker.standing, worker.standing)


def went_down(lost: LostVisits) -> str:
    """`killed by SIGKILL; 19 visits due from 22.02 s to 22.61 s went down with it`."""
    span = f"due from {lost.from_s:.2f} s to {lost.until_s:.2f} s"
    return f"{lost.why}; {lost.in_words} {span} went down with it"
