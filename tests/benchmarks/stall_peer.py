"""A peer under stalls: plain Locust, a few users with a fixed throughput each.

Run as `python -m tests.benchmarks.stall_peer URL REQUESTS_PER_S SECONDS`. A user who waits for a
reply sends nothing, so a stall hardly shows: "coordinated omission" (Tene, How NOT to Measure
Latency, 2013). Prints Locust's own percentiles, in seconds, as JSON.
"""

from __future__ import annotations

import locust  # isort: skip - first: it patches sockets before anything else holds one

import json
import sys

import gevent
from locust.env import Environment

EACH_PER_S = 10.0
LEVELS = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}


class Looker(locust.FastHttpUser):
    """One of several who look at the page ten times a second, as long as it answers."""

    wait_time = locust.constant_throughput(EACH_PER_S)

    @locust.task
    def look(self) -> None:
        self.client.get("/")


def figures(url: str, requests_per_s: float, seconds: float) -> dict[str, float]:
    environment = Environment(user_classes=[Looker], host=url)
    runner = environment.create_local_runner()
    users = round(requests_per_s / EACH_PER_S)
    runner.start(users, spawn_rate=users)
    gevent.sleep(seconds)
    total = environment.stats.total
    found = {
        name: total.get_response_time_percentile(level) / 1000 for name, level in LEVELS.items()
    }
    runner.quit()
    return {**found, "requests_per_s": total.num_requests / seconds}


if __name__ == "__main__":
    print(json.dumps(figures(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))))
