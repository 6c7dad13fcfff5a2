"""What a person sees while replications are played: how many, and how precise they are by now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sim.replication.replicated_run import Progress, Tell

LINE_EVERY_S = 10.0


@contextmanager
def replications_progress(console: Console, *, clock: Callable[[], float]) -> Iterator[Tell]:
    """Gives the function to tell the progress to: a bar, or a line every 10 s. `clock` is a wall
    clock in seconds."""
    if console.is_terminal:
        columns = TextColumn("replications"), BarColumn(), TextColumn("{task.fields[words]}")
        # Replications fork, and a thread that prints might hold a lock just then.
        with Bar(*columns, TimeRemainingColumn(), console=console, auto_refresh=False) as bar:
            task = bar.add_task("", words="")
            yield lambda told: bar.update(
                task, completed=told.done, total=told.wanted, words=in_words(told), refresh=True
            )
        return
    said_s = clock()

    def line(told: Progress) -> None:
        nonlocal said_s
        if clock() - said_s >= LINE_EVERY_S:
            said_s = clock()
            console.print(f"replications: {in_words(told)}", highlight=False)

    yield line


def in_words(told: Progress) -> str:
    """`12 of 40, to ±3.1 %`."""
    reached = "" if told.reached_ratio is None else f", to ±{100 * told.reached_ratio:.2g} %"
    return f"{told.done:,} of {told.wanted:,}{reached}"
