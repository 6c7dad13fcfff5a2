"""How many are served, wait and serve at a station, and the integrals of that over time."""

from __future__ import annotations

from sim.engine.contract import StationTotals


class Levels:
    """`look` before each change: it adds level times time since the last look to the areas."""

    __slots__ = (
        "abandoned",
        "abandoned_waits_s",
        "arrivals",
        "busy",
        "busy_area",
        "errors",
        "last_busy_s",
        "longest_queue",
        "queue",
        "queue_area",
        "refused",
        "seen_s",
        "served",
        "server_area",
        "servers",
        "stays_s",
        "waits_s",
    )  # fmt: skip

    def __init__(self, servers: float) -> None:
        self.busy = self.queue = 0
        self.servers = servers
        self.busy_area = self.queue_area = self.server_area = 0.0
        self.seen_s = self.last_busy_s = 0.0
        self.arrivals = self.served = self.refused = self.abandoned = self.errors = 0
        self.waits_s = self.stays_s = self.abandoned_waits_s = 0.0
        self.longest_queue = 0

    def look(self, now_s: float) -> None:
        """Brings the areas up to date."""
        passed_s = now_s - self.seen_s
        if passed_s > 0:
            self.busy_area += passed_s * self.busy
            self.queue_area += passed_s * self.queue
            self.server_area += passed_s * self.servers
            self.seen_s = now_s
        if self.busy or self.queue:
            self.last_busy_s = now_s

    def queued(self, change: int) -> None:
        self.queue += change
        self.longest_queue = max(self.longest_queue, self.queue)

    def utilisation_ratio(self, busy_area: float, server_area: float) -> float:
        """Of the time since the areas were these."""
        servers = self.server_area - server_area
        return (self.busy_area - busy_area) / servers if servers else 0.0

    def totals(self, at_s: float) -> StationTotals:
        self.look(at_s)
        return StationTotals(
            at_s=at_s,
            arrivals=self.arrivals,
            served=self.served,
            refused=self.refused,
            abandoned=self.abandoned,
            errors=self.errors,
            busy_area=self.busy_area,
            queue_area=self.queue_area,
            server_area=self.server_area,
            waits_s=self.waits_s,
            stays_s=self.stays_s,
            abandoned_waits_s=self.abandoned_waits_s,
            longest_queue=self.longest_queue,
            last_busy_s=self.last_busy_s,
        )
