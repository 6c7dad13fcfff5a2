"""Operations that play other calls: one of several, several at once, or one if need be."""

from __future__ import annotations

from itertools import accumulate

from reports.record.outcome import Outcome
from sim.event_engine.cache import Cache
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Uniform
from sim.event_engine.task import Playable, Steps, Task, Waiting, played
from sim.model.call import OK, CallEnd, Fork


class ChoiceInPlay(Waiting):
    """See `Choice`."""

    def __init__(
        self, draw: Uniform, shares: tuple[float, ...], calls: tuple[tuple[Playable, ...], ...]
    ) -> None:
        self._draw = draw
        self._up_to = tuple(accumulate(shares))
        self._calls = calls

    def play(self, task: Task) -> Steps:
        u = self._draw(task.key)
        for up_to, call in zip(self._up_to, self._calls, strict=True):
            if u < up_to:
                return (yield from played(call, task))
        return (yield from played(self._calls[-1], task))


class ForkInPlay(Waiting):
    """See `Fork`."""

    def __init__(
        self, model: Fork, calls: tuple[tuple[Playable, ...], ...], child_word: int
    ) -> None:
        self._calls = calls
        self._word = child_word
        self._needs = model.needs or len(calls)

    def play(self, task: Task) -> Steps:
        joint = _Joint(task, self._needs, spare=len(self._calls) - self._needs)
        for number, call in enumerate(self._calls):
            child = task.child(self._word, number)
            if joint.end:
                child.leave()
            end = child.begin(played(call, child))
            if joint.end is None:
                if end is None:
                    joint.wait_for(child)
                else:
                    joint.count(end)
        if joint.end is None:
            joint.is_waiting = True
            yield
        assert joint.end
        return joint.end


class _Joint:
    """Where the branches of a fork come together. `end` is None until it is decided."""

    def __init__(self, task: Task, needs: int, spare: int) -> None:
        self.end: CallEnd | None = None
        self.is_waiting = False
        self._task = task
        self._needs = needs
        self._spare = spare
        self._children: list[Task] = []

    def wait_for(self, child: Task) -> None:
        child.on_end = self.count
        self._children.append(child)

    def count(self, end: CallEnd) -> None:
        """A branch has ended."""
        if end.outcome is Outcome.OK:
            self._needs -= 1
        else:
            self._spare -= 1
        if self._needs and self._spare >= 0:
            return
        self.end = end if self._spare < 0 else OK
        for each in self._children:
            if each.end is None:
                each.leave()
        if self.is_waiting:
            self._task.go_on()


class LookupInPlay(Waiting):
    """See `Lookup`."""

    def __init__(
        self,
        clock: Clock,
        name: str,
        cache: Cache,
        call: tuple[Playable, ...],
        *,
        hit: Uniform,
        at_once: bool,
    ) -> None:
        self._clock = clock
        self._name = name
        self._cache = cache
        self._call = call
        self._hit = hit
        self._fills_at_once = at_once

    def play(self, task: Task) -> Steps:
        sku, clock, cache = task.action.sku, self._clock, self._cache
        if cache.has(sku, clock.now, task.key, self._hit):
            task.note("hit", self._name)
            return OK
        task.note("miss", self._name)
        if self._fills_at_once:
            cache.fill(sku, clock.now)
        end = yield from played(self._call, task)
        if not self._fills_at_once and end.outcome is Outcome.OK:
            cache.fill(sku, clock.now)
        return end
