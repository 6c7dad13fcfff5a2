"""How long each step takes on the idle platform: one shopper at a time, before the load.

The simulation's demands are fitted to these figures, never to the run that it is compared with.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator

from scenarios.transport.channel import answering
from scenarios.transport.failure import TransportError
from scenarios.transport.transport import Transport, one_by_one
from targets.adapters.back_office import back_office_of
from targets.adapters.contract import Adapter
from targets.adapters.conversation import Answer, Send, converse
from targets.adapters.load import load_adapter
from targets.adapters.probe import PROBING_VISIT, probe, probing_visit
from targets.target_file import TargetUnreachableError, permitted

WARM_UP_WALKS = 10
WALKS = 12
PAUSES_S = (0.0, 0.01)
"""Between steps. Back to back, every process is awake and its code in the processor's cache; after
a pause it must be woken first, which about doubles the duration of a small request. Under load
some requests find the platform awake and some asleep."""
SKU = 1
WITHIN_S = 10.0


def unloaded_request_s(url: str, *, run_id: str) -> dict[str, float]:
    """Request duration in seconds of each step of the reference funnel at `url`: the middle
    between the medians of back-to-back walks and of walks with pauses.

    The walks buy from a small sale of their own, which the run's sale then replaces. They use the
    player's own transport, so that what the client takes is in both figures, and keep one
    connection. Raises TargetUnreachableError when the platform stops answering.
    """
    allowed = permitted(url, adapter="reference", peak_rate_per_s=0.0)
    adapter = load_adapter(allowed.adapter)
    transport = Transport(
        allowed.url, address=allowed.address, run_id=run_id, colour=allowed.colour
    )
    try:
        with transport:
            send = one_by_one(transport, within_s=WITHIN_S)
            answer = answering(transport, within_s=WITHIN_S)
            awake_s, asleep_s = _walked(adapter, send, answer)
    except TransportError as error:
        raise TargetUnreachableError(f"{url}: the idle shop did not answer: {error}") from error
    return {step: (awake_s[step] + asleep_s[step]) / 2 for step in awake_s if step in asleep_s}


def _walked(adapter: Adapter, send: Send, answer: Answer) -> Iterator[dict[str, float]]:
    """The median request duration of each step, once for each pause."""
    office = back_office_of(adapter)
    assert office is not None
    converse(office.open_sale({SKU: len(PAUSES_S) * WALKS + WARM_UP_WALKS}), send)
    shoppers = itertools.count(PROBING_VISIT)
    for _ in range(WARM_UP_WALKS):
        list(_walk(adapter, answer, next(shoppers), pause_s=0.0))
    for pause_s in PAUSES_S:
        took_s: dict[str, list[float]] = {}
        for _ in range(WALKS):
            for step, seconds in _walk(adapter, answer, next(shoppers), pause_s=pause_s):
                took_s.setdefault(step, []).append(seconds)
        yield {step: statistics.median(seconds) for step, seconds in took_s.items()}


def _walk(
    adapter: Adapter, answer: Answer, index: int, *, pause_s: float
) -> Iterator[tuple[str, float]]:
    began_s = time.perf_counter()
    for each in probe(adapter, probing_visit(adapter, sku=SKU, index=index), answer):
        if each.result is not None:
            ended_s = time.perf_counter()
            if each.result.outcome == "ok":
                yield each.step, ended_s - began_s
            time.sleep(pause_s)
            began_s = time.perf_counter()
