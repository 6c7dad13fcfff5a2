"""A peer at work: Locust users that play the same visits through the same adapter.

Run as `python -m tests.benchmarks.peer_trial URL CLIENT SECONDS`, CLIENT being FastHttpUser or
HttpUser. Each of its users plays a visit after the other, with no pause but the adapter's own, and
Locust keeps its statistics. Prints its figures as JSON.
"""

from __future__ import annotations

import locust  # isort: skip - first: it patches sockets before anything else holds one

import itertools
import json
import sys
import time
from collections.abc import Callable

import gevent
from locust.env import Environment

from scenarios.workload.plan import plan_visits
from scenarios.workload.visit import Visit
from targets.adapters.contract import COOKIES, RUN, Call, Memory, Reply
from targets.adapters.conversation import converse
from targets.adapters.reference import ReferenceShop
from tests.benchmarks.own_core import keep_to_clients_core
from tests.benchmarks.retimed_plan import RetimedPlan

USERS = 50
SETTLE_S = 1.0
"""Left out of the figures: the connections are being opened."""
SHOP = ReferenceShop()
CLIENTS = {"FastHttpUser": locust.FastHttpUser, "HttpUser": locust.HttpUser}


def play(visit: Visit, send: Callable[[Call], Reply]) -> None:
    """`visit` without its think times: as fast as the replies come."""
    memory: Memory = {COOKIES: {}, RUN: "bench"}
    for action in visit.actions:
        if converse(SHOP.play(visit, action, memory), send).outcome != "ok":
            return


def sender(user: locust.User) -> Callable[[Call], Reply]:
    """How `user` sends a call; both clients have the same interface for it."""

    def send(call: Call) -> Reply:
        if call.after_s:
            gevent.sleep(call.after_s)
        said = user.client.request(
            call.method, call.path, headers=dict(call.headers), data=call.body or None
        )
        return Reply(status=said.status_code, body=said.content)

    return send


def user_class(client: str, visits: itertools.chain[Visit]) -> type[locust.User]:
    def next_visit(user: locust.User) -> None:
        play(next(visits), sender(user))

    return type(f"Peer{client}", (CLIENTS[client],), {"tasks": [next_visit]})


def figures(url: str, client: str, seconds: float) -> dict[str, float]:
    """Requests a second of the clock and of processor time, and visits that failed."""
    plan = RetimedPlan(rate_per_s=3000.0, duration_s=2 * seconds, think_ratio=0.0)
    visits = itertools.chain.from_iterable(itertools.repeat(list(plan_visits(plan))))
    environment = Environment(user_classes=[user_class(client, visits)], host=url)
    runner = environment.create_local_runner()
    runner.start(USERS, spawn_rate=USERS)
    gevent.sleep(SETTLE_S)
    before = environment.stats.total.num_requests
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    gevent.sleep(seconds)
    requests = environment.stats.total.num_requests - before
    took_s, took_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    runner.quit()
    return {
        "requests_per_s": requests / took_s,
        "requests_per_cpu_s": requests / took_cpu_s,
        "failures": environment.stats.total.num_failures,
    }


if __name__ == "__main__":
    keep_to_clients_core()
    print(json.dumps(figures(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
