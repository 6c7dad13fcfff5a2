"""The knee of a platform: the load up to which more throughput is worth its response time.

Symbols: offered rate lambda, goodput X(lambda), response time R(lambda). Kleinrock's power is
P = X / R; its maximum is the knee: there d ln X = d ln R, so beyond it one per cent of throughput
costs more than one per cent of response time (Kleinrock, "Power and deterministic rules of thumb
for probabilistic problems in computer communications", ICC 1979). It needs no scale, no range and
no parameter. Closed forms for one server with mean service time s:

    M/M/1, M/M/1-PS   R = s / (1 - rho)                          knee at rho = 1/2
    M/G/1             R = s + rho s (1 + c^2) / (2 (1 - rho))    rho = 1 / (1 + sqrt((1 + c^2) / 2))

A part of R that does not queue (network, payment channels) moves the knee towards saturation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from reports.analysis.quantiles import Floats

Edge = Literal["", "first", "last"]
DRAWS = 1000
TAILS = (0.025, 0.975)
FEWEST_STAIRS = 3
SHORTEST_S = 1e-9
Draws = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """The stair with the largest power, and the 95 % interval of the knee.

    `at_the_edge` is "first" or "last" when it is the first or last stair of all: the knee may then
    lie below or above what was played.
    """

    rate_per_s: float
    lowest_per_s: float
    highest_per_s: float
    at_the_edge: Edge = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """What one stair showed in each of its windows, arrays of shape (windows,).

    `goodput_per_s`: actions that ended ok, a second. `response_s`: the mean response time of the
    actions that were due in the window, infinite where none of them ended.
    """

    goodput_per_s: Floats
    response_s: Floats


def knee_of(
    rates_per_s: Floats, stairs: Sequence[Windows], *, random: np.random.Generator
) -> Knee | None:
    """The knee over stairs of ascending rates; None for fewer than three or when nothing was ok.

    The interval is that of a bootstrap over the windows within each stair (Efron and Tibshirani,
    An Introduction to the Bootstrap, 1993, chapter 13), half a stair wider on either side because
    between two stairs nothing was played.
    """
    if len(stairs) < FEWEST_STAIRS:
        return None
    power = np.array([_power(each, np.arange(len(each.response_s))) for each in stairs])
    if not power.any():
        return None
    drawn = [_power(each, draw_windows(len(each.response_s), random)) for each in stairs]
    best = np.argmax(np.stack(drawn), axis=0)
    low, high = np.quantile(best, TAILS, method="inverted_cdf").astype(int).tolist()
    found = int(np.argmax(power))
    return Knee(
        rate_per_s=float(rates_per_s[found]),
        lowest_per_s=_halfway(rates_per_s, low, low - 1),
        highest_per_s=_halfway(rates_per_s, high, high + 1),
        at_the_edge="first" if found == 0 else "last" if found == len(stairs) - 1 else "",
    )


def draw_windows(number: int, random: np.random.Generator) -> Draws:
    """`DRAWS` times `number` of that many windows, with replacement: shape (DRAWS, number)."""
    return random.integers(0, number, (DRAWS, number))


def _power(stair: Windows, windows: Draws) -> Floats:
    """X / R of the given windows, along the last axis.

    R is the median of the windows' means: a mean for which a window with a stall of the machine
    counts no more than any other (Lugosi and Mendelson, "Mean estimation and regression under
    heavy-tailed distributions", 2019).
    """
    goodput_per_s = stair.goodput_per_s[windows].mean(axis=-1)
    response_s = np.median(stair.response_s[windows], axis=-1)
    power: Floats = goodput_per_s / np.maximum(response_s, SHORTEST_S)
    return power


def _halfway(rates_per_s: Floats, here: int, there: int) -> float:
    """The rate in the middle between two neighbouring stairs; that of `here` at an end."""
    there = min(max(there, 0), len(rates_per_s) - 1)
    return float((rates_per_s[here] + rates_per_s[there]) / 2)
