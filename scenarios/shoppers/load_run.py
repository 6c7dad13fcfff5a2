"""A load run from end to end, with a screen and a way to stop it."""

from __future__ import annotations

import contextlib
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

    def say(words: str) -> None:
        # That nobody reads any more (`doorbuster run ... | head`) must not end the run.
        # Rich hides the console then and leaves by SystemExit.
        with contextlib.suppress(OSError, SystemExit):
            console.print(words, style="dim")

    session = LoadSession(run)
    with (
        Screen(session.player, session.writer.manifest.plan, console, budget_left) as screen,
        stopping_on_signals(session.player, session.writer, say, tidy_terminal=screen.leave),
    ):
        ending = play(session.player)
    if session.has_books:
        say("reconciling stock, orders and confirmations ...")
    return session.finish(ending)
