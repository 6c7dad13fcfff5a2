"""Chunks of the plan as the compiled engine wants them."""

from __future__ import annotations

import numpy as np

from scenarios.workload.plan import VisitChunk
from sim.kernel_engine.goods import Goods
from sim.kernel_engine.layout import TYPES
from sim.kernel_engine.tables import Tables


def load_chunk(tables: Tables, goods: Goods, chunk: VisitChunk) -> None:
    """Puts a chunk, which has visits, into the tables; its first visit is the next to arrive."""
    codes = goods.codes(chunk.sku)
    arrivals = np.empty(len(chunk), TYPES["arrivals"])
    arrivals["number"] = chunk.indices()
    arrivals["at"] = chunk.intended_s
    arrivals["patience"] = chunk.patience_s
    arrivals["first"] = chunk.first_action[:-1]
    arrivals["last"] = chunk.first_action[1:]
    arrivals["phase"] = chunk.phase
    arrivals["persona"] = chunk.persona
    arrivals["channel"] = chunk.channel
    arrivals["tier"] = chunk.tier
    actions = np.empty(max(1, len(chunk.step)), TYPES["actions"])
    rows = slice(len(chunk.step))
    actions["think"][rows] = chunk.think_s
    actions["sku"][rows] = codes
    actions["step"][rows] = chunk.step
    actions["quantity"][rows] = chunk.quantity
    actions["is_replayed"][rows] = chunk.path >= 0
    run = tables.run
    run["arrival"] = 0
    run["arrivals_in_chunk"] = len(chunk)
    run["most_actions"] = np.diff(chunk.first_action).max()
    run["arrival_s"] = chunk.intended_s[0]
    run["arrival_seq"] = run["seq"]
    run["seq"] += 1
    tables.replace(arrivals=arrivals, actions=actions)
