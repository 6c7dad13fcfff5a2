"""Sessions: the requests of a log, cut into visits by visitor and by silence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.workload.columns import Floats, Integers

SESSION_GAP_S = 1800.0
"""A silence longer than this ends a session: half an hour, as web analytics have counted since
Catledge and Pitkow (1995) found 25.5 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sessions:
    """`order` lists the requests session by session; session `k` is
    `order[first[k]:first[k + 1]]`, in the order of time. Sessions are in the order of their
    first request.
    """

    order: Integers
    first: Integers

    def __len__(self) -> int:
        return len(self.first) - 1

    @property
    def lengths(self) -> Integers:
        return np.diff(self.first)


def sessions_of(instant_s: Floats, visitor: Integers, *, gap_s: float = SESSION_GAP_S) -> Sessions:
    """The sessions of requests at `instant_s` by `visitor`, both of shape (n,) in file order.

    Requests of one instant keep the order of the file.
    """
    order = np.lexsort((instant_s, visitor))
    at_s, who = instant_s[order], visitor[order]
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (who[1:] != who[:-1]) | (np.diff(at_s) > gap_s)
    begin = np.flatnonzero(starts)
    length = np.diff(np.append(begin, len(order)))
    by_arrival = np.lexsort((order[begin], at_s[begin]))
    begin, length = begin[by_arrival], length[by_arrival]
    first = np.concatenate(([0], np.cumsum(length)))
    return Sessions(order=order[spread(begin, first)], first=first)


def spread(begin: Integers, first: Integers) -> Integers:
    """The rows `begin[k], begin[k] + 1, ...` of every group `k`, one group after the other.

    Group `k` has `first[k + 1] - first[k]` rows.
    """
    return np.repeat(begin - first[:-1], np.diff(first)) + np.arange(first[-1])
