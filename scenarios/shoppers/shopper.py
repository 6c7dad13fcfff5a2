"""Plays one visit: each action at its instant, each call through the adapter's conversation."""

from __future__ import annotations

from collections.abc import Callable

from gevent import GreenletExit

from reports.record.outcome import Outcome
from scenarios.shoppers.pacing import Clock
from scenarios.transport.channel import Sender, answered, hang_up
from scenarios.transport.colouring import Colouring, Trail
from scenarios.transport.failure import DeadlineError, TransportError
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import (
    COOKIES,
    RUN,
    TRAIL,
    Adapter,
    Conversation,
    Memory,
    Reply,
    StepResult,
)
from targets.adapters.cookie_jar import CookieJar

LONGEST_REASON = 200
_OUTCOMES = {"ok": Outcome.OK, "rejected": Outcome.REJECTED, "failed": Outcome.FAILED}


class ActionEnd:
    """How an action went: three instants, outcome, requests made and sent again, last status,
    reason, and the figures that the adapter has read."""

    __slots__ = (
        "figures",
        "finished_s",
        "intended_s",
        "outcome",
        "reason",
        "requests",
        "resends",
        "started_s",
        "status",
    )

    def __init__(self, intended_s: float, started_s: float) -> None:
        self.intended_s = intended_s
        self.started_s = started_s
        self.finished_s = started_s
        self.outcome = Outcome.FAILED
        self.requests = 0
        self.resends = 0
        self.status = 0
        self.reason = ""
        self.figures: tuple[tuple[str, float], ...] = ()

    def count(self, sent: Reply | TransportError) -> None:
        """Adds what was sent for one call of the action."""
        self.requests += sent.requests
        self.resends += sent.resends
        self.status = sent.status or self.status


Report = Callable[[Visit, int, ActionEnd], None]


class Shopper:
    """Plays visits against one target.

    `timeout_s` bounds an action from its start; a shopper's patience bounds it from its intended
    instant. Whichever ends first decides between `timed_out` and `abandoned`. `leaving` tells
    that the run is being stopped: no further action is begun and no further call of one is sent.
    `colouring` knows the run and gives each visit its trace.
    """

    def __init__(
        self,
        adapter: Adapter,
        sender: Sender,
        clock: Clock,
        *,
        timeout_s: float,
        report: Report,
        leaving: Callable[[], bool],
        colouring: Colouring | None = None,
    ) -> None:
        self._run_id = colouring.run_id if colouring else ""
        self._colouring = colouring
        self._adapter = adapter
        self._sender = sender
        self._clock = clock
        self._timeout_s = timeout_s
        self._report = report
        self._leaving = leaving

    def play(self, visit: Visit) -> None:
        """All actions of `visit` in order, until one does not end `ok`.

        A replayed action stands for one that happened in a log, so a refusal or an error does
        not end the visit there; no reply in time does. Raises GreenletExit when the run is
        stopped between two calls of an action, which then leaves no row.
        """
        memory: Memory = {COOKIES: CookieJar(), RUN: self._run_id}
        trail = self._colouring.trail(visit.index) if self._colouring else None
        memory[TRAIL] = trail
        try:
            self._play(visit, memory, trail)
        finally:
            hang_up(memory)

    def _play(self, visit: Visit, memory: Memory, trail: Trail | None) -> None:
        free_s = visit.intended_s
        for position, action in enumerate(visit.actions):
            if position:
                self._clock.sleep_until(free_s + action.think_s)
                if self._leaving():
                    return
                if trail is not None:
                    trail.begin(position)
            end = self._act(visit, action, memory, free_s + action.think_s)
            self._report(visit, position, end)
            if end.outcome is not Outcome.OK and not _goes_on(action, end):
                return
            free_s = end.finished_s

    def _act(self, visit: Visit, action: Action, memory: Memory, intended_s: float) -> ActionEnd:
        end = ActionEnd(intended_s, self._clock.now_s())
        patience_ends_s = intended_s + visit.patience_s
        timeout_ends_s = end.started_s + self._timeout_s
        try:
            conversation = self._adapter.play(visit, action, memory)
            result = self._converse(
                conversation, memory, end, until_s=min(patience_ends_s, timeout_ends_s)
            )
            end.outcome = _OUTCOMES[result.outcome]
            end.reason = result.reason and _recordable(result.reason)
            end.figures = result.figures
        except DeadlineError as error:
            end.count(error)
            impatient = patience_ends_s <= timeout_ends_s
            end.outcome = Outcome.ABANDONED if impatient else Outcome.TIMED_OUT
            end.reason = error.reason
        except TransportError as error:
            end.count(error)
            end.reason = _recordable(error.reason)
        except Exception as error:  # an adapter's own mistake must not end the run
            end.reason = _recordable(f"adapter: {type(error).__name__}: {error}")
        end.finished_s = self._clock.now_s()
        return end

    def _converse(
        self, conversation: Conversation, memory: Memory, end: ActionEnd, *, until_s: float
    ) -> StepResult:
        try:
            request = next(conversation)
            begun = False
            while True:
                if request.after_s:
                    resume_s = self._clock.now_s() + request.after_s
                    self._clock.sleep_until(min(resume_s, until_s))
                if (begun or request.after_s) and self._leaving():
                    raise GreenletExit
                begun = True
                within_s = until_s - self._clock.now_s()
                if within_s <= 0:
                    raise DeadlineError("no_time")
                reply = answered(
                    self._sender, request, memory, within_s=within_s, leaving=self._leaving
                )
                end.count(reply)
                request = conversation.send(reply)
        except StopIteration as stop:
            result = stop.value
        finally:
            conversation.close()
        if not isinstance(result, StepResult):
            raise TypeError(f"play must return a StepResult, got {result!r}")
        return result


def _recordable(reason: str) -> str:
    """A reason may come from a reply: it is cut to size and rid of what is no Unicode text."""
    return reason[:LONGEST_REASON].encode("utf-8", "replace").decode()


def _goes_on(action: Action, end: ActionEnd) -> bool:
    answered = end.outcome in (Outcome.REJECTED, Outcome.FAILED)
    return action.path is not None and answered
