"""Work that is counted in days: orders a day, capacity a day, what is late.

First come first served; the recursion D_j = min(D_(j-1) + K_j, V_j) of cumulative work done, with
the capacity K_j of the day j and V_j all orders that may be handled by its end. A fluid: exact
in whole orders when all figures are whole. Source: Newell, Applications of Queueing Theory (1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyFlow:
    """`handled` and `backlog` at its end of every day until all is done. `in_time_by_day` is of
    the orders that came on each day, and `in_time_ratio` of all (1 of none)."""

    handled: tuple[float, ...]
    backlog: tuple[float, ...]
    in_time_by_day: tuple[float, ...]
    in_time_ratio: float


def daily_flow(
    orders: Sequence[float],
    capacity: Sequence[float],
    *,
    promise_days: int = 1,
    same_day_ratio: float = 1.0,
) -> DailyFlow:
    """Orders and capacity of day 0, 1, ...; then no more orders and the last day's capacity.

    In time is what is handled by the end of the day `promise_days` after that of the order: 1 is
    the next day. `same_day_ratio` of a day's orders come before the cut-off and may be handled on
    that day, the others from the next day on. ValueError when the last capacity is 0 and work
    is left.
    """
    assert len(orders) == len(capacity) >= 1
    assert min(*orders, *capacity, promise_days) >= 0
    assert 0 <= same_day_ratio <= 1
    came = [0.0, *accumulate(orders)]
    done = _done(orders, capacity, same_day_ratio)
    in_time = [
        min(max(done[min(day + promise_days, len(done) - 1)] - came[day], 0.0), orders[day])
        for day in range(len(orders))
    ]
    came += [came[-1]] * (len(done) + 1 - len(came))
    return DailyFlow(
        handled=tuple(now - then for now, then in zip(done, [0.0, *done], strict=False)),
        backlog=tuple(all_ - now for all_, now in zip(came[1:], done, strict=True)),
        in_time_by_day=tuple(
            good / all_ if all_ else 1.0 for good, all_ in zip(in_time, orders, strict=True)
        ),
        in_time_ratio=sum(in_time) / came[-1] if came[-1] else 1.0,
    )


def _done(orders: Sequence[float], capacity: Sequence[float], same_day_ratio: float) -> list[float]:
    """Orders handled by the end of each day, until all are."""
    done: list[float] = []
    before = 0.0
    for came, most in zip(orders, capacity, strict=True):
        done.append(min((done[-1] if done else 0.0) + most, before + same_day_ratio * came))
        before += came
    if done[-1] < before and not capacity[-1]:
        raise ValueError("never drains: no capacity after the last day")
    while done[-1] < before:
        done.append(min(done[-1] + capacity[-1], before))
    return done
