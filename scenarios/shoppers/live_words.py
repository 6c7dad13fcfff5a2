"""A run's live figures in words that fit a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reports.record.outcome import Outcome
from scenarios.shoppers.live_run import LiveFigures, LiveStep
from scenarios.shoppers.time_counts import TimeCounts

LEVELS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
STOCK = "stock_left:"
MOST_PRODUCTS = 4


def live_words(figures: LiveFigures) -> dict[str, str]:
    """What is known, by its name; what there is not (workers, guards) is left out."""
    return {name: words for name, words in _words(figures) if words}


def _words(of: LiveFigures) -> Iterator[tuple[str, str]]:
    yield "time", f"{max(0.0, of.now_s):.0f} s of {of.duration_s:.0f} s"
    yield "phase", of.phase
    yield "stopping", of.stopping
    yield "planned rate", f"{of.planned_rate_per_s:,.4g} visits/s now"
    started = f"{of.started_visits:,} started of {of.due_visits:,} due"
    yield "arrivals", f"{started} ({of.planned_visits:,} in all)"
    yield "throughput", f"{of.recent_times.total / of.recent_s:,.0f} actions/s"
    yield "response time", percentiles(of.recent_times) or "no reply yet"
    yield "worst step", _worst(of.steps)
    yield "outcomes", _outcomes(of.outcomes) or "no action has ended yet"
    yield "in flight", _in_flight(of)
    yield "schedule lag", _lag(of)
    yield "workers", of.workers
    yield "stock left", _stock(of.target_levels)
    yield "guards", _guards(of)


def percentiles(times: TimeCounts) -> str:
    """`p50 38 ms, p95 120 ms, p99 1.2 s`, about: see TimeCounts. Empty when there are none."""
    if not times.total:
        return ""
    return ", ".join(f"{name} {about(times.quantile_s(level))}" for name, level in LEVELS.items())


def about(seconds: float | None) -> str:
    """A time in two digits or so: it is known to within a few percent."""
    if seconds is None:
        return "–"
    if seconds >= 0.9995:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.00995 else f"{seconds * 1000:.2g} ms"


def _worst(steps: Sequence[LiveStep]) -> str:
    """The recent step with the largest share that was not ok; where all were, the slowest."""
    recent = [each for each in steps if each.recent_ended]
    if len(recent) < 2:
        return ""
    worst = max(recent, key=lambda each: each.recent_not_ok / each.recent_ended)
    if worst.recent_not_ok:
        share = f"{worst.recent_not_ok:,} of {worst.recent_ended:,} not ok"
        return f"{worst.step}: {share}, p99 {about(worst.recent_times.quantile_s(0.99))}"
    slowest = max(recent, key=lambda each: each.recent_times.quantile_s(0.99) or 0.0)
    return f"{slowest.step}: p99 {about(slowest.recent_times.quantile_s(0.99))}"


def _in_flight(of: LiveFigures) -> str:
    limit = f" of at most {of.in_flight_limit:,}" if of.in_flight_limit else ""
    refused = ""
    if of.not_sent_visits:
        refused = f": {of.not_sent_visits:,} visits not sent, {of.recent_not_sent:,} of them lately"
    return f"{of.in_flight:,}{limit}{refused}"


def _lag(of: LiveFigures) -> str:
    lately = of.recent_lags.quantile_s(0.99)
    p99 = f"p99 {about(min(lately, of.worst_lag_s))} lately, " if lately is not None else ""
    worst = of.worst_lag_s
    exactly = about(worst) if worst >= 1 else f"{worst * 1000:.1f} ms"
    return f"{p99}worst {exactly}"


def _guards(of: LiveFigures) -> str:
    if not of.guards:
        return ""
    fired = [each.condition for each in of.guards if each.fired_at_s is not None]
    count = f"{len(of.guards)} armed"
    return f"{count}, fired: {'; '.join(fired)}" if fired else f"{count}, none fired"


def _stock(levels: Mapping[str, float]) -> str:
    """Of each of the first few products, and of all the others together."""
    left = [
        (name.removeprefix(STOCK), value)
        for name, value in levels.items()
        if name.startswith(STOCK)
    ]
    words = ", ".join(f"{sku}: {value:,.0f}" for sku, value in left[:MOST_PRODUCTS])
    rest = left[MOST_PRODUCTS:]
    more = f", {len(rest)} more: {sum(value for _, value in rest):,.0f}" if rest else ""
    return f"{words}{more}"


def _outcomes(counts: Sequence[int]) -> str:
    return ", ".join(f"{n:,} {Outcome(code).word}" for code, n in enumerate(counts) if n)
