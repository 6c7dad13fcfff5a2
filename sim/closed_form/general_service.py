"""Stations whose service times, or arrivals, are not exponential.

Symbols beside those of `sim.closed_form.steady_state`: squared coefficients of variation of the
service time cs2 and of the times between arrivals ca2 (variance over squared mean: 0 is
deterministic, 1 exponential).
Sources: Pollaczek (1930), Khinchine (1932); Kleinrock, Queueing Systems II (1976), section 4.4;
Kingman, Some Inequalities for the Queue GI/G/1 (1962); Allen, Probability, Statistics, and
Queueing Theory (1990), section 5.3.
"""

from __future__ import annotations

from sim.closed_form.erlang import mmc, mmck
from sim.closed_form.steady_state import SteadyState, offered_load, require_stable, steady_state


def mg1(*, arrival_rate_per_s: float, mean_service_s: float, service_cs2: float) -> SteadyState:
    """M/G/1 by Pollaczek-Khinchine: Wq = rho s (1 + cs2) / (2 (1 - rho))."""
    assert service_cs2 >= 0
    rho = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    require_stable(rho)
    return steady_state(
        admitted_per_s=arrival_rate_per_s,
        mean_service_s=mean_service_s,
        servers=1,
        waiting_time_s=rho * mean_service_s * (1 + service_cs2) / (2 * (1 - rho)),
        wait_ratio=rho,
    )


def processor_sharing(
    *,
    arrival_rate_per_s: float,
    mean_service_s: float,
    servers: int = 1,
    places: int | None = None,
) -> SteadyState:
    """M/G/c-PS: all are served at once, each at the rate min(1, c/n); at most `places` of them.

    Insensitive: with any distribution of the service time the number in the station is that of
    M/M/c (or M/M/c/K), so W = s / (1 - rho) for one server (Sakata, Noguchi and Oizumi 1969;
    Kelly, Reversibility and Stochastic Networks, 1979, section 3.3). Nobody waits in a queue:
    `waiting_time_s` is what sharing adds to the service time, `queue_length` those beyond the
    servers, and `wait_ratio` the share that comes when every server has a customer.
    """
    if places is not None:
        return mmck(
            arrival_rate_per_s=arrival_rate_per_s,
            mean_service_s=mean_service_s,
            servers=servers,
            places=places,
        )
    return mmc(
        arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s, servers=servers
    )


def sharing_response_s(service_s: float, *, utilisation_ratio: float) -> float:
    """M/G/1-PS: mean response time in seconds of those who need `service_s`: x / (1 - rho).
    Twice the work takes twice the time (Kleinrock 1976, section 4.4)."""
    require_stable(utilisation_ratio)
    return service_s / (1 - utilisation_ratio)


def kingman_bound_s(
    *, arrival_rate_per_s: float, mean_service_s: float, arrival_ca2: float, service_cs2: float
) -> float:
    """GI/G/1: an upper bound of the mean wait in seconds, and its limit in heavy traffic:
    lambda (va + vs) / (2 (1 - rho)), with the variances va = ca2 / lambda^2, vs = cs2 s^2."""
    assert arrival_rate_per_s > 0
    assert min(arrival_ca2, service_cs2) >= 0
    rho = offered_load(arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s)
    require_stable(rho)
    variance = arrival_ca2 / arrival_rate_per_s**2 + service_cs2 * mean_service_s**2
    return arrival_rate_per_s * variance / (2 * (1 - rho))


def allen_cunneen(
    *,
    arrival_rate_per_s: float,
    mean_service_s: float,
    arrival_ca2: float,
    service_cs2: float,
    servers: int = 1,
) -> SteadyState:
    """GI/G/c, an approximation: Wq = (ca2 + cs2) / 2 times that of M/M/c.

    Exact for M/M/c and M/G/1; for one server it is Kingman's heavy-traffic formula
    rho/(1 - rho) (ca2 + cs2)/2 s. `wait_ratio` is that of M/M/c.
    """
    assert min(arrival_ca2, service_cs2) >= 0
    plain = mmc(
        arrival_rate_per_s=arrival_rate_per_s, mean_service_s=mean_service_s, servers=servers
    )
    return steady_state(
        admitted_per_s=arrival_rate_per_s,
        mean_service_s=mean_service_s,
        servers=servers,
        waiting_time_s=plain.waiting_time_s * (arrival_ca2 + service_cs2) / 2,
        wait_ratio=plain.wait_ratio,
    )
