"""How a condition stands: what of the counted actions speaks for it, and whether that is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from reports.record.outcome import Outcome
from scenarios.workload.guard import BudgetCondition, Condition, ShareCondition, TimeCondition

LEAST_BAD = 3
"""One or two bad actions stop no run, unless the condition's limit is 0 %."""
ERRORS = frozenset({Outcome.FAILED, Outcome.TIMED_OUT, Outcome.ABANDONED})
SENT = frozenset(Outcome) - {Outcome.NOT_SENT}
ANSWERED = frozenset({Outcome.OK, Outcome.REJECTED})
UNANSWERED = frozenset({Outcome.TIMED_OUT, Outcome.ABANDONED})


class Tallied(Protocol):
    """What a run has counted so far: for each step the actions by outcome code, the slow ones
    where a condition asks for them, and those that this machine had nothing left to send with."""

    @property
    def outcomes_by_step(self) -> Mapping[str, Sequence[int]]: ...
    @property
    def slow(self) -> SlowActions | None: ...
    @property
    def short_actions(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The error budget of one objective over the whole run: `allowed` actions of `steps` may end
    in one of the outcomes `bad`. Without `steps` every step counts."""

    objective: str
    allowed: float
    bad: frozenset[int]
    steps: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one window showed: `bad` of `total` actions, where `enough` says whether there were
    enough of them to tell."""

    bad: int
    total: int
    enough: bool
    holds: bool

    @property
    def share(self) -> Fraction:
        return Fraction(self.bad, self.total) if self.total else Fraction(0)


class SlowActions:
    """Counts the answered actions that took longer than each of `limits_s`, by step.

    `heard` is called for each row, while pacing: it does one comparison for each limit.
    """

    def __init__(self, limits_s: Sequence[float]) -> None:
        self.counts: dict[float, dict[str, int]] = {each: {} for each in limits_s}
        self._pairs = tuple(self.counts.items())

    def heard(self, step: str, response_time_s: float, outcome: int) -> None:
        for limit_s, by_step in self._pairs:
            if response_time_s > limit_s and outcome in ANSWERED:
                by_step[step] = by_step.get(step, 0) + 1


def bad_and_total(condition: Condition, budget: Budget | None, tallied: Tallied) -> tuple[int, int]:
    """Since the start of the run: the actions that speak for `condition`, and all that it is
    about.

    Errors are a share of what was sent; actions not sent are a share of all. An action without an
    answer was slower than any limit, since nobody knows how slow; a failed one is left out of
    response times, where it would often count as fast.
    """
    by_step = tallied.outcomes_by_step
    if isinstance(condition, BudgetCondition):
        assert budget is not None
        return _counted(by_step, budget.steps, budget.bad), _counted(by_step, budget.steps, SENT)
    steps = None if condition.step is None else (condition.step,)
    if isinstance(condition, TimeCondition):
        assert tallied.slow is not None, "a condition on response times needs them counted"
        took_longer = tallied.slow.counts[condition.limit_s]
        late = sum(n for step, n in list(took_longer.items()) if steps is None or step in steps)
        gone = _counted(by_step, steps, UNANSWERED)
        return late + gone, _counted(by_step, steps, ANSWERED) + gone
    bad = _outcomes_of(condition.subject)
    return _counted(by_step, steps, bad), _counted(by_step, steps, SENT | bad)


def figures_of(
    condition: Condition, budget: Budget | None, bad: int, total: int, now_s: float
) -> Figures:
    """Whether `condition` holds at `now_s` with `bad` of `total` actions in its window.

    A share or a quantile is told once the window is full and has enough actions in it; more than
    limit x total must be bad. The quantile q (the smallest x that a share q does not exceed) is
    over a limit exactly when more than (1 - q) of the actions are. A budget is told at once.
    """
    if isinstance(condition, BudgetCondition):
        assert budget is not None
        holds = bad >= LEAST_BAD and bad >= float(condition.share) * budget.allowed
        return Figures(bad=bad, total=total, enough=True, holds=holds)
    limit = condition.limit if isinstance(condition, ShareCondition) else 1 - condition.level
    enough = now_s >= condition.window_s and total >= condition.least_actions
    least_bad = LEAST_BAD if limit else 1
    holds = enough and bad >= least_bad and bad > limit * total
    return Figures(bad=bad, total=total, enough=enough, holds=holds)


def _outcomes_of(subject: str) -> frozenset[Outcome]:
    return ERRORS if subject == "errors" else frozenset({Outcome[subject.upper()]})


def _counted(
    by_step: Mapping[str, Sequence[int]],
    steps: Sequence[str] | None,
    outcomes: frozenset[Outcome] | frozenset[int],
) -> int:
    # A copy in one go: the player may add a step meanwhile.
    return sum(
        counts[code]
        for step, counts in list(by_step.items())
        if steps is None or step in steps
        for code in outcomes
    )
