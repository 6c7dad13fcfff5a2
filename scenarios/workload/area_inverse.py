"""The inverse of an area that has no formula of its own: bracketed Newton from a table.

The table holds Lambda at nodes that are dense where arrivals are. A search between two nodes
keeps a bracket of the root: a Newton step that leaves it becomes a bisection, so that jumps,
pauses and turning points of the rate do no harm (`rtsafe` in Press et al., Numerical Recipes,
3rd edition, 2007, section 9.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scenarios.workload.columns import Floats

NODES_BY_TIME = 256
NODES_BY_AREA = 1024
MOST_STEPS = 200
_EPSILON = float(np.finfo(np.float64).eps)


class Integrable(Protocol):
    """A rate of at least 0 and its area from instant 0 on."""

    def rate(self, t_s: Floats) -> Floats: ...
    def area(self, t_s: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InverseTable:
    """`areas[k]` is the area until `nodes_s[k]`; both ascend."""

    nodes_s: Floats
    areas: Floats


def inverse_table(of: Integrable, *, turns_s: Floats, duration_s: float) -> InverseTable:
    """The table of `of` from 0 to `duration_s`. `turns_s` are the instants at which its rate
    jumps or turns: they are nodes, so that it is smooth between two of them."""
    by_time_s = np.linspace(0.0, duration_s, NODES_BY_TIME + 1)
    coarse = _table(of, np.concatenate([by_time_s, turns_s]))
    by_area = np.linspace(0.0, coarse.areas[-1], NODES_BY_AREA + 1)[1:-1]
    return _table(of, np.concatenate([coarse.nodes_s, instants_of(of, coarse, by_area)]))


def _table(of: Integrable, nodes_s: Floats) -> InverseTable:
    nodes_s = np.unique(nodes_s)
    # Rounding may let an area fall by its last digit where the rate is next to nothing.
    return InverseTable(nodes_s=nodes_s, areas=np.maximum.accumulate(of.area(nodes_s)))


def instants_of(of: Integrable, table: InverseTable, area: Floats) -> Floats:
    """The first instants until which `of` has each `area`, shape (n,), to double precision.

    The search for one ends when its step or what is left of its area is below the last digit.
    """
    right = np.clip(np.searchsorted(table.areas, area), 1, len(table.areas) - 1)
    low, high = table.nodes_s[right - 1], table.nodes_s[right]
    below, within = table.areas[right - 1], table.areas[right] - table.areas[right - 1]
    share = np.divide(area - below, within, out=np.zeros_like(area), where=within > 0)
    found: Floats = low + (high - low) * np.clip(share, 0.0, 1.0)
    searched = np.arange(len(area))
    t_s = found.copy()
    for count in range(1, MOST_STEPS + 1):
        left = area - of.area(t_s)
        low, high = np.where(left > 0, t_s, low), np.where(left > 0, high, t_s)
        there = np.abs(left) <= _EPSILON * area
        # Where the rate is next to nothing, a last step of next to nothing would lead far away.
        after = np.where(there, t_s, _next(of, t_s, left, low, high, halve=count % 8 == 0))
        done = np.abs(after - t_s) <= _EPSILON * t_s
        found[searched] = after
        if done.all():
            break
        on = ~done
        searched, area, t_s, low, high = searched[on], area[on], after[on], low[on], high[on]
    return found


def _next(
    of: Integrable, t_s: Floats, left: Floats, low: Floats, high: Floats, *, halve: bool
) -> Floats:
    """A Newton step, or the middle of the bracket where that would leave it."""
    middle = low + 0.5 * (high - low)
    if halve:
        return middle
    rate = of.rate(t_s)
    step = np.divide(left, rate, out=np.full_like(t_s, np.inf), where=rate > 0)
    after = t_s + step
    within: Floats = np.where((after >= low) & (after <= high), after, middle)
    return within
