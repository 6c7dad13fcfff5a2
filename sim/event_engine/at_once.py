"""Operations that never wait."""

from __future__ import annotations

from reports.record.outcome import Outcome
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Uniform
from sim.event_engine.marks import Marks
from sim.event_engine.stock import SkuStock, Stock
from sim.event_engine.task import AtOnce, Playable, Task, played
from sim.event_engine.token_bucket import TokenBucket
from sim.model.call import OK, CallEnd, Fail, Mark, TakeStock

SOLD_OUT = CallEnd(Outcome.REJECTED, 409, "sold_out")
NOT_ON_SALE = CallEnd(Outcome.REJECTED, 409, "not_on_sale")
CONFLICT = CallEnd(Outcome.FAILED, 409, "conflict")


class AdmissionInPlay(AtOnce):
    """See `Admission`."""

    def __init__(self, clock: Clock, name: str, bucket: TokenBucket) -> None:
        self._clock = clock
        self._name = name
        self._bucket = bucket
        self._limited = CallEnd(Outcome.REJECTED, 429, f"{name}_limited")

    def do(self, task: Task) -> CallEnd:
        if self._bucket.admits(self._clock.now):
            return OK
        task.note("refuse", self._name)
        return self._limited


class ReadStockInPlay(AtOnce):
    """See `ReadStock`."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock

    def do(self, task: Task) -> CallEnd:
        seen = self._stock.skus.get(task.action.sku)
        if seen:
            task.seen_version, task.seen_left = seen.version, seen.left
        return OK


class TakeStockInPlay(AtOnce):
    """See `TakeStock`."""

    def __init__(self, model: TakeStock, stock: Stock, draw: Uniform) -> None:
        self._model = model
        self._stock = stock
        self._draw = draw

    def do(self, task: Task) -> CallEnd:
        sku = task.action.sku
        stock = self._stock.skus.get(sku)
        if stock is None:
            task.note("sold_out", str(sku))
            return NOT_ON_SALE
        if self._model.strategy == "optimistic" and stock.version != task.seen_version:
            stock.conflicts += 1
            task.note("conflict", str(sku))
            return CONFLICT
        bucket = self._bucket(task, stock)
        if bucket is None:
            stock.sold_out += 1
            task.note("sold_out", str(sku))
            return SOLD_OUT
        self._stock.take(task, stock, bucket, self._model.release_after_s)
        return OK

    def _bucket(self, task: Task, stock: SkuStock) -> int | None:
        """The bucket that has the units, if one has."""
        quantity, buckets = task.action.quantity, len(stock.buckets)
        match self._model.strategy:
            case "unchecked":
                return 0 if task.seen_left >= quantity else None
            case "bucketed":
                first = int(self._draw(task.key) * buckets)
                tried = buckets if self._model.fallback else 1
                following = ((first + each) % buckets for each in range(tried))
                return next((each for each in following if stock.buckets[each] >= quantity), None)
            case _:
                return 0 if stock.buckets[0] >= quantity else None


class SendInPlay(AtOnce):
    """See `Send`."""

    def __init__(
        self,
        clock: Clock,
        name: str,
        call: tuple[Playable, ...],
        child_word: int,
        *,
        anew: bool = False,
    ) -> None:
        self._clock = clock
        self._name = name
        self._call = call
        self._word = child_word
        self._anew = anew

    def do(self, task: Task) -> CallEnd:
        _, end = self.send(task)
        return end

    def send(self, task: Task) -> tuple[Task, CallEnd]:
        """The work that was sent, and how that went."""
        task.note("send", self._name)
        sent = task.detached(self._word, self._clock.now if self._anew else task.begun_s)
        end = sent.begin(played(self._call, sent))
        return sent, OK if end is None else end


class FailInPlay(AtOnce):
    """See `Fail`."""

    def __init__(self, model: Fail, draw: Uniform) -> None:
        self._model = model
        self._draw = draw

    def do(self, task: Task) -> CallEnd:
        return self._model.end if self._draw(task.key) < self._model.probability else OK


class MarkInPlay(AtOnce):
    """See `Mark`."""

    def __init__(self, clock: Clock, model: Mark, marks: Marks, midnight_s: float) -> None:
        self._clock = clock
        self._model = model
        self._marks = marks
        self._midnight_s = midnight_s

    def do(self, task: Task) -> CallEnd:
        task.note("mark", self._model.name)
        self._marks.mark(self._model, task.begun_s, self._clock.now, self._midnight_s)
        return OK
