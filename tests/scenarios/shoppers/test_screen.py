"""What a person sees of a run: the same figures in the live view and in the line of a log."""

from __future__ import annotations

import errno
import io

import gevent
import pytest
from rich.console import Console

from reports.record.outcome import Outcome
from reports.record.planned import plan_facts
from scenarios.shoppers import screen as screen_module
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.shoppers.screen import Screen, percentiles_ms
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.sim.plans import HandMadePlan, action


class Run:
    """A player of 100 visits in 10 s whose clock stands where the test puts it."""

    def __init__(self) -> None:
        self.now_s = 4.0
        plan = HandMadePlan(intended_s=[k / 10 for k in range(101)], actions=(action("look"),))
        clock = RunClock(0.0, now=lambda: self.now_s, sleep=lambda _: gevent.sleep(0.001))
        self.player = Player(
            plan, FakeAdapter(), FakePlatform(), KeptRows(), clock, PlayerOptions()
        )
        self.facts = plan_facts(plan)
        self.output = io.StringIO()

    def screen(
        self, *, terminal: bool = False, left=lambda counts, expected: None, search=None
    ) -> Screen:
        console = Console(file=self.output, force_terminal=terminal, width=60)
        return Screen(self.player, self.facts, console, left, search=search)


@pytest.fixture
def run() -> Run:
    return Run()


def last_line(run: Run, **options) -> str:
    with run.screen(**options):
        pass
    return run.output.getvalue().splitlines()[-1]


class Searched:
    """A search for the limit that has come as far as the clock."""

    def look(self, now_s: float) -> None: ...
    def reading(self, now_s: float) -> str:
        return f"40/s since {now_s:.0f} s · 20/s held"


def test_a_search_for_the_limit_shows_how_far_it_is_instead_of_a_budget(run):
    """Its last steps are meant to spend more than any budget."""
    line = last_line(run, search=Searched())
    assert "limit 40/s since 4 s · 20/s held" in line
    assert "error budget" not in line


def test_percentiles_are_those_of_the_definition():
    """Linear between order statistics: of 1..100 ms the 50th is 50.5, the 99th 99.01."""
    milliseconds = [k / 1000 for k in range(1, 101)]
    assert percentiles_ms(milliseconds) == "p50 50 ms, p95 95 ms, p99 99 ms (about, last 5 s)"
    assert percentiles_ms([0.25]) == "p50 250 ms, p95 250 ms, p99 250 ms (about, last 5 s)"


def test_no_reply_yet_has_no_percentiles():
    assert percentiles_ms([]) == "no reply yet"


def test_the_line_tells_what_was_due_and_what_was_started(run):
    for _ in range(39):
        run.player.tally.visit_started(0.0042)
    for _ in range(30):
        run.player.tally.action_ended("look", 3.9, 0.2, Outcome.OK)
    run.player.tally.action_ended("look", 3.9, 0.2, Outcome.REJECTED)
    run.player.tally.levels["stock_left:1"] = 17.0
    line = last_line(run, left=lambda counts, expected: 0.25)
    for words in (
        "4 s of 10 s", "all", "39 started of 40 due (101 in all)", "6 actions/s",
        "p50 200 ms", "30 ok, 1 rejected", "stock left 1: 17", "schedule lag worst 4.2 ms",
        "error budget 25% left",
    ):  # fmt: skip
        assert words in line


def test_the_line_of_a_run_that_has_not_begun_is_a_line_too(run):
    run.now_s = -0.4
    line = last_line(run)
    assert "0 s of 10 s" in line
    assert "0 started of 0 due" in line
    assert "no reply yet" in line


def test_after_the_last_arrival_the_last_replies_are_waited_for(run):
    run.now_s = 12.0
    assert "last replies" in last_line(run)
    assert "of 101 due" in run.output.getvalue()


def test_without_a_terminal_a_line_is_whole_and_has_no_escape_codes(run):
    line = last_line(run)
    assert len(line) > 60
    assert "\x1b" not in run.output.getvalue()
    assert len(run.output.getvalue().splitlines()) == 1


def test_without_a_terminal_a_line_comes_at_least_every_ten_seconds(run, monkeypatch):
    assert screen_module.LINE_EVERY_S <= 10.0
    monkeypatch.setattr(screen_module, "LINE_EVERY_S", 0.01)
    with run.screen():
        while run.output.getvalue().count("\n") < 3:
            gevent.sleep(0.01)


def test_on_a_terminal_the_view_is_redrawn_and_a_line_is_left_behind(run, monkeypatch):
    monkeypatch.setattr(screen_module, "FRAME_EVERY_S", 0.01)
    with run.screen(terminal=True):
        while run.output.getvalue().count("throughput") < 2:
            gevent.sleep(0.01)
    assert "0 started of 40 due" in run.output.getvalue().splitlines()[-1]


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.EIO, "the terminal is gone")


def test_a_run_goes_on_when_nobody_reads_its_lines_any_more(run):
    run.output = Gone()
    with run.screen():
        pass
