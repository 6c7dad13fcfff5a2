"""What a person sees of a run: the same figures in the live view and in the line of a log."""

from __future__ import annotations

import errno
import io

import gevent
import pytest
from rich.console import Console

from reports.record.manifest import ArmedGuard
from reports.record.outcome import Outcome
from scenarios.shoppers import screen as screen_module
from scenarios.shoppers.screen import Screen
from tests.scenarios.shoppers.still_run import StillRun


class Run(StillRun):
    """A still run and what is shown of it."""

    def __init__(self) -> None:
        super().__init__()
        self.output = io.StringIO()

    def screen(
        self, *, terminal: bool = False, left=lambda counts, expected: None, search=None
    ) -> Screen:
        console = Console(file=self.output, force_terminal=terminal, width=60)
        return Screen(self.live, console, left, search=search)


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


def test_the_line_tells_what_was_due_and_what_was_started(run):
    tally = run.player.tally
    for _ in range(39):
        tally.visit_started(0.0042)
    for _ in range(30):
        tally.action_ended("look", 0.2, Outcome.OK)
    tally.action_ended("look", 0.2, Outcome.REJECTED)
    tally.levels["stock_left:1"] = 17.0
    line = last_line(run, left=lambda counts, expected: 0.25)
    for words in (
        "4 s of 10 s", "all", "39 started of 40 due (100 in all)", "8 actions/s",
        "planned rate 10.1 visits/s now", "30 ok, 1 rejected", "stock left 1: 17",
        "worst 4.2 ms", "error budget 25 % left",
    ):  # fmt: skip
        assert words in line


def test_a_line_begins_with_what_matters(run):
    """A log or a narrow window cuts it off at the end."""
    run.player.tally.workers = "1 lost"
    run.player.stop.ask("aborted", "seen enough")
    line = last_line(run)
    order = (
        "4 s of 10 s", "all", "stopping aborted: seen enough", "0 started", "actions/s",
        "error budget", "schedule lag", "in flight", "planned rate", "workers 1 lost",
    )  # fmt: skip
    places = [line.index(words) for words in order]
    assert places == sorted(places)


def test_all_that_there_may_be_fits_a_terminal_of_80_by_24(run):
    tally = run.player.tally
    for code in Outcome:
        for step in ("look", "pay"):
            for _ in range(12):
                tally.action_ended(step, 1.5, code)
    tally.visit_started(12.3456)
    tally.visit_not_sent("look")
    tally.levels.update({f"stock_left:{sku}": 123_456.0 for sku in range(100, 150)})
    tally.workers = "2 of 9 play, " + ", ".join(f"lost: {number}" for number in range(40))
    fired = "failed of place_order > 5 % for 30 s, at least 100 actions"
    tally.guards = lambda: tuple(
        ArmedGuard(condition=fired, action="abort", fired_at_s=float(k)) for k in range(5)
    )
    run.player.stop.ask("aborted", f"guard {fired}: 31.4 % (113 of 360 actions) at 12.25 s " * 3)
    console = Console(file=run.output, force_terminal=True, width=80, height=24)
    picture = Screen(run.live, console, lambda counts, expected: -12.5, search=None)._picture()
    lines = console.render_lines(picture)
    assert len(lines) <= 24
    said = "\n".join("".join(segment.text for segment in line) for line in lines)
    assert "error budget" in said
    assert "worst step" in said


def test_a_lag_of_minutes_is_told_in_seconds(run):
    run.player.tally.visit_started(109.1222)
    assert "worst 109.1 s" in last_line(run)


def test_the_line_of_a_run_that_has_not_begun_is_a_line_too(run):
    run.now_s = -0.4
    line = last_line(run)
    assert "0 s of 10 s" in line
    assert "0 started of 0 due" in line
    assert "no reply yet" in line


def test_after_the_last_arrival_the_last_replies_are_waited_for(run):
    run.now_s = 12.0
    assert "last replies" in last_line(run)
    assert "of 100 due" in run.output.getvalue()


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


@pytest.mark.parametrize("columns", [44, 200])
def test_the_picture_of_the_planned_rate_fits_the_terminal(run, columns):
    """Its end was cut off, as if the run went on and on."""
    console = Console(file=io.StringIO(), width=columns, force_terminal=True)
    picture = Screen(run.live, console, lambda counts, expected: None)._picture()
    planned = "".join(each.text for each in console.render_lines(picture)[0])
    assert "…" not in planned
    assert len(planned.split()[1]) == min(60, columns - 17)
