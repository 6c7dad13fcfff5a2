"""What `/metrics` tells: requests by route, cache look-ups, stock and queue."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BOUNDS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class CacheCounter:
    """Hits and misses of one cache."""

    def __init__(self, hits: Counter, misses: Counter) -> None:
        self.hit = hits.inc
        self.miss = misses.inc


class ShopMetrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "shop_http_requests", "Requests answered", ("route", "status"), registry=self._registry
        )
        self._durations = Histogram(
            "shop_http_request_duration_seconds",
            "Time from request to last byte of the answer",
            ("route",),
            buckets=_BOUNDS_S,
            registry=self._registry,
        )
        self._hits = Counter(
            "shop_cache_hits", "Look-ups found", ("cache",), registry=self._registry
        )
        self._misses = Counter(
            "shop_cache_misses", "Look-ups loaded", ("cache",), registry=self._registry
        )
        self._stock = Gauge(
            "shop_stock_units", "Units left on sale", ("sku",), registry=self._registry
        )
        self._queue = Gauge(
            "shop_order_queue_messages", "Orders waiting to be written", registry=self._registry
        )
        # labels() takes a lock and builds a key at each call; the shop has few of them.
        self._known_requests: dict[tuple[str, int], Counter] = {}
        self._known_durations: dict[str, Histogram] = {}

    def answered(self, route: str, status: int, duration_s: float) -> None:
        """Counts one request."""
        requests = self._known_requests.get((route, status))
        if requests is None:
            requests = self._requests.labels(route=route, status=str(status))
            self._known_requests[route, status] = requests
        durations = self._known_durations.get(route)
        if durations is None:
            durations = self._known_durations[route] = self._durations.labels(route=route)
        requests.inc()
        durations.observe(duration_s)

    def cache(self, name: str) -> CacheCounter:
        """The counter of the cache of that name."""
        return CacheCounter(self._hits.labels(cache=name), self._misses.labels(cache=name))

    def text(self, units_left: Mapping[str, int], queue_messages: int) -> bytes:
        """Everything, in the Prometheus text format."""
        self._stock.clear()
        for sku, units in units_left.items():
            self._stock.labels(sku=sku).set(units)
        self._queue.set(queue_messages)
        return generate_latest(self._registry)
