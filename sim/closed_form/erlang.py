"""Erlang's formulas: Poisson arrivals, exponential service, c servers, one queue.

Symbols are those of `sim.closed_form.steady_state`; C is Erlang's probability of waiting.
Sources: Erlang (1917); Kleinrock, Queueing Systems I (1975), chapter 3; Gross and Harris,
Fundamentals of Queueing Theory (1998), section 2.3.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from sim.closed_form.steady_state import SteadyState, offered_load, require_stable, steady_state

SMALLEST = 1e-300
"""A chance below this is none: its inverse would overflow."""


def erlang_b(load: float, servers: int) -> float:
    """Blocking of M/M/c/c by the stable recursion B_k = a B_(k-1) / (k + a B_(k-1)), B_0 = 1.
    Holds for any distribution of the service time with the same mean (Sevastyanov 1957)."""
    assert load >= 0
    assert servers >= 0
    blocking = 1.0
    for k in range(1, servers + 1):
        blocking = load * blocking / (k + load * blocking)
    return blocking


def erlang_c(load: float, servers: int) -> float:
    """Probability of waiting in M/M/c: C = B / (1 - rho (1 - B)). Needs load < servers."""
    require_stable(load / servers)
    blocking = erlang_b(load, servers)
    return blocking / (1 - load / servers * (1 - blocking))


def mm1(*, arrival_rate_per_s: float, mean_service_s: float) -> SteadyState:
    """M/M/1: W = s / (1 - rho)."""
    return mmc(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s, servers=1)


def mmc(*, arrival_rate_per_s: float, mean_service_s: float, servers: int) -> SteadyState:
    """M/M/c: Wq = C s / (c - a), with C from Erlang C."""
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    wait_ratio = erlang_c(load, servers)
    return steady_state(
        admitted_per_s=arrival_rate_per_s,
        mean_service_s=mean_service_s,
        servers=servers,
        waiting_time_s=wait_ratio * mean_service_s / (servers - load),
        wait_ratio=wait_ratio,
    )


def waiting_tail_ratio(
    t_s: float, *, arrival_rate_per_s: float, mean_service_s: float, servers: int
) -> float:
    """Share of the customers of M/M/c, first come first served, that wait longer than `t_s`:
    P(Wq > t) = C exp(-(c - a) t / s)."""
    assert t_s >= 0
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    return erlang_c(load, servers) * math.exp(-(servers - load) * t_s / mean_service_s)


def waiting_quantile_s(
    quantile: float, *, arrival_rate_per_s: float, mean_service_s: float, servers: int
) -> float:
    """What the share `quantile` of the customers of M/M/c does not wait longer than, in seconds:
    the inverse of `waiting_tail_ratio`, s ln(C / (1 - quantile)) / (c - a), or 0."""
    assert 0 <= quantile < 1
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    wait_ratio = erlang_c(load, servers)
    if wait_ratio <= 1 - quantile:
        return 0.0
    return mean_service_s * math.log(wait_ratio / (1 - quantile)) / (servers - load)


def response_tail_ratio(
    t_s: float, *, arrival_rate_per_s: float, mean_service_s: float, servers: int
) -> float:
    """Share of the customers of M/M/c, first come first served, whose response takes longer:
    P(W > t) = exp(-t/s) (1 + C (1 - exp(-d t/s)) / d) with d = c - 1 - a; at d = 0 the fraction
    is C t/s. For c = 1 that is exp(-(1 - rho) t/s)."""
    assert t_s >= 0
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    services, spare = t_s / mean_service_s, servers - 1 - load
    if spare * services < -1:
        # the same, without the product of a tiny and a huge number
        waited = (math.exp(-(servers - load) * services) - math.exp(-services)) / -spare
        return math.exp(-services) + erlang_c(load, servers) * waited
    grown = -math.expm1(-spare * services) / spare if spare else services
    return math.exp(-services) * (1 + erlang_c(load, servers) * grown)


def response_quantile_s(
    quantile: float, *, arrival_rate_per_s: float, mean_service_s: float, servers: int
) -> float:
    """The response time in seconds that the share `quantile` of the customers of M/M/c does not
    exceed: the inverse of `response_tail_ratio`, found between the service time's own quantile
    and the sum of those of waiting and service at half the tail each."""
    assert 0 <= quantile < 1
    if quantile == 0:
        return 0.0
    tail = 1 - quantile

    def excess(t_s: float) -> float:
        longer = response_tail_ratio(
            t_s,
            arrival_rate_per_s=arrival_rate_per_s,
            mean_service_s=mean_service_s,
            servers=servers,
        )
        return longer - tail

    waiting_s = waiting_quantile_s(
        1 - tail / 2,
        arrival_rate_per_s=arrival_rate_per_s,
        mean_service_s=mean_service_s,
        servers=servers,
    )
    service_s = -mean_service_s * math.log(tail)
    highest_s = waiting_s + service_s + mean_service_s * math.log(2)
    return float(brentq(excess, service_s * (1 - 1e-9), highest_s, xtol=1e-12 * highest_s))


def mmck(
    *, arrival_rate_per_s: float, mean_service_s: float, servers: int, places: int
) -> SteadyState:
    """M/M/c/K with K = `places` in service and waiting together, from the birth-death chain
    p_n = p_(n-1) a / min(n, c). Every load has a steady state.

    The chances are taken relative to that of c customers: 1/B - 1 for fewer, with Erlang's B,
    and rho^j for j that wait, so that thousands of servers overflow nothing."""
    assert places >= servers >= 1
    load = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    blocking = erlang_b(load, servers)
    fewer = 1 / blocking - 1 if blocking >= SMALLEST else math.inf
    waiting = np.arange(places - servers + 1)
    rho = load / servers
    weight = rho ** (waiting - (waiting[-1] if rho > 1 else 0.0))
    chance = weight / (fewer * weight[0] + weight.sum())
    admitted_per_s = arrival_rate_per_s * (1 - float(chance[-1]))
    queue = float(waiting @ chance)
    return steady_state(
        admitted_per_s=admitted_per_s,
        mean_service_s=mean_service_s,
        servers=servers,
        waiting_time_s=queue / admitted_per_s if admitted_per_s else 0.0,
        wait_ratio=float(chance[:-1].sum()) / (1 - float(chance[-1])),
        blocking_ratio=float(chance[-1]),
    )
