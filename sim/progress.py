"""What a person sees of a simulation while it lasts: a bar, or a line every 10 s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 10.0


@contextmanager
def simulation_progress(
    console: Console, *, name: str, duration_s: float, clock: Callable[[], float]
) -> Iterator[Callable[[float], None]]:
    """Gives the function to tell the virtual time to. `clock` is a wall clock in seconds."""
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(f"simulating {name}", total=duration_s, at="0 s")
            yield lambda at_s: bar.update(
                task, completed=min(at_s, duration_s), at=f"{at_s:.0f} of {duration_s:.0f} s"
            )
        return
    said_s = clock()

    def line(at_s: float) -> None:
        nonlocal said_s
        if clock() - said_s >= LINE_EVERY_S:
            said_s = clock()
            console.print(f"simulating {name}: {at_s:.0f} of {duration_s:.0f} s", highlight=False)

    yield line


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[at]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)
