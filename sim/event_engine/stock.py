"""The stock: units by SKU, taken and given back, and orders that fill it up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from reports.record.outcome import Outcome
from sim.engine import streams
from sim.engine.agenda import NOBODY
from sim.engine.contract import StockTotals
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Duration
from sim.event_engine.task import Task
from sim.model.call import CallEnd
from sim.model.station import Replenishment


class SkuStock:
    """One SKU: `buckets` hold the units that are left; each taking raises `version`."""

    __slots__ = (
        "accepted", "buckets", "conflicts", "initial", "left", "on_order", "orders", "out_s",
        "out_since_s", "replenished", "sold_out", "stranded", "version",
    )  # fmt: skip

    def __init__(self, units: int, buckets: int) -> None:
        self.buckets = [0] * buckets
        self.initial = units
        self.left = self.version = self.on_order = self.orders = 0
        self.replenished = self.accepted = self.stranded = self.sold_out = self.conflicts = 0
        self.out_s = 0.0
        self.out_since_s: float | None = 0.0
        self.divide(units, 0.0)

    def divide(self, units: int, now_s: float) -> None:
        """Adds units evenly to the buckets, the first ones take the remainder."""
        each, rest = divmod(units, len(self.buckets))
        for bucket in range(len(self.buckets)):
            self.buckets[bucket] += each + (bucket < rest)
        self._change(units, now_s)

    def add(self, bucket: int, units: int, now_s: float) -> None:
        """Adds units to a bucket, or takes them when they are below 0."""
        self.buckets[bucket] += units
        self._change(units, now_s)

    def _change(self, units: int, now_s: float) -> None:
        self.left += units
        if self.left <= 0:
            if self.out_since_s is None:
                self.out_since_s = now_s
        elif self.out_since_s is not None:
            self.out_s += now_s - self.out_since_s
            self.out_since_s = None

    def totals(self, at_s: float, *, in_tasks: int) -> StockTotals:
        out_s = self.out_s
        if self.out_since_s is not None:
            out_s += at_s - self.out_since_s
        return StockTotals(
            initial=self.initial,
            replenished=self.replenished,
            accepted=self.accepted,
            stranded=self.stranded,
            left=self.left,
            in_tasks=in_tasks,
            sold_out=self.sold_out,
            conflicts=self.conflicts,
            out_of_stock_s=out_s,
        )


class Stock:
    """All SKUs on sale. `returning` counts the releases to come."""

    def __init__(
        self,
        clock: Clock,
        units: Mapping[int, int],
        buckets: int,
        replenishment: Replenishment | None,
        lead_time: Duration | None,
        seed_key: int,
    ) -> None:
        self.skus = {sku: SkuStock(each, buckets) for sku, each in units.items()}
        self.returning = 0
        self._clock = clock
        self._replenishment = replenishment
        self._lead_time = lead_time
        self._seed_key = seed_key

    def take(self, task: Task, stock: SkuStock, bucket: int, release_after_s: float) -> None:
        """The task has the action's quantity from now on."""
        units, sku = task.action.quantity, task.action.sku
        stock.version += 1
        stock.add(bucket, -units, self._clock.now)
        task.units += units
        task.bucket = bucket
        task.release_after_s = release_after_s
        task.note("take", str(sku))
        if self._replenishment:
            self._order(sku, stock, self._replenishment)

    def totals(self, at_s: float, tasks: Iterable[Task]) -> dict[int, StockTotals]:
        """At the end, when these `tasks` have not ended."""
        held: Counter[int] = Counter()
        for each in tasks:
            held[each.action.sku] += each.units
        return {sku: each.totals(at_s, in_tasks=held[sku]) for sku, each in self.skus.items()}

    def settle(self, task: Task, end: CallEnd) -> None:
        """What becomes of the units of a task that has ended."""
        units = task.units
        if not units:
            return
        stock, parent = self.skus[task.action.sku], task.parent
        if end.outcome is not Outcome.OK:
            stock.add(task.bucket, units, self._clock.now)
        elif parent:
            parent.units += units
            parent.bucket = task.bucket
            parent.release_after_s = task.release_after_s
        elif not task.is_left:
            stock.accepted += units
        else:
            stock.stranded += units
            self._release_later(stock, task.bucket, units, task.release_after_s)

    def _release_later(self, stock: SkuStock, bucket: int, units: int, after_s: float) -> None:
        if math.isinf(after_s):
            return

        def release() -> None:
            self.returning -= 1
            stock.stranded -= units
            stock.add(bucket, units, self._clock.now)

        self.returning += 1
        self._clock.call_at(self._clock.now + after_s, release)

    def _order(self, sku: int, stock: SkuStock, rule: Replenishment) -> None:
        on_hand = stock.left + stock.on_order
        units = rule.order_up_to - on_hand
        if on_hand > rule.reorder_point or units <= 0:
            return

        def arrive() -> None:
            stock.on_order -= units
            stock.replenished += units
            stock.divide(units, self._clock.now)

        assert self._lead_time
        now_s = self._clock.now
        key = streams.root_key(self._seed_key, sku, stock.orders)
        stock.orders += 1
        stock.on_order += units
        self._clock.call_at(now_s + self._lead_time(key, now_s), arrive, NOBODY)
