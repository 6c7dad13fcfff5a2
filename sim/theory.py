"""Closed forms of queueing theory that the simulation is checked against.

Symbols: arrival rate lambda (`arrival_rate_per_s`), mean service time s (`mean_service_s`),
servers c, offered load a = lambda s in erlangs, utilisation rho = a / c.
Sources: Erlang (1917); Kleinrock, Queueing Systems I (1975); Little (1961); Pollaczek (1930),
Khinchine (1932). Where no steady state exists (rho >= 1 with an unlimited queue) the functions
raise ValueError.
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


def erlang_b(load: float, servers: int) -> float:
    """Blocking of M/M/c/c by the stable recursion B_k = a B_(k-1) / (k + a B_(k-1)), B_0 = 1."""
    assert load >= 0
    assert servers >= 0
    blocking = 1.0
    for k in range(1, servers + 1):
        blocking = load * blocking / (k + load * blocking)
    return blocking


def erlang_c(load: float, servers: int) -> float:
    """Probability of waiting in M/M/c: C = B / (1 - rho (1 - B)). Needs load < servers."""
    _require_stable(load / servers)
    blocking = erlang_b(load, servers)
    return blocking / (1 - load / servers * (1 - blocking))


def mm1(*, arrival_rate_per_s: float, mean_service_s: float) -> SteadyState:
    """M/M/1: W = s / (1 - rho)."""
    return mmc(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s, servers=1)


def mmc(*, arrival_rate_per_s: float, mean_service_s: float, servers: int) -> SteadyState:
    """M/M/c: Wq = C s / (c - a), with C from Erlang C."""
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    wait_ratio = erlang_c(load, servers)
    return _steady(
        rate_per_s=arrival_rate_per_s,
        service_s=mean_service_s,
        servers=servers,
        waiting_s=wait_ratio * mean_service_s / (servers - load),
        wait_ratio=wait_ratio,
    )


def mmck(
    *, arrival_rate_per_s: float, mean_service_s: float, servers: int, places: int
) -> SteadyState:
    """M/M/c/K with K = `places` in service and waiting together, from the birth-death chain
    p_n = p_(n-1) a / min(n, c). Every load has a steady state."""
    assert places >= servers >= 1
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    weights = [1.0]
    for n in range(1, places + 1):
        weights.append(weights[-1] * load / min(n, servers))
    chance = [each / sum(weights) for each in weights]
    admitted_per_s = arrival_rate_per_s * (1 - chance[-1])
    queue = sum((n - servers) * p for n, p in enumerate(chance) if n > servers)
    return _steady(
        rate_per_s=admitted_per_s,
        service_s=mean_service_s,
        servers=servers,
        waiting_s=queue / admitted_per_s if admitted_per_s else 0.0,
        wait_ratio=sum(chance[servers:-1]) / (1 - chance[-1]) if places > servers else 0.0,
        blocking_ratio=chance[-1],
    )


def mg1(*, arrival_rate_per_s: float, mean_service_s: float, service_cs2: float) -> SteadyState:
    """M/G/1 by Pollaczek-Khinchine: Wq = rho s (1 + cs2) / (2 (1 - rho)).

    `service_cs2` is the squared coefficient of variation of the service time: 0 is M/D/1,
    1 is M/M/1.
    """
    assert service_cs2 >= 0
    rho = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    _require_stable(rho)
    return _steady(
        rate_per_s=arrival_rate_per_s,
        service_s=mean_service_s,
        servers=1,
        waiting_s=rho * mean_service_s * (1 + service_cs2) / (2 * (1 - rho)),
        wait_ratio=rho,
    )


def _require_stable(rho: float) -> None:
    if rho >= 1:
        raise ValueError(f"no steady state: utilisation {rho:g} is not below 1")


def _steady(
    *,
    rate_per_s: float,
    service_s: float,
    servers: int,
    waiting_s: float,
    wait_ratio: float,
    blocking_ratio: float = 0.0,
) -> SteadyState:
    """The rest of the means from the waiting time, by Little's law; `rate_per_s` is admitted."""
    return SteadyState(
        utilisation_ratio=rate_per_s * service_s / servers,
        waiting_time_s=waiting_s,
        response_time_s=waiting_s + service_s,
        queue_length=rate_per_s * waiting_s,
        in_station=rate_per_s * (waiting_s + service_s),
        wait_ratio=wait_ratio,
        blocking_ratio=blocking_ratio,
    )
