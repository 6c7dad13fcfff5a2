"""How long each step takes on the idle platform: one shopper at a time, before the load.

The simulation's demands are fitted to these figures, never to the run that it is compared with.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TypeVar
from urllib.parse import urlsplit

from targets.adapters.back_office import back_office_of
from targets.adapters.contract import Adapter, Call, Reply
from targets.adapters.load import load_adapter
from targets.adapters.probe import PROBING_VISIT, Send, probe, probing_visit

WARM_UP_WALKS = 10
WALKS = 20
SKU = 1
WITHIN_S = 10.0
Result = TypeVar("Result")


def unloaded_request_s(url: str, *, run_id: str) -> dict[str, float]:
    """Median request duration in seconds of each step of the reference funnel at `url`.

    The walks buy from a small sale of their own, which the run's sale then replaces.
    """
    adapter = load_adapter("reference")
    office = back_office_of(adapter)
    assert office is not None
    took_s: dict[str, list[float]] = {}
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=WITHIN_S)) as link:
        send = _sender(link, run_id)
        _converse(office.open_sale({SKU: WARM_UP_WALKS + WALKS}), send)
        for walk in range(WARM_UP_WALKS + WALKS):
            for step, seconds in _walk(adapter, send, PROBING_VISIT + walk):
                if walk >= WARM_UP_WALKS:
                    took_s.setdefault(step, []).append(seconds)
    return {step: statistics.median(seconds) for step, seconds in took_s.items()}


def _walk(adapter: Adapter, send: Send, index: int) -> Iterator[tuple[str, float]]:
    began_s = time.perf_counter()
    for each in probe(adapter, probing_visit(adapter, sku=SKU, index=index), send):
        if each.result is not None:
            ended_s = time.perf_counter()
            if each.result.outcome == "ok":
                yield each.step, ended_s - began_s
            began_s = time.perf_counter()


def _sender(link: http.client.HTTPConnection, run_id: str) -> Send:
    def send(call: Call) -> Reply:
        time.sleep(call.after_s)
        headers = {**call.headers, "X-Doorbuster-Rehearsal": run_id}
        link.request(call.method, call.path, body=call.body or None, headers=headers)
        answer = link.getresponse()
        body = answer.read()
        return Reply(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            body=body,
        )

    return send


def _converse(conversation: Generator[Call, Reply, Result], send: Send) -> Result:
    reply: Reply | None = None
    try:
        while True:
            reply = send(next(conversation) if reply is None else conversation.send(reply))
    except StopIteration as stop:
        result: Result = stop.value
        return result
