"""A service model brought to life: its parts, and how its steps are played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.record.outcome import Outcome
from sim.engine import streams
from sim.engine.contract import EngineOptions, MarkTotals
from sim.engine.marks_to_come import marks_to_come
from sim.event_engine.at_once import SendInPlay
from sim.event_engine.attempt import AttemptInPlay
from sim.event_engine.cache import Cache
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Duration, Uniform, durations
from sim.event_engine.marks import Marks
from sim.event_engine.sharing import SharedStation
from sim.event_engine.station import Station
from sim.event_engine.stock import Stock
from sim.event_engine.task import Action, Playable, Steps, Task, played
from sim.event_engine.token_bucket import TokenBucket
from sim.model.call import OK, CallEnd, TakeStock
from sim.model.distribution import Distribution
from sim.model.marks_ahead import NOTHING, marks_ahead
from sim.model.service_model import Polling, ServiceModel, operations_of

DECLINED = CallEnd(Outcome.REJECTED, 402, "declined")
NEVER_FINISHED = CallEnd(Outcome.FAILED, 200, "never_finished")


class Platform:
    """The parts by name. `alive` are the tasks that have not ended; `attempts` and `marks` are
    filled in by whoever puts the steps into play."""

    def __init__(
        self,
        clock: Clock,
        model: ServiceModel,
        options: EngineOptions,
        *,
        on_sale: Mapping[int, int],
        tiers: Sequence[str],
    ) -> None:
        self.clock = clock
        self.model = model
        self.seed_key = streams.seed_key(options.seed, options.replication)
        self.begun = self.ended = 0
        self.alive: set[Task] = set()
        self.attempts: dict[str, AttemptInPlay] = {}
        self.marks: dict[str, Marks] = {}
        self.ahead = marks_ahead(model)
        self._antithetic = options.antithetic
        self.stations: dict[str, Station | SharedStation] = {
            name: SharedStation(clock, name, each)
            if each.sharing
            else Station(clock, name, each, tiers)
            for name, each in model.stations.items()
        }
        self.buckets = {name: TokenBucket(each) for name, each in model.buckets.items()}
        units = {
            sku: on_sale.get(sku, 0) + model.stock.get(sku, 0) for sku in {**on_sale, **model.stock}
        }
        self.caches = {name: Cache(each, units) for name, each in model.caches.items()}
        self.stock = self._stock(units)

    def settle(self, task: Task, end: CallEnd) -> None:
        self.stock.settle(task, end)
        is_excused = end.outcome is Outcome.REJECTED and not task.ahead.is_behind_reply
        if end.outcome is not Outcome.OK and not is_excused:
            for each in task.ahead.marks:
                self.marks[each.name].missed += 1

    def mark_totals(self) -> dict[str, MarkTotals]:
        """Up to now, which is the end."""
        tasks = ((each.ahead, each.begun_s) for each in self.alive)
        late, underway = marks_to_come(tasks, self.clock.now, self.model.midnight_s)
        return {name: each.totals(late[name], underway[name]) for name, each in self.marks.items()}

    def uniform(self, name: str) -> Uniform:
        return Uniform(name, antithetic=self._antithetic)

    def durations(self, distribution: Distribution, name: str) -> Duration:
        return durations(distribution, self.uniform(name), self.model.midnight_s)

    def _stock(self, units: Mapping[int, int]) -> Stock:
        rule = self.model.replenishment
        lead_time = self.durations(rule.lead_time, "replenishment/lead") if rule else None
        buckets = max(
            (
                each.buckets
                for step in self.model.steps.values()
                for each in operations_of(step)
                if isinstance(each, TakeStock)
            ),
            default=1,
        )
        return Stock(self.clock, units, buckets, rule, lead_time, self.seed_key)


class StepInPlay:
    """A step of the plan: `play` is what the root task of its actions does."""

    def __init__(
        self,
        platform: Platform,
        name: str,
        call: tuple[Playable, ...],
        *,
        declined_ratio: float,
        background: SendInPlay | None,
        polling: Polling | None,
        poll_call: tuple[Playable, ...],
    ) -> None:
        self.name = name
        self._clock = platform.clock
        self._call = call
        self._declined_ratio = declined_ratio
        self._declined = platform.uniform(f"{name}/declined")
        self._background = background
        self._polling = polling
        self._poll_call = poll_call
        self._poll_word = streams.word_of(f"{name}/poll/child")

    def play(self, task: Task) -> Steps:
        end = yield from played(self._call, task)
        if end.outcome is not Outcome.OK:
            return end
        task.ahead = NOTHING
        if self._declined_ratio and self._declined(task.key) < self._declined_ratio:
            return DECLINED
        if self._background is None:
            return end
        job, sent = self._background.send(task)
        if sent.outcome is not Outcome.OK or self._polling is None:
            return sent
        return (yield from self._poll(task, job, self._polling))

    def _poll(self, task: Task, job: Task, polling: Polling) -> Steps:
        for number in range(polling.most):
            if task.is_left:
                return OK
            pause_s = polling.pause_s(number)
            if pause_s > 0:
                self._clock.call_at(self._clock.now + pause_s, task.go_on)
                yield
            if task.is_left:
                return OK
            task.action.requests += 1
            task.note("poll", self.name)
            end: CallEnd = yield from self._asked(task, number)
            if end.outcome is not Outcome.OK or job.end:
                return end
        return OK if task.is_left else NEVER_FINISHED

    def _asked(self, task: Task, number: int) -> Steps:
        """Plays poll `number`."""
        asked = task.child(self._poll_word, number)
        end = asked.begin(played(self._poll_call, asked))
        if end is None:
            asked.on_end = task.go_on
            end = yield
        return end


def root_task(platform: Platform, action: Action) -> Task:
    """The task of an action that begins now."""
    key = streams.root_key(platform.seed_key, action.visit, action.number)
    return Task(platform, action, key, platform.clock.now)
