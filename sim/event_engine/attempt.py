"""Tries with a time limit, retries within a budget, a breaker and a fallback."""

from __future__ import annotations

import math

from reports.record.outcome import Outcome
from sim.engine.contract import AttemptTotals
from sim.event_engine.breaker import BreakerInPlay
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Uniform
from sim.event_engine.task import Playable, Steps, Task, Waiting, played
from sim.model.call import OK, Attempt, CallEnd


class AttemptInPlay(Waiting):
    """See `Attempt`. Counters, budget and breaker are shared by all who play it."""

    def __init__(
        self,
        clock: Clock,
        model: Attempt,
        call: tuple[Playable, ...],
        fallback: tuple[Playable, ...],
        *,
        child_word: int,
        backoff: Uniform,
    ) -> None:
        self._clock = clock
        self._model = model
        self._call = call
        self._fallback = fallback
        self._word = child_word
        self._backoff = backoff
        self._breaker = BreakerInPlay(model.breaker) if model.breaker else None
        self._tokens = model.budget_burst
        self._first_tries = self._retries = self._timeouts = 0
        self._refused_by_breaker = self._refused_by_budget = 0
        self._open = CallEnd(Outcome.FAILED, 503, f"{model.name}_open")
        self._timeout = CallEnd(Outcome.FAILED, 504, f"{model.name}_timeout")

    def play(self, task: Task) -> Steps:
        end = yield from self._tries(task)
        if self._fallback and end.outcome is Outcome.FAILED:
            return (yield from played(self._fallback, task))
        return end

    def totals(self, at_s: float) -> AttemptTotals:
        """What has been counted until `at_s`."""
        breaker = self._breaker
        return AttemptTotals(
            first_tries=self._first_tries,
            retries=self._retries,
            timeouts=self._timeouts,
            refused_by_breaker=self._refused_by_breaker,
            refused_by_budget=self._refused_by_budget,
            openings=breaker.openings if breaker else 0,
            open_s=breaker.open_s(at_s) if breaker else 0.0,
        )

    def _tries(self, task: Task) -> Steps:
        model, clock, end = self._model, self._clock, OK
        self._first_tries += 1
        self._earn()
        for number in range(model.retries + 1):
            if number:
                if not self._may_retry():
                    return end
                task.note("retry", model.name)
                pause_s = self._pause_s(task, number)
                if pause_s > 0:
                    clock.call_at(clock.now + pause_s, task.go_on)
                    yield
                self._retries += 1
            if self._breaker and not self._breaker.lets_through(clock.now):
                self._refused_by_breaker += 1
                task.note("open", model.name)
                return self._open
            end = yield from self._try(task, number)
            if end.outcome is not Outcome.FAILED:
                return end
        return end

    def _try(self, task: Task, number: int) -> Steps:
        model, clock, breaker = self._model, self._clock, self._breaker
        epoch = breaker.epoch if breaker else 0
        task.note("try", model.name)
        child = task.child(self._word, number)
        end = child.begin(played(self._call, child))
        if end is None:
            child.on_end = task.go_on
            if math.isfinite(model.timeout_s):
                clock.call_at(clock.now + model.timeout_s, lambda: self._time_out(task, child))
            end = yield
        if breaker:
            breaker.count(end.outcome is Outcome.FAILED, epoch, clock.now)
        return end

    def _time_out(self, task: Task, child: Task) -> None:
        if child.end is None:
            child.leave()
            self._timeouts += 1
            task.note("timeout", self._model.name)
            task.go_on(self._timeout)

    def _earn(self) -> None:
        if self._model.budget_ratio is not None:
            earned = self._tokens + self._model.budget_ratio
            self._tokens = min(self._model.budget_burst, earned)

    def _may_retry(self) -> bool:
        """Takes a token of the budget, if there is one."""
        if self._model.budget_ratio is None:
            return True
        if self._tokens < 1.0:
            self._refused_by_budget += 1
            return False
        self._tokens -= 1.0
        return True

    def _pause_s(self, task: Task, number: int) -> float:
        """The pause before retry `number`, from 1."""
        pause_s = self._model.backoff_s * self._model.backoff_factor ** (number - 1)
        return pause_s * self._backoff(task.key, number - 1) if self._model.jitter else pause_s
