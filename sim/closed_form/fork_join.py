"""Work that is split over stations side by side and done when all, or enough, parts are.

Source: Nelson and Tantawi, Approximate Analysis of Fork/Join Synchronization in Parallel Queues
(1988); for two stations Flatto and Hahn (1984).
"""

from __future__ import annotations

from sim.closed_form.steady_state import offered_load, require_stable

MOST_STATIONS = 32
"""As far as Nelson and Tantawi compared their approximation: within 5 % of simulation."""


def harmonic(count: int) -> float:
    """H_K = 1 + 1/2 + ... + 1/K."""
    return sum(1 / k for k in range(1, count + 1))


def fork_join_response_s(
    *, arrival_rate_per_s: float, mean_service_s: float, stations: int
) -> float:
    """Mean time until all K parts are done, in seconds: each arrival sends one part to each of K
    queues, M/M/1 by themselves.

    K = 1: R_1 = s / (1 - rho). K = 2, exact: (12 - rho)/8 R_1. K up to `MOST_STATIONS`, an
    approximation: (H_K/H_2 + 4/11 (1 - H_K/H_2) rho) R_2.
    """
    assert 1 <= stations <= MOST_STATIONS
    rho = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    require_stable(rho)
    alone_s = mean_service_s / (1 - rho)
    if stations == 1:
        return alone_s
    against_two = harmonic(stations) / harmonic(2)
    return (against_two + 4 / 11 * (1 - against_two) * rho) * (12 - rho) / 8 * alone_s


def quorum_response_s(*, mean_service_s: float, parts: int, needs: int) -> float:
    """Mean time until `needs` of `parts` exponential parts are done that do not queue, in
    seconds: s (H_n - H_(n-k)), the mean of the k-th smallest of n (Renyi 1953)."""
    assert 1 <= needs <= parts
    return mean_service_s * (harmonic(parts) - harmonic(parts - needs))
