"""How many servers a load needs: the square-root rule, and the exact least.

Symbols: offered load a in erlangs (of an instant: m(t) of `sim.closed_form.varying_load`),
servers c, safety beta = (c - a) / sqrt(a), chance to wait alpha.
Sources: Halfin and Whitt, Heavy-Traffic Limits for Queues with Many Exponential Servers (1981);
Jennings, Mandelbaum, Massey and Whitt, Server Staffing to Meet Time-Varying Demand (1996);
Garnett, Mandelbaum and Reiman (2002) where customers lose patience.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import log_ndtr

from sim.closed_form.erlang import erlang_c
from sim.closed_form.steady_state import require_stable


def halfin_whitt_wait_ratio(safety: float) -> float:
    """alpha = 1 / (1 + beta Phi(beta) / phi(beta)), the limit of Erlang C for c -> infinity at
    c = a + beta sqrt(a). ValueError without a safety above 0: such a queue grows for ever."""
    if safety <= 0:
        raise ValueError(f"no steady state: a safety of {safety:g} is not above 0")
    return 1 / (1 + safety / _hazard(-safety))


def halfin_whitt_safety(wait_ratio: float) -> float:
    """beta(alpha): the safety at which `wait_ratio` of the customers wait."""
    assert 1e-300 < wait_ratio < 1

    def excess(safety: float) -> float:
        return halfin_whitt_wait_ratio(safety) - wait_ratio

    return float(brentq(excess, 1e-300, 38.0, xtol=1e-12))


def garnett_wait_ratio(safety: float, *, patience_per_service: float) -> float:
    """The limit of Erlang A's chance to wait, for any `safety`: with r = sqrt(mu/theta), the
    square root of mean patience over mean service time, and h(x) = phi(x) / Phi(-x):
    alpha = 1 / (1 + h(beta r) / (r h(-beta)))."""
    assert patience_per_service > 0
    r = math.sqrt(patience_per_service)
    return 1 / (1 + _hazard(safety * r) / (r * _hazard(-safety)))


def square_root_staffing(load: float, *, safety: float) -> int:
    """c = ceil(a + beta sqrt(a)), at least 1."""
    assert load >= 0
    return max(1, math.ceil(load + safety * math.sqrt(load)))


def least_servers(load: float, *, wait_ratio: float) -> int:
    """The fewest servers of M/M/c with which at most `wait_ratio` of the customers wait."""
    assert load >= 0
    assert 0 < wait_ratio <= 1
    servers = math.floor(load) + 1
    require_stable(load / servers)
    while erlang_c(load, servers) > wait_ratio:
        servers += 1
    return servers


def _hazard(x: float) -> float:
    """phi(x) / Phi(-x), of the standard normal distribution."""
    return math.exp(-x * x / 2 - float(log_ndtr(-x))) / math.sqrt(2 * math.pi)
