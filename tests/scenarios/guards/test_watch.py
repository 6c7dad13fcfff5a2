"""A run is stopped when a condition holds in its window, soon after, and not for less."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.record.outcome import Outcome
from scenarios.guards.count_window import CountWindow
from scenarios.guards.standing import Budget, SlowActions
from scenarios.guards.stop_request import RAMP_DOWN_S, StopRequest
from scenarios.guards.watch import LOOK_EVERY_S, Watch, slow_limits_s
from scenarios.workload.guard import Guards, condition

OK, FAILED, TIMED_OUT, REJECTED = (
    Outcome.OK, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.REJECTED,
)  # fmt: skip


@dataclass(slots=True)
class WatchedRun:
    """A run on a clock of its own: what ends between two looks is said, then looked at."""

    watch: Watch
    stop: StopRequest
    slow: SlowActions
    outcomes_by_step: dict[str, list[int]]
    clock: list[float] = field(default_factory=lambda: [0.0])

    def ends(self, outcome: Outcome, count: int = 1, *, step: str = "pay", took_s: float = 0.1):
        self.outcomes_by_step.setdefault(step, [0] * len(Outcome))[outcome] += count
        for _ in range(count):
            self.slow.heard(step, took_s, outcome)

    def pass_by(self, seconds: float, *ending: tuple[Outcome, int], took_s: float = 0.1) -> None:
        """Each quarter of a second these actions end; a look after each, until the stop."""
        for _ in range(round(seconds / LOOK_EVERY_S)):
            for outcome, count in ending:
                self.ends(outcome, count, took_s=took_s)
            self.clock[0] += LOOK_EVERY_S
            self.watch.look(self.clock[0])
            if self.stop.asked():
                return


def watched(*abort: str, ramp_down: tuple[str, ...] = (), budgets=(), short: int = 0) -> WatchedRun:
    guards = Guards(abort=tuple(map(condition, abort)), ramp_down=tuple(map(condition, ramp_down)))
    counts: dict[str, list[int]] = {}
    clock = [0.0]
    stop, slow = StopRequest(lambda: clock[0]), SlowActions(slow_limits_s(guards))
    tallied = type(
        "Counts", (), {"outcomes_by_step": counts, "slow": slow, "short_actions": short}
    )()
    watch = Watch(guards, budgets, tallied, stop)
    return WatchedRun(watch, stop, slow, counts, clock)


def test_errors_over_the_limit_stop_the_run_at_the_next_look():
    run = watched("errors > 20 % for 10 s")
    run.pass_by(30.0, (OK, 10))
    assert not run.stop.asked()
    run.pass_by(10.0, (FAILED, 10))
    # of 40 looks in the window more than 8 must be bad: the ninth look is a quarter of 9 later,
    # and the window reaches back to the last look that is ten seconds old
    assert run.stop.at_s == 30.0 + 9 * LOOK_EVERY_S
    assert run.stop.detail == (
        "guard errors > 20 % for 10 s: 22.5 % (90 of 400 actions) at 32.25 s"
    )
    assert run.stop.reason == "aborted"


def test_an_abort_by_errors_of_the_players_own_says_whose_fault_it_was():
    run = watched("errors > 20 % for 10 s", short=400)
    run.pass_by(20.0, (FAILED, 10))
    assert run.stop.detail == (
        "guard errors > 20 % for 10 s: 100.0 % (400 of 400 actions) at 10.00 s; the player's own "
        "fault: 400 actions so far failed because its machine had no local port or open file left"
    )


def test_errors_at_the_limit_and_not_over_it_stop_nothing():
    run = watched("errors > 20 % for 10 s")
    run.pass_by(60.0, (OK, 8), (FAILED, 2))
    assert not run.stop.asked()


def test_nothing_is_said_before_the_window_is_full():
    run = watched("errors > 20 % for 10 s")
    run.pass_by(9.75, (FAILED, 10))
    assert not run.stop.asked()
    run.pass_by(0.25, (FAILED, 10))
    assert run.stop.at_s == 10.0


def test_what_ended_before_the_window_is_forgotten():
    run = watched("errors > 20 % for 10 s")
    run.pass_by(2.0, (FAILED, 10))
    run.pass_by(60.0, (OK, 10))
    assert not run.stop.asked()


@pytest.mark.parametrize(
    ("outcome", "stops"),
    [(OK, False), (REJECTED, False), (FAILED, True), (TIMED_OUT, True),
     (Outcome.ABANDONED, True), (Outcome.NOT_SENT, False)],
)  # fmt: skip
def test_errors_are_what_got_no_good_answer(outcome, stops):
    """A business that says no is no error, nor is what was never sent."""
    run = watched("errors > 50 % for 2 s")
    run.pass_by(10.0, (outcome, 10), (OK, 1))
    assert run.stop.asked() is stops


def test_one_of_two_is_no_half():
    run = watched("errors > 20 % for 10 s")
    run.pass_by(10.0)
    run.ends(FAILED, 19)
    run.pass_by(5.0)
    assert not run.stop.asked()
    run.ends(FAILED)
    run.pass_by(0.25)
    assert run.stop.asked()


def test_two_bad_actions_stop_nothing_unless_none_is_allowed():
    small, none = watched("errors > 1 % for 10 s"), watched("errors > 0 % for 10 s")
    for run in (small, none):
        run.pass_by(20.0, (OK, 1))
        run.ends(FAILED)
        run.pass_by(0.25, (OK, 1))
    assert (small.stop.asked(), none.stop.asked()) == (False, True)


def test_a_condition_on_a_step_counts_that_step_alone():
    run = watched("failed of pay > 50 % for 2 s")
    for _ in range(40):
        run.ends(FAILED, 10, step="open_home")
        run.pass_by(0.25, (OK, 10))
    assert not run.stop.asked()
    run.pass_by(3.0, (FAILED, 10))
    assert "failed of pay" in run.stop.detail


def test_a_quantile_is_over_its_limit_when_more_than_the_rest_took_longer():
    """p95 > 3 s: more than 5 % of the actions took longer; 5 % exactly did not."""
    run = watched("response_time p95 > 3 s for 5 s")
    for _ in range(40):
        run.ends(OK, took_s=3.001)
        run.pass_by(0.25, (OK, 19), took_s=3.0)
    assert not run.stop.asked()
    run.ends(OK, 3, took_s=3.5)
    run.pass_by(0.25, (OK, 17))
    assert "took longer than 3 s" in run.stop.detail


def test_who_got_no_answer_waited_longer_than_any_limit():
    run = watched("response_time p50 > 60 s for 5 s")
    run.pass_by(10.0, (TIMED_OUT, 6), (OK, 4))
    assert run.stop.asked()


def test_who_waited_long_for_no_answer_counts_once():
    run = watched("response_time p95 > 3 s for 5 s")
    for _ in range(40):
        run.ends(TIMED_OUT, took_s=9.0)
        run.pass_by(0.25, (OK, 19))
    assert not run.stop.asked()


def test_a_failure_is_neither_fast_nor_slow():
    run = watched("response_time p50 > 1 s for 5 s")
    run.pass_by(10.0, (FAILED, 90), (OK, 10), took_s=2.0)
    assert run.stop.at_s == 5.0


BUDGET = Budget(objective="pay", allowed=100.0, bad=frozenset({FAILED, TIMED_OUT}), steps=("pay",))


def test_a_share_of_the_budget_spent_within_the_window_ramps_down():
    run = watched(ramp_down=("10 % of the error budget within 60 s",), budgets=(BUDGET,))
    run.ends(FAILED, 50, step="open_home")
    run.pass_by(5.0, (OK, 100))
    run.ends(FAILED, 9)
    run.pass_by(1.0, (OK, 100))
    assert run.stop.ramp is None
    run.ends(FAILED)
    run.pass_by(0.25)
    assert run.stop.ramp is not None
    assert "10 bad actions, 10.0 % of the budget of 100.0 of pay, at 6.25 s" in run.stop.detail
    assert not run.stop.asked()
    run.pass_by(RAMP_DOWN_S)
    assert run.stop.asked()
    assert (run.stop.reason, run.stop.at_s) == ("aborted", 6.25)


def test_a_budget_spent_slowly_stops_nothing():
    run = watched(ramp_down=("10 % of the error budget within 5 s",), budgets=(BUDGET,))
    for _ in range(30):
        run.ends(FAILED)
        run.pass_by(1.0, (OK, 5))
    assert run.stop.ramp is None


def test_an_abort_still_holds_while_the_run_ramps_down():
    run = watched(
        "errors > 50 % for 2 s",
        ramp_down=("10 % of the error budget within 60 s",),
        budgets=(BUDGET,),
    )
    run.pass_by(1.0, (FAILED, 10))
    assert run.stop.ramp is not None
    run.pass_by(1.0, (FAILED, 10))
    assert run.stop.asked()
    assert "error budget" in run.stop.detail, "the first reason counts"


def test_what_holds_once_the_run_has_stopped_did_not_stop_it():
    run = watched("errors > 20 % for 2 s", "failed > 20 % for 2 s")
    run.pass_by(4.0, (FAILED, 10))
    first, second = run.watch.records()
    assert (first.fired_at_s, second.fired_at_s) == (2.0, None)


def test_the_record_says_what_was_armed_how_near_it_came_and_what_fired():
    run = watched("errors > 20 % for 2 s", "errors > 99 % for 300 s", "rejected > 50 % for 1 s")
    run.pass_by(4.0, (OK, 6), (REJECTED, 1))
    run.pass_by(4.0, (FAILED, 10))
    first, second, third = run.watch.records()
    assert (first.condition, first.action) == ("errors > 20 % for 2 s", "abort")
    assert first.fired_at_s == run.stop.at_s
    assert first.nearest == "at most 32.3 % (20 of 62 actions) at 4.50 s"
    assert second.fired_at_s is third.fired_at_s is None
    assert "never told" in second.nearest
    assert "at most 14.3 % (4 of 28 actions)" in third.nearest


EVENTS = st.lists(
    st.tuples(st.floats(0, 30), st.booleans()), max_size=200
).map(sorted)  # fmt: skip


@given(EVENTS, st.floats(0.5, 12), st.lists(st.floats(0.05, 1.0), min_size=1, max_size=60))
def test_a_window_counts_what_brute_force_counts(events, window_s, gaps_s):
    """Between the last look at least `window_s` ago, or the start, and now."""
    window, looks, now_s = CountWindow(window_s), [0.0], 0.0
    for gap_s in gaps_s:
        now_s += gap_s
        until_now = [bad for at_s, bad in events if at_s <= now_s]
        counted = window.added(now_s, sum(until_now), len(until_now))
        since_s = max((t for t in looks if t <= now_s - window_s), default=0.0)
        inside = [bad for at_s, bad in events if (at_s > since_s or not since_s) and at_s <= now_s]
        assert counted == (sum(inside), len(inside))
        looks.append(now_s)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=20, max_size=120),
    st.integers(1, 60),
)
def test_a_watch_fires_at_the_first_look_at_which_brute_force_does(quarters, percent):
    run = watched(f"errors > {percent} % for 3 s")
    fired_s = None
    for k in range(12, len(quarters) + 1):
        good, bad = (sum(column) for column in zip(*quarters[k - 12 : k], strict=True))
        over = Fraction(bad) > Fraction(percent, 100) * (good + bad)
        if good + bad >= 20 and bad >= 3 and over:
            fired_s = k * LOOK_EVERY_S
            break
    for good, bad in quarters:
        run.pass_by(LOOK_EVERY_S, (OK, good), (FAILED, bad))
    assert (run.stop.at_s if run.stop.asked() else None) == fired_s
