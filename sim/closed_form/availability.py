"""What redundancy promises. Source: Barlow and Proschan, Mathematical Theory of Reliability
(1965)."""

from __future__ import annotations

import math


def availability_ratio(*, mean_up_s: float, mean_repair_s: float) -> float:
    """The share of the time that a part which fails and is repaired is up: up / (up + repair),
    whatever the distributions."""
    assert mean_up_s > 0
    assert mean_repair_s >= 0
    return mean_up_s / (mean_up_s + mean_repair_s)


def k_of_n_availability(*, needs: int, parts: int, availability_ratio: float) -> float:
    """The chance that at least k = `needs` of n = `parts` are up, each by itself with the chance
    p: the sum over i >= k of binomial(n, i) p^i (1 - p)^(n - i)."""
    assert 0 <= needs <= parts
    assert 0 <= availability_ratio <= 1
    down = 1 - availability_ratio
    return math.fsum(
        math.comb(parts, up) * availability_ratio**up * down ** (parts - up)
        for up in range(needs, parts + 1)
    )
