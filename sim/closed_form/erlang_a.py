"""Erlang A: M/M/c where those who wait lose patience. A service desk, a shopper in a queue.

Symbols beside those of `sim.closed_form.steady_state`: rate of losing patience theta
(1/`mean_patience_s`), x = c mu / theta, y = lambda / theta, y_t = y exp(-theta t), Erlang's B, and

    A(x, y) = 1 + sum over j >= 1 of y^j / ((x+1)(x+2)...(x+j)) = x e^y y^-x gamma(x, y)

with the lower incomplete gamma function. The virtual wait V is what a customer of endless
patience would wait; customers wait min(V, patience). Every load has a steady state.
Sources: Palm (1957); Garnett, Mandelbaum and Reiman, Designing a Call Center with Impatient
Customers (2002); Mandelbaum and Zeltyn, The Palm/Erlang-A Queue, with Applications to Call
Centers (2005), whose J(t) is the incomplete gamma function below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc, gammaln

from sim.closed_form.erlang import SMALLEST, erlang_b


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk of `servers`, and who comes to it. Patience is exponential."""

    arrival_rate_per_s: float
    mean_service_s: float
    mean_patience_s: float
    servers: int

    def __post_init__(self) -> None:
        assert self.arrival_rate_per_s > 0
        assert self.mean_service_s > 0
        assert self.mean_patience_s > 0
        assert self.servers >= 1

    @property
    def x(self) -> float:
        """c mu / theta: how many leave served while one loses patience."""
        return self.servers * self.mean_patience_s / self.mean_service_s

    @property
    def y(self) -> float:
        """lambda / theta: how many come while one loses patience."""
        return self.arrival_rate_per_s * self.mean_patience_s


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """Long-run means of a desk, of all who come.

    `wait_ratio` of them do not start at once and `abandon_ratio` lose patience; `waiting_time_s`
    is until the service begins or patience ends.
    """

    wait_ratio: float
    abandon_ratio: float
    waiting_time_s: float
    queue_length: float
    utilisation_ratio: float


def erlang_a(desk: Desk) -> DeskState:
    """P(wait) = A B / (1 + (A - 1) B); P(abandon | wait) = 1 - (1 - 1/A) / rho = mean queue of
    the busy / y; Wq = P(abandon) / theta, since whoever waits is lost at the rate theta."""
    log_a = _log_a(desk.x, desk.y)
    wait_ratio = _wait_ratio(desk, log_a)
    abandon_ratio = wait_ratio * _busy_queue(desk.x, desk.y, log_a) / desk.y
    waiting_s = abandon_ratio * desk.mean_patience_s
    load = desk.arrival_rate_per_s * desk.mean_service_s
    return DeskState(
        wait_ratio=wait_ratio,
        abandon_ratio=abandon_ratio,
        waiting_time_s=waiting_s,
        queue_length=desk.arrival_rate_per_s * waiting_s,
        utilisation_ratio=load * (1 - abandon_ratio) / desk.servers,
    )


def waiting_tail_ratio(desk: Desk, t_s: float) -> float:
    """Share of all who come that waits longer than `t_s` for service or for patience to end:
    P(W > t) = exp(-theta t) P(V > t), P(V > t) = P(wait) gamma(x, y_t) / gamma(x, y)."""
    assert t_s >= 0
    log_tail = -t_s / desk.mean_patience_s + _log_j(desk, t_s, desk.x) - _log_j(desk, 0, desk.x)
    return _wait_ratio(desk, _log_a(desk.x, desk.y)) * math.exp(log_tail)


def waiting_quantile_s(desk: Desk, quantile: float) -> float:
    """What the share `quantile` of all who come does not wait longer than, in seconds."""
    assert 0 <= quantile < 1
    tail = 1 - quantile
    wait_ratio = _wait_ratio(desk, _log_a(desk.x, desk.y))
    if wait_ratio <= tail:
        return 0.0
    # nobody waits longer than patience alone would let them; a little more for rounding
    highest_s = desk.mean_patience_s * (math.log(wait_ratio / tail) + 1e-3)

    def excess(t_s: float) -> float:
        return waiting_tail_ratio(desk, t_s) - tail

    return float(brentq(excess, 0.0, highest_s, xtol=1e-12 * highest_s))


def answered_within_ratio(desk: Desk, t_s: float) -> float:
    """Share of all who come that is served after a wait of at most `t_s`: all but those who
    abandon and those served later, whose patience outlasts a virtual wait over t,
    P(wait) gamma(x + 1, y_t) / (y gamma(x, y))."""
    assert t_s >= 0
    x, y = desk.x, desk.y
    log_a = _log_a(x, y)
    later = math.exp(_log_j(desk, t_s, x + 1) - _log_j(desk, 0, x))
    abandoned = _busy_queue(x, y, log_a) / y
    return max(0.0, 1 - _wait_ratio(desk, log_a) * (abandoned + later))


def _wait_ratio(desk: Desk, log_a: float) -> float:
    """A B / (1 + (A - 1) B) as 1 / (1 + (1 - B) / (A B)): A may be too large for a float."""
    blocking = erlang_b(desk.arrival_rate_per_s * desk.mean_service_s, desk.servers)
    if blocking < SMALLEST:
        return 0.0
    return 1 / (1 + (1 - blocking) / blocking * math.exp(-log_a))


def _log_j(desk: Desk, t_s: float, x: float) -> float:
    """ln of theta times the integral from t on of exp(y (1 - e^(-theta u)) - x theta u) du, the
    virtual wait's density but for a factor: (y_t/y)^x e^(y - y_t) A(x, y_t) / x."""
    lost = t_s / desk.mean_patience_s
    later = desk.y * math.exp(-lost)
    return -x * lost - desk.y * math.expm1(-lost) + _log_a(x, later) - math.log(x)


def _log_a(x: float, y: float) -> float:
    """ln A(x, y). By its series while that is short, else by the incomplete gamma function,
    which is at least about a half there and cannot vanish."""
    if y < x:
        return math.log(float(_terms(x, y).sum()))
    return float(math.log(x) + y - x * math.log(y) + math.log(gammainc(x, y)) + gammaln(x))


def _busy_queue(x: float, y: float, log_a: float) -> float:
    """Mean number who wait while all servers are busy: sum of j y^j / ((x+1)...(x+j)) over A, or
    y - x + x/A; each where it subtracts nothing."""
    if y < x:
        terms = _terms(x, y)
        return float(np.arange(len(terms)) @ terms) / math.exp(log_a)
    return y - x + x * math.exp(-log_a)


def _terms(x: float, y: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The terms of A for y < x until they are below 1e-18. They fall at least as (y/x)^j and
    as exp(-j^2 / (2 (x + j)))."""
    falling = 42 / math.log1p((x - y) / y) if y > 1e-300 else 0.0
    wide = 42 + math.sqrt(42 * (42 + 2 * x))
    count = int(min(falling, wide)) + 2
    return np.concatenate(([1.0], np.cumprod(y / (x + np.arange(1, count)))))
