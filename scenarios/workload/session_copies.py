"""More or fewer sessions than a log has, in the same proportions."""

from __future__ import annotations

import math

import numpy as np

from scenarios.workload.columns import Floats, Integers
from scenarios.workload.random_streams import stream


def session_copies(
    arrival_s: Floats, *, copies: float, shift_s: float, seed: int
) -> tuple[Integers, Floats]:
    """The session of every visit and its instant, ascending, when each session plays `copies`
    times.

    `arrival_s`, shape (n,), ascending from 0, are the sessions' own instants. The first copy
    keeps its own; the others come up to `shift_s` before or after it, mirrored at the ends of
    the log so that no crowd gathers there. Of a fraction, the sessions are chosen by number and
    `seed` alone: what plays at 0.3 copies plays at 0.5 too, and so do all visits of 2 at 3.
    """
    count, whole, span_s = len(arrival_s), math.floor(copies), float(arrival_s.max())
    played, instants = [], []
    for copy in range(math.ceil(copies)):
        rows = np.arange(count)
        if copy == whole:
            rows = np.flatnonzero(stream(seed, "replay_choice").random(count) < copies - whole)
        at_s = arrival_s[rows]
        if copy > 0:
            shift = stream(seed, "replay_shift", copy).uniform(-1.0, 1.0, count)[rows]
            at_s = _mirrored(at_s + min(shift_s, span_s) * shift, span_s)
        played.append(rows)
        instants.append(at_s)
    session, instant_s = np.concatenate(played), np.concatenate(instants)
    order = np.argsort(instant_s, kind="stable")
    return session[order], instant_s[order]


def _mirrored(at_s: Floats, span_s: float) -> Floats:
    inside = np.abs(at_s)
    return np.where(inside > span_s, np.maximum(2 * span_s - inside, 0.0), inside)
