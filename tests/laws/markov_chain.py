"""Markov chains solved by brute force: what closed forms are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve
from scipy.special import gammaln


def birth_death(births_per_s: np.ndarray, deaths_per_s: np.ndarray) -> np.ndarray:
    """Chances of 0, 1, ..., N: births of 0..N-1, deaths of 1..N. In logarithms, so that no
    weight overflows."""
    logs = np.concatenate(([0.0], np.cumsum(np.log(births_per_s) - np.log(deaths_per_s))))
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def stationary(states: Iterable, moves: Callable) -> dict:
    """Chances of `states`; `moves(state)` gives (state, rate), those to unknown states are lost."""
    number = {state: index for index, state in enumerate(states)}
    entries = [
        (number[after], number[before], rate)
        for before in number
        for after, rate in moves(before)
        if after in number and rate
    ]
    entries += [(before, before, -rate) for _, before, rate in entries]
    rows, columns, rates = zip(*[each for each in entries if each[0] != 0], strict=True)
    ones = np.arange(len(number))
    balance = coo_matrix(
        (
            np.concatenate((rates, np.ones(len(ones)))),
            (np.concatenate((rows, np.zeros(len(ones)))), np.concatenate((columns, ones))),
        ),
        shape=(len(number), len(number)),
    ).tocsc()
    right = np.zeros(len(number))
    right[0] = 1.0
    return dict(zip(number, spsolve(balance, right).tolist(), strict=True))


def after(start: np.ndarray, onward_per_s: np.ndarray, away_per_s: float, t_s: float) -> np.ndarray:
    """Chances at `t_s` of one who goes down the stages N..0 at the rates `onward_per_s` and leaves
    at `away_per_s`; in the last place that of having gone through all of them. By uniformisation:
    Poisson many steps of a chain at its highest rate."""
    fastest_per_s = float(onward_per_s.max()) + away_per_s
    mean = fastest_per_s * t_s
    count = np.arange(int(mean + 9 * np.sqrt(mean)) + 40)
    weights = np.exp(count * np.log(mean) - mean - gammaln(count + 1)) if mean else [1.0]
    here, through, result = start.copy(), 0.0, np.zeros(len(start) + 1)
    for weight in weights:
        result += weight * np.append(here, through)
        down = here * onward_per_s / fastest_per_s
        through += down[0]
        here = here * (1 - away_per_s / fastest_per_s) - down + np.append(down[1:], 0.0)
    return result
