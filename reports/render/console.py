"""Where the verbs print what a person reads."""

from __future__ import annotations

import os

from rich.console import Console

WITHOUT_A_TERMINAL = 160
"""Columns in a file, a pipe or a CI log, where nothing shows how wide lines may be."""


NARROWEST_TABLE = 76
"""Columns below which a table's figures would be cut; a narrower terminal wraps its lines."""


def with_room_for_tables(console: Console) -> Console:
    """`console`, from now on at least so wide that no figure or verdict of a table is cut."""
    console.width = max(console.width, NARROWEST_TABLE)
    return console


def reading_console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; without one, wide enough that no line is cut.

    `COLUMNS` counts before both.
    """
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WITHOUT_A_TERMINAL
    return console
