"""A load that a person attends, from end to end: with a screen and a way to stop it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from reports.record.manifest import Ending, Manifest
from scenarios.shoppers.crowd import play_under_locust
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.load_session import Crew, LoadSession
from scenarios.shoppers.screen import BudgetLeft, Screen, print_for_reader
from scenarios.shoppers.signals import stopping_on_signals


def play_load(
    run: LoadRun, *, console: Console, budget_left: BudgetLeft, crew: Crew | None = None
) -> Manifest:
    """Plays `run`, or lets its `crew` play it, and returns the finished manifest.

    Ctrl-C once ends the run gracefully, twice at once. Raises what LoadSession raises.
    """

    def say(words: str) -> None:
        print_for_reader(console, Text(words, "dim"))

    def leave_at_once(ending: Ending) -> None:
        screen.leave()
        session.leave_at_once(ending)
        say(f"ended at once\nrecord  {run.directory}\njudge   doorbuster report {run.directory}")

    with LoadSession(run, crew=crew) as session:
        with (
            Screen(session.live, console, budget_left, search=session.search) as screen,
            stopping_on_signals(session.player, say, leave_at_once=leave_at_once),
        ):
            ending = session.player.play() if crew else play_under_locust(session.player)
        if session.has_books:
            say("reconciling stock, orders and confirmations ...")
        return session.finish(ending)
