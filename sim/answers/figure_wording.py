"""Figures of a simulation in words: `p99_s:pay` is "p99 of pay", 0.31 of it "310 ms"."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

GOOD = ("success_ratio", "in_time_ratio", "hit_ratio")
MOST_DECIMALS = 6
NEARLY_ALL = Fraction(99, 100)
_WORDS = {
    "objective": "{}",
    "mean_s": "mean of {}",
    "p50_s": "p50 of {}",
    "p95_s": "p95 of {}",
    "p99_s": "p99 of {}",
    "p999_s": "p99.9 of {}",
    "success_ratio": "success of {}",
    "goodput_per_s": "goodput",
    "peak_utilisation_ratio": "{} busy at its peak",
    "peak_window_s": "busiest window of {}",
    "peak_copy_ratio": "busiest copy of {} at its peak",
    "utilisation_ratio": "{} busy",
    "longest_queue": "longest queue of {}",
    "drain_s": "drain time of {}",
    "waiting_s": "waiting for {} per action",
    "waiting_ratio": "share of {} in all waiting",
    "lost_ratio": "lost at {}",
    "backlog": "longest backlog",
    "backlog_drain_s": "drain time of the backlog",
    "in_time_ratio": "{} in time",
    "undecided_ratio": "{} still open at the end",
    "elapsed_p95_s": "p95 until {}",
    "hit_ratio": "hits of {}",
    "retry_ratio": "retries of {} per first try",
    "oversold": "units oversold",
    "stranded": "units stranded",
    "throughput_per_s": "throughput of {}",
    "queue_length": "queue length of {}",
    "waiting_time_s": "waiting time at {}",
    "served_per_s": "throughput of {}",
    "cost_per_1000_orders": "cost per 1,000 orders",
}


def figure_in_words(name: str) -> str:
    """What the figure `name` of `sim.answers.observations` is called."""
    kind, _, subject = name.partition(":")
    return _WORDS[kind].format(_attempt(subject) if kind == "retry_ratio" else subject)


def _attempt(path: str) -> str:
    """`pay/call/hold threads/attempt wechat` as `wechat in pay`."""
    return f"{path.rpartition('attempt ')[2]} in {path.partition('/')[0]}"


def is_ratio(name: str) -> bool:
    """Whether people read it in percent."""
    return name.partition(":")[0].endswith("_ratio")


def value_in_words(name: str, value: float) -> str:
    """`value` with three digits or so and the unit of the figure `name`. What is good is rounded
    down, with three digits of what it lacks: 99.5959 % never looks like the 99.6 % it misses."""
    kind = name.partition(":")[0]
    if kind in GOOD and 0.1 <= value < 1:
        return f"{_percent_down(value)} %"
    if is_ratio(name):
        return f"{100 * value:.4g} %" if abs(value) >= 0.1 else f"{100 * value:.2g} %"
    if kind.endswith("_per_s"):
        return f"{_digits(value)}/s"
    if kind.endswith("_s"):
        return duration_in_words(value)
    return _digits(value)


def _percent_down(ratio: float) -> Decimal:
    share = 100 * Decimal(repr(ratio))
    decimals = min(MOST_DECIMALS, max(2, 2 - (100 - share).adjusted()))
    return share.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR).normalize()


def share_in_words(share: Fraction) -> str:
    """Rounded down: what is not all is never shown as 100 %."""
    unit = 10**4 if share > NEARLY_ALL else 10**2
    return f"{math.floor(100 * unit * share) / unit:.12g} %"


def duration_in_words(value_s: float) -> str:
    """`85 µs`, `310 ms`, `1.24 s`, `18.5 min`, `2.3 d`."""
    size = abs(value_s)
    if size < 0.000_999_5:
        return f"{_digits(1e6 * value_s)} µs" if value_s else "0 s"
    if size < 1:
        return f"{_digits(1000 * value_s)} ms"
    for unit, length_s in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if size >= 2 * length_s:
            return f"{_digits(value_s / length_s)} {unit}"
    return f"{_digits(value_s)} s"


def plus_minus(half: float) -> str:
    """A half width with two digits; empty for one that is no more than rounding."""
    if half < 1e-6:
        return ""
    return f" ±{half:.0f}" if half >= 10 else f" ±{half:.2g}"


def _digits(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 or value == 0 else f"{value:.3g}"
