"""A load run from end to end, with a screen and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from reports.record.manifest import Ending, Manifest
from scenarios.shoppers.crowd import play_under_locust
from scenarios.shoppers.load_session import LoadRun, LoadSession
from scenarios.shoppers.player import Player
from scenarios.shoppers.screen import BudgetLeft, Screen
from scenarios.shoppers.signals import stopping_on_signals


def play_load(
    run: LoadRun,
    *,
    console: Console,
    budget_left: BudgetLeft,
    play: Callable[[Player], Ending] = play_under_locust,
) -> Manifest:
    """Plays `run` and returns the finished manifest.

    Ctrl-C once ends the run gracefully, twice at once. Raises what LoadSession raises.
    """
    session = LoadSession(run)
    with (
        stopping_on_signals(session.player, session.writer, console.print),
        Screen(session.player, session.writer.manifest.plan, console, budget_left),
    ):
        ending = play(session.player)
    if session.has_books:
        console.print("reconciling stock, orders and confirmations ...", style="dim")
    return session.finish(ending)
