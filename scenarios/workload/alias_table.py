"""Draws from a discrete distribution at the same cost whatever its size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from scenarios.workload.columns import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasTable:
    """Index i with probability weights[i] / sum(weights), by the alias method.

    Source: M. D. Vose, "A linear algorithm for generating random numbers with a given
    distribution", IEEE Transactions on Software Engineering 17 (1991) 972-975. Every column i
    of n holds two outcomes: i itself below `keep[i]`, `alias[i]` above.
    """

    weights: Floats
    keep: Floats = field(init=False, compare=False)
    alias: npt.NDArray[np.int32] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        assert len(self.weights) > 0
        assert self.weights.min() >= 0
        assert self.weights.sum() > 0
        keep, alias = _columns(self.weights / self.weights.mean())
        object.__setattr__(self, "keep", keep)
        object.__setattr__(self, "alias", alias)

    def at(self, uniform: Floats) -> npt.NDArray[np.int32]:
        """The index for each uniform number in [0, 1)."""
        scaled = uniform * len(self.keep)
        column = scaled.astype(np.int32)
        # The largest double below 1 times the length may round up to the length itself.
        np.minimum(column, len(self.keep) - 1, out=column)
        scaled -= column
        return np.where(scaled < self.keep[column], column, self.alias[column])


def _columns(scaled: Floats) -> tuple[Floats, npt.NDArray[np.int32]]:
    """`keep` and `alias` for probabilities times their count, which are 1 on average."""
    left = scaled.tolist()
    keep, alias = np.ones(len(left)), np.arange(len(left), dtype=np.int32)
    poor = [index for index, each in enumerate(left) if each < 1.0]
    rich = [index for index, each in enumerate(left) if each >= 1.0]
    while poor and rich:
        low, high = poor.pop(), rich[-1]
        keep[low], alias[low] = left[low], high
        left[high] -= 1.0 - left[low]
        if left[high] < 1.0:
            poor.append(rich.pop())
    return keep, alias
