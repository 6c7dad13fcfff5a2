"""What a person sees of a run while it lasts: a live view, or a line every 10 s."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Callable, Mapping, Sequence

import gevent
import numpy as np
from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from scenarios.shoppers.limit_search import LimitSearch
from scenarios.shoppers.live_run import LiveRun
from scenarios.shoppers.live_words import live_words

LINE_EVERY_S = 10.0
FRAME_EVERY_S = 0.5
PICTURE_COLUMNS = 60
BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN = ("time", "phase", "arrivals", "throughput", "response time", "outcomes")
"""What speaks for itself in a line, without its name."""
FIRST = (
    "time",
    "phase",
    "stopping",
    *PLAIN[2:],
    "limit",
    "error budget",
    "schedule lag",
    "in flight",
)
"""How a line begins, so that a narrow reader sees what matters; the rest follows as it comes."""
ROW_LINES = 1.8
"""How much of a row is shown, in lines: of two, words fill not all."""
STYLES = {"stopping": "bold magenta"}

BudgetLeft = Callable[[Mapping[str, Sequence[int]], Mapping[str, float]], float | None]
"""From counts by outcome code for each step, and the actions of each step expected in the whole
run, to the share of the error budget that is left; None where no objective has one."""


class Screen:
    """Shows `live` on `console` until the block ends.

    Drawing is slow, so it runs in a thread of its own and pacing is not held up.
    """

    def __init__(
        self,
        live: LiveRun,
        console: Console,
        budget_left: BudgetLeft,
        *,
        search: LimitSearch | None = None,
    ) -> None:
        self._run = live
        self._console = console
        self._budget_left = budget_left
        self._search = search
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def __enter__(self) -> Screen:
        if self._console.is_terminal:
            self._live.start()
        self._greenlet = gevent.spawn(self._refresh)
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self._print_line()

    def leave(self) -> None:
        """Stops drawing and gives the terminal back as it was."""
        if self._greenlet:
            self._greenlet.kill()
        if self._console.is_terminal:
            self._live.stop()

    def _refresh(self) -> None:
        draw = self._frame if self._console.is_terminal else self._print_line
        every_s = FRAME_EVERY_S if self._console.is_terminal else LINE_EVERY_S
        pool = gevent.get_hub().threadpool
        while True:
            gevent.sleep(every_s)
            pool.apply(draw)

    def _print_line(self) -> None:
        print_for_reader(self._console, Text(self._line()))

    def _frame(self) -> None:
        self._live.update(self._picture(), refresh=True)

    def _reading(self) -> dict[str, str]:
        """What is shown, in words: the same for the live view and for the line."""
        figures = self._run.figures()
        words = live_words(figures)
        if self._search:  # Its last stairs are meant to spend more than any budget.
            words["limit"] = self._search.reading(figures.now_s)
        else:
            tally, expected = self._run.tally, self._run.facts.expected_actions
            left = self._budget_left(tally.outcomes_by_step, expected)
            words["error budget"] = (
                "no objective has one" if left is None else f"{100 * left:.0f} % left"
            )
        return words

    def _line(self) -> str:
        reading = self._reading()
        order = dict.fromkeys((*FIRST, *reading))
        return " · ".join(
            reading[name] if name in PLAIN else f"{name} {reading[name]}"
            for name in order
            if name in reading
        )

    def _picture(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        reading = self._reading()
        names = max(map(len, reading)) + 4  # and the space around both columns
        columns = max(10, min(PICTURE_COLUMNS, self._console.width - names))
        table.add_row(Text("planned", style="dim"), self._planned_picture(columns))
        room = max(20, int(ROW_LINES * (self._console.width - names)))
        for name, words in reading.items():
            shown = textwrap.shorten(words, room, placeholder=" …")
            table.add_row(Text(name, style="dim"), Text(shown, STYLES.get(name, "")))
        return table

    def _planned_picture(self, columns: int) -> Text:
        """The planned arrival rate over the run as a line of blocks, bright as far as played."""
        edges_s = np.linspace(0, self._run.facts.duration_s, columns + 1)
        arrivals = np.array(self._run.arrivals_between(edges_s.tolist()))
        heights = arrivals / max(arrivals.max(), 1e-9) * (len(BLOCKS) - 1)
        blocks = "".join(BLOCKS[round(height)] for height in heights.tolist())
        played = int(np.searchsorted(edges_s, max(0.0, self._run.now_s())))
        return Text.assemble((blocks[:played], "bold cyan"), (blocks[played:], "dim"))


def print_for_reader(console: Console, line: Text) -> None:
    """Prints `line`. That nobody reads any more (`doorbuster run ... | head`) ends no run."""
    # Rich hides the console when the pipe has broken, and leaves by SystemExit.
    with contextlib.suppress(OSError, SystemExit):
        console.print(line, soft_wrap=True)
