"""What is known of a run while it goes on, and the words for it."""

from __future__ import annotations

import pytest

from reports.record.manifest import ArmedGuard
from reports.record.outcome import Outcome
from scenarios.shoppers.live_words import about, live_words, percentiles
from scenarios.shoppers.time_counts import TimeCounts
from tests.scenarios.shoppers.still_run import StillRun

GUARD = ArmedGuard(condition="errors > 20 % for 10 s", action="abort")


@pytest.fixture
def run() -> StillRun:
    return StillRun()


def words(run: StillRun) -> dict[str, str]:
    return live_words(run.live.figures())


def test_the_planned_rate_is_that_of_the_plan_now(run):
    """100 visits within 9.9 s, and none after the last."""
    rates = {}
    for now_s in (-0.5, 0.0, 9.8, 9.9):
        run.now_s = now_s
        rates[now_s] = run.live.figures().planned_rate_per_s
    assert rates == {-0.5: 0.0, 0.0: 100 / 9.9, 9.8: 100 / 9.9, 9.9: 0.0}


def test_what_was_due_is_at_least_what_has_gone(run):
    assert run.live.figures().due_visits == 40
    for _ in range(45):
        run.player.tally.visit_started(0.0)
    assert run.live.figures().due_visits == 45


def test_steps_are_told_in_the_order_of_the_funnel(run):
    run.player.tally.action_ended("pay", 0.1, Outcome.OK)
    run.player.tally.action_ended("look", 0.1, Outcome.OK)
    assert [each.step for each in run.live.figures().steps] == ["look", "pay"]


def test_a_late_generator_and_a_full_limit_are_two_things(run):
    """Lag is the generator's own fault, a full limit mostly the platform's."""
    tally = run.player.tally
    for _ in range(100):
        tally.visit_started(0.080)
    for _ in range(3):
        tally.visit_not_sent("look")
    told = words(run)
    assert told["in flight"] == "100 of at most 500: 3 visits not sent, 3 of them lately"
    assert told["schedule lag"] == "p99 80 ms lately, worst 80.0 ms"


def test_the_worst_step_is_the_one_with_the_most_that_was_not_ok(run):
    tally = run.player.tally
    for _ in range(9):
        tally.action_ended("look", 2.0, Outcome.OK)
    assert "worst step" not in words(run)
    tally.action_ended("pay", 0.1, Outcome.OK)
    assert words(run)["worst step"].startswith("look: p99 ")
    tally.action_ended("pay", 0.1, Outcome.FAILED)
    assert words(run)["worst step"] == "pay: 1 of 2 not ok, p99 100 ms"
    for _ in range(9):
        tally.visit_not_sent("look")
    assert words(run)["worst step"] == "pay: 1 of 2 not ok, p99 100 ms"


def test_guards_are_armed_until_they_fire(run):
    assert "guards" not in words(run)
    run.player.tally.guards = lambda: (GUARD, GUARD)
    assert words(run)["guards"] == "2 armed, none fired"
    fired = ArmedGuard(condition=GUARD.condition, action="abort", fired_at_s=3.0)
    run.player.tally.guards = lambda: (GUARD, fired)
    assert words(run)["guards"] == "2 armed, fired: errors > 20 % for 10 s"


def test_a_run_that_is_told_to_stop_says_why(run):
    assert "stopping" not in words(run)
    run.player.stop.ask("aborted", "stop request: payments are slow")
    assert words(run)["stopping"] == "aborted: stop request: payments are slow"


def test_every_line_of_a_usual_run_fits_into_80_columns(run):
    """13 columns for the longest name and 2 on either side of it."""
    tally = run.player.tally
    for step in ("look", "pay"):
        for outcome in Outcome:
            for _ in range(1_000):
                tally.action_ended(step, 0.123, outcome)
    tally.visit_started(0.001)
    tally.visit_not_sent("look")
    tally.guards = lambda: (GUARD,)
    told = words(run)
    assert {name: each for name, each in told.items() if len(each) > 63} == {
        "outcomes": told["outcomes"]
    }


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "–"), (0.000123, "0.12 ms"), (0.0042, "4.2 ms"), (0.0123, "12 ms"),
     (0.1234, "123 ms"), (0.9996, "1.0 s"), (12.34, "12.3 s")],
)  # fmt: skip
def test_a_time_is_told_in_two_digits_or_so(seconds, said):
    assert about(seconds) == said


def test_no_reply_has_no_percentiles():
    assert percentiles(TimeCounts()) == ""
    times = TimeCounts()
    times.hear(0.1)
    assert percentiles(times) == "p50 97 ms, p95 100 ms, p99 100 ms"


def test_of_many_products_the_first_are_told_one_by_one(run):
    levels = {f"stock_left:{sku}": 10.0 * sku for sku in range(1, 7)}
    run.player.tally.levels.update(levels)
    assert words(run)["stock left"] == "1: 10, 2: 20, 3: 30, 4: 40, 2 more: 110"
