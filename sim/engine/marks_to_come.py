"""Marks that tasks were still to come to when a run ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sim.model.marks_ahead import Ahead


def marks_to_come(
    tasks: Iterable[tuple[Ahead, float]], now_s: float, midnight_s: float
) -> tuple[Counter[str], Counter[str]]:
    """How many of each name are late already, and how many may still be in time, of tasks with
    this ahead of them whose marks count from these instants."""
    late: Counter[str] = Counter()
    underway: Counter[str] = Counter()
    for ahead, begun_s in tasks:
        for mark in ahead.marks:
            counted = underway if mark.is_kept(begun_s, now_s, midnight_s) else late
            counted[mark.name] += 1
    return late, underway
