"""The watch over a run: looks at its conditions every quarter of a second, and acts on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from reports.record.manifest import ArmedGuard
from scenarios.guards.count_window import CountWindow
from scenarios.guards.standing import (
    Budget,
    Figures,
    Tallied,
    bad_and_total,
    figures_of,
)
from scenarios.guards.stop_request import RAMP_DOWN_S, StopRequest
from scenarios.workload.guard import BudgetCondition, Condition, Guards, TimeCondition

LOOK_EVERY_S = 0.25

Action = Literal["abort", "ramp_down"]


class _Guard:
    """One condition, against one objective's budget where it speaks of budgets."""

    def __init__(self, action: Action, condition: Condition, budget: Budget | None = None) -> None:
        self.action = action
        self.condition = condition
        self.budget = budget
        self.fired_at_s: float | None = None
        self._window = CountWindow(condition.window_s)
        self._worst: tuple[Figures, float] | None = None

    def look(self, now_s: float, tallied: Tallied) -> str:
        """Why the condition holds now, with the figures; empty when it does not."""
        counts = bad_and_total(self.condition, self.budget, tallied)
        added = self._window.added(now_s, *counts)
        figures = figures_of(self.condition, self.budget, *added, now_s)
        if figures.enough and (self._worst is None or figures.share > self._worst[0].share):
            self._worst = figures, now_s
        if not figures.holds:
            return ""
        why = f"guard {self.condition.text}: {self._in_words(figures)} at {now_s:.2f} s"
        return f"{why}{_own_fault(tallied.short_actions)}"

    def armed(self) -> ArmedGuard:
        return ArmedGuard(condition=self.condition.text, action=self.action)

    def record(self) -> ArmedGuard:
        nearest = "never told: too few actions in its window, or the run was shorter"
        if self._worst is not None:
            nearest = f"at most {self._in_words(self._worst[0])} at {self._worst[1]:.2f} s"
        if self.budget is not None and self._worst is None:
            nearest = "no action ended"
        return replace(self.armed(), nearest=nearest, fired_at_s=self.fired_at_s)

    def _in_words(self, figures: Figures) -> str:
        counts = f"{figures.bad:,} of {figures.total:,} actions"
        share = f"{float(100 * figures.share):.1f} %"
        if self.budget is not None:
            spent = figures.bad / self.budget.allowed
            whole = f"of the budget of {self.budget.allowed:,.1f} of {self.budget.objective}"
            return f"{figures.bad:,} bad actions, {100 * spent:.1f} % {whole},"
        if isinstance(self.condition, TimeCondition):
            return f"{share} ({counts}) took longer than {self.condition.limit_s:g} s"
        return f"{share} ({counts})"


class Watch:
    """Watches what is `tallied` for `guards`, and asks `stop` for the end.

    A budget condition is armed once for each of `budgets`. The master of a fleet hands in the
    merged counts of its workers.
    """

    def __init__(
        self,
        guards: Guards,
        budgets: Sequence[Budget],
        tallied: Tallied,
        stop: StopRequest,
    ) -> None:
        self._guards = tuple(_armed(guards, budgets))
        self._tallied = tallied
        self._stop = stop

    def look(self, now_s: float) -> None:
        """One look, at `now_s` on the run's clock; to be called every LOOK_EVERY_S.

        Every window is read at every look. Once the run stops nothing fires any more.
        """
        for guard in self._guards:
            why = guard.look(now_s, self._tallied)
            if not why or guard.fired_at_s is not None or self._stop.asked():
                continue
            guard.fired_at_s = now_s
            if guard.action == "abort":
                self._stop.ask("aborted", why)
            else:
                spread = f"arrivals were ramped down to none within {RAMP_DOWN_S:g} s"
                self._stop.ask_ramp_down("aborted", f"{why}; {spread}")

    def records(self) -> tuple[ArmedGuard, ...]:
        """What was armed, how near the run came to it, and what fired."""
        return tuple(each.record() for each in self._guards)


def _own_fault(short_actions: int) -> str:
    """They count, for a run that goes on like this is worth nothing; but it is not the platform
    that stopped it."""
    if not short_actions:
        return ""
    return (
        f"; the player's own fault: {short_actions:,} actions so far failed because its machine "
        "had no local port or open file left"
    )


def armed_guards(guards: Guards, budgets: Sequence[Budget]) -> tuple[ArmedGuard, ...]:
    """What a run with these guards is watched for, before anything has happened."""
    return tuple(dict.fromkeys(each.armed() for each in _armed(guards, budgets)))


def slow_limits_s(guards: Guards) -> tuple[float, ...]:
    """The limits of response time that `guards` speak of, which a run must count by."""
    found = (each.limit_s for each in _conditions(guards) if isinstance(each, TimeCondition))
    return tuple(dict.fromkeys(found))


def _conditions(guards: Guards) -> tuple[Condition, ...]:
    return (*guards.abort, *guards.ramp_down)


def _armed(guards: Guards, budgets: Sequence[Budget]) -> Iterator[_Guard]:
    pairs: tuple[tuple[Action, tuple[Condition, ...]], ...] = (
        ("abort", guards.abort),
        ("ramp_down", guards.ramp_down),
    )
    for action, conditions in pairs:
        for each in conditions:
            if isinstance(each, BudgetCondition):
                yield from (_Guard(action, each, budget) for budget in budgets)
            else:
                yield _Guard(action, each)
