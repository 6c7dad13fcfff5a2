"""The functions of `sim.engine.streams`, compiled, and durations drawn with them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.engine import log_bins, streams
from sim.kernel_engine.compiled import called, inlined, with_words
from sim.kernel_engine.layout import World
from sim.kernel_engine.memory import duration_at, number_at

_NAMES: dict[str, Any] = {
    "math": math,
    "abs": abs,
    "GOLDEN": np.uint64(streams.GOLDEN),
    "MASK": np.uint64(streams.MASK),
    "__name__": __name__,
}
for _each in (
    streams.mix,
    streams.root_key,
    streams.child_key,
    streams.uniform,
    streams.draw,
    streams.exponential,
    streams.normal,
    streams.lognormal,
    streams.gamma,
    streams.until_next,
):
    _NAMES[_each.__name__] = called(with_words(_each, _NAMES))

root_key = _NAMES["root_key"]
child_key = _NAMES["child_key"]
draw = _NAMES["draw"]
exponential = _NAMES["exponential"]
lognormal = _NAMES["lognormal"]
gamma = _NAMES["gamma"]
until_next = _NAMES["until_next"]
bin_of = inlined(log_bins.bin_of)

FIXED, EXPONENTIAL, LOGNORMAL, GAMMA, EMPIRICAL, UNTIL = range(6)
"""Kinds of durations; what is not random is FIXED."""
FIRST = np.uint64(0)


@inlined
def uniform(w: World, key: Any, word: Any) -> float:
    """The first number of the draw `word` of the task `key`."""
    return float(draw(key, word, FIRST, w.antithetic))


def _duration(w: World, which: int, key: Any, word: Any) -> float:
    """Draws from entry `which` of the table of durations, now."""
    of = duration_at(w, which)
    if of.kind == FIXED:
        return float(of.mean_s)
    if of.kind == EXPONENTIAL:
        return float(exponential(draw(key, word, FIRST, w.antithetic), of.mean_s))
    if of.kind == UNTIL:
        return float(until_next(w.now, of.every_s, of.offset_s))
    if of.kind == LOGNORMAL:
        return float(lognormal(draw(key, word, FIRST, w.antithetic), of.middle, of.sigma))
    if of.kind == GAMMA:
        return float(gamma(key, word, of.power, of.scale, of.d, of.c, w.antithetic))
    u = draw(key, word, FIRST, w.antithetic)
    return float(number_at(w, of.first + min(int(u * of.count), of.count - 1)).value)


seldom_drawn = called(_duration)
"""The same where it is seldom needed: called, as it is long."""
duration = inlined(_duration)
