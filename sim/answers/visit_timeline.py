"""One visit's way through the model as text: what happened when, and how long each wait took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from sim.answers.figure_wording import duration_in_words
from sim.engine.contract import TraceEvent

_WORDS = {
    "start": "{} is due",
    "end": "{} ends",
    "arrive": "arrives at {}",
    "serve": "is served by {}",
    "done": "leaves {}",
    "refuse": "is refused by {}",
    "abandon": "loses patience at {}",
    "error": "gets an error from {}",
    "hit": "finds it in {}",
    "miss": "does not find it in {}",
    "take": "takes SKU {}",
    "sold_out": "finds SKU {} sold out",
    "conflict": "finds SKU {} changed by another",
    "try": "tries {}",
    "timeout": "waits no longer for {}",
    "retry": "tries {} again",
    "open": "finds the breaker of {} open",
    "poll": "asks for the result of {}",
    "send": "hands on {}",
    "mark": "is {}",
}
_BAD = {"refuse", "abandon", "error", "sold_out", "conflict", "timeout", "open"}


def visit_timeline(events: Iterable[TraceEvent]) -> Iterator[str]:
    """Lines about one visit's events, which come in the order of their instants: a head for each
    action, then its events with the time since the action was due, and how long the last of a
    kind took: a wait in the queue, a service."""
    ordered = sorted(events, key=lambda each: each.action)
    for action, its in groupby(ordered, key=lambda each: each.action):
        mine = list(its)
        began_s, name = _beginning(mine)
        yield f"action {action}: {name}, due at {began_s:.3f} s"
        yield from _lines(mine, began_s)


def _beginning(events: list[TraceEvent]) -> tuple[float, str]:
    first = next((each for each in events if each.what == "start"), events[0])
    return first.at_s, first.where


def _lines(events: list[TraceEvent], began_s: float) -> Iterator[str]:
    since: dict[tuple[str, str], float] = {}
    for place, each in enumerate(events):
        if each.what == "start" or _is_served_at_once(each, events[place + 1 :]):
            since[each.what, each.where] = each.at_s
            continue
        words = _WORDS.get(each.what, f"{each.what} {{}}").format(each.where)
        sign = "!" if each.what in _BAD else " "
        took = _took(each, since, began_s)
        at = f"+{1000 * (each.at_s - began_s):,.3f} ms"
        yield f"{at:>16} {sign} {words}{took}"
        since[each.what, each.where] = each.at_s


def _is_served_at_once(event: TraceEvent, later: list[TraceEvent]) -> bool:
    """An arrival that the next line tells anyway: `is served by desk at once`."""
    if event.what != "arrive" or not later:
        return False
    return (later[0].what, later[0].where, later[0].at_s) == ("serve", event.where, event.at_s)


def _took(event: TraceEvent, since: dict[tuple[str, str], float], began_s: float) -> str:
    if event.what == "end":
        return f", {duration_in_words(event.at_s - began_s)} in all"
    before, words = {
        "serve": ("arrive", "after a wait of"),
        "abandon": ("arrive", "after a wait of"),
        "done": ("serve", "after a service of"),
        "timeout": ("try", "after"),
    }.get(event.what, ("", ""))
    started_s = since.get((before, event.where))
    if started_s is None:
        return ""
    took_s = event.at_s - started_s
    return f" {words} {duration_in_words(took_s)}" if took_s else " at once"
