"""Long-run means of a station, and the laws that tie them together.

Symbols, here and in the rest of this folder: arrival rate lambda (`arrival_rate_per_s`), mean
service time s (`mean_service_s`), service rate mu = 1/s, servers c, offered load a = lambda s in
erlangs, utilisation rho = a / c. Where no steady state exists (rho >= 1 with an unlimited queue)
the functions raise ValueError; a negative or senseless parameter is an assertion.
Sources: Little (1961); Denning and Buzen, The Operational Analysis of Queueing Network Models
(1978).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyState:
    """Long-run means of one station, of the arrivals that were let in.

    `wait_ratio` is the share of them that waits; `blocking_ratio` the share of all arrivals
    that finds the station full.
    """

    utilisation_ratio: float
    waiting_time_s: float
    response_time_s: float
    queue_length: float
    in_station: float
    wait_ratio: float
    blocking_ratio: float = 0.0


def offered_load(*, arrival_rate_per_s: float, mean_service_s: float) -> float:
    """a = lambda s, in erlangs."""
    assert arrival_rate_per_s >= 0
    assert mean_service_s >= 0
    return arrival_rate_per_s * mean_service_s


def utilisation_ratio(
    *, arrival_rate_per_s: float, mean_service_s: float, servers: int = 1
) -> float:
    """The utilisation law: rho = lambda s / c. May exceed 1, which is an overload."""
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    return load / servers


def mean_number(*, arrival_rate_per_s: float, mean_stay_s: float) -> float:
    """Little's law: L = lambda W, whatever the distributions and the order of service."""
    return arrival_rate_per_s * mean_stay_s


def require_stable(rho: float) -> None:
    """Raises ValueError unless the utilisation `rho` is below 1."""
    if rho >= 1:
        raise ValueError(f"no steady state: utilisation {rho:g} is not below 1")


def steady_state(
    *,
    admitted_per_s: float,
    mean_service_s: float,
    servers: int,
    waiting_time_s: float,
    wait_ratio: float,
    blocking_ratio: float = 0.0,
) -> SteadyState:
    """The rest of the means from the waiting time, by the two laws above."""
    response_s = waiting_time_s + mean_service_s
    return SteadyState(
        utilisation_ratio=admitted_per_s * mean_service_s / servers,
        waiting_time_s=waiting_time_s,
        response_time_s=response_s,
        queue_length=mean_number(arrival_rate_per_s=admitted_per_s, mean_stay_s=waiting_time_s),
        in_station=mean_number(arrival_rate_per_s=admitted_per_s, mean_stay_s=response_s),
        wait_ratio=wait_ratio,
        blocking_ratio=blocking_ratio,
    )
