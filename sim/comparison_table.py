"""A what-if comparison as text: what changed most first, then what did not, and how it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sim.answer_table import refused_lines, room_left
from sim.answers.figure_wording import figure_in_words
from sim.answers.what_if import Change, Comparison, median_variance_left
from sim.statistics.interval import Interval

MOST_CHANGES = 30
MOST_UNCHANGED = 12


def comparison_lines(found: Comparison) -> Iterator[str]:
    """The whole comparison."""
    if found.objectives:
        yield "objectives, as written and changed:"
        yield from (f"  {each.in_words}" for each in found.objectives)
        if any(each.is_nothing for each in found.objectives):
            yield f"  {room_left(found.replications)}"
    changed = [each for each in found.changes if each.changed]
    what = "figure" if len(changed) == 1 else "figures"
    yield f"{len(changed)} {what} changed for sure, over {found.replications} pairs of runs:"
    yield from (f"  {each.in_words}" for each in changed[:MOST_CHANGES])
    if len(changed) > MOST_CHANGES:
        yield f"  and {len(changed) - MOST_CHANGES} more, see --json"
    yield from _unchanged(found)
    yield from refused_lines(found.refused, where=" in each replication")
    yield from _how_known(found)


def _unchanged(found: Comparison) -> Iterator[str]:
    unsure = [each for each in found.changes if not each.changed]
    if unsure:
        yield "no change is sure of:"
        yield from (f"  {each.in_words}" for each in unsure[:MOST_UNCHANGED])
    if len(unsure) > MOST_UNCHANGED:
        yield f"  and {len(unsure) - MOST_UNCHANGED} more, see --json"
    if found.same:
        names = ", ".join(figure_in_words(each) for each in found.same[:MOST_UNCHANGED])
        left = len(found.same) - MOST_UNCHANGED
        more = f" and {left} more, see --json" if left > 0 else ""
        yield f"the same in every pair: {names}{more}"


def _how_known(found: Comparison) -> Iterator[str]:
    if found.stopped:
        yield f"{found.replications:,} pairs: {found.stopped.in_words}"
    for what, ratio_of in _METHODS.items():
        left = median_variance_left(ratio_of(each) for each in found.changes)
        if left is not None:
            harm = ", so it did harm" if left > 1 else ""
            yield f"{what} left {100 * left:.3g} % of the variance (median over figures){harm}"


_METHODS: dict[str, Callable[[Change], Interval | None]] = {
    "common random numbers": lambda each: each.paired_ratio,
    "mirrored random numbers": lambda each: each.mirrored_ratio,
    "the control, offered work,": lambda each: each.controlled_ratio,
}
