"""What a person sees of a run while it lasts: a live view, or a line every 10 s."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

import gevent
import numpy as np
from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reports.record.manifest import PlanFacts
from reports.record.outcome import Outcome
from scenarios.shoppers.limit_search import LimitSearch
from scenarios.shoppers.playing import Playing
from scenarios.shoppers.tally import WINDOW_S

LINE_EVERY_S = 10.0
FRAME_EVERY_S = 0.5
PICTURE_COLUMNS = 60
BLOCKS = "▁▂▃▄▅▆▇█"

BudgetLeft = Callable[[Mapping[str, Sequence[int]], Mapping[str, float]], float | None]
"""From counts by outcome code for each step, and the actions of each step expected in the whole
run, to the share of the error budget that is left; None where no objective has one."""


class Screen:
    """Shows `player` on `console` until the block ends.

    Drawing is slow, so it runs in a thread of its own and pacing is not held up.
    """

    def __init__(
        self,
        player: Playing,
        facts: PlanFacts,
        console: Console,
        budget_left: BudgetLeft,
        *,
        search: LimitSearch | None = None,
    ) -> None:
        self._player = player
        self._facts = facts
        self._console = console
        self._budget_left = budget_left
        self._search = search
        self._due = np.concatenate([[0], np.cumsum(facts.arrivals_per_second)])
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
        tally, now_s = self._player.tally, self._player.clock.now_s()
        recent_s = tally.recent_response_times_s(now_s)
        started = tally.started_visits
        due = max(started + tally.not_sent_visits, self._planned_until(now_s))
        planned = self._facts.planned_visits
        words = {
            "time": f"{max(0.0, now_s):.0f} s of {self._facts.duration_s:.0f} s",
            "phase": self._phase(now_s),
            "arrivals": f"{started:,} started of {due:,} due ({planned:,} in all)",
            "throughput": f"{len(recent_s) / WINDOW_S:.0f} actions/s",
            "response time": percentiles_ms(recent_s),
            "in flight": f"{tally.in_flight:,}",
            "outcomes": _outcomes(tally.outcomes()),
            "schedule lag": f"worst {tally.worst_lag_s * 1000:.1f} ms",
        }
        if tally.workers:
            words["workers"] = tally.workers
        stock = {n: v for n, v in dict(tally.levels).items() if n.startswith("stock_left:")}
        if stock:
            words["stock left"] = ", ".join(
                f"{name.removeprefix('stock_left:')}: {value:.0f}" for name, value in stock.items()
            )
        if self._search:  # Its last stairs are meant to spend more than any budget.
            words["limit"] = self._search.reading(now_s)
        else:
            left = self._budget_left(tally.outcomes_by_step, self._facts.expected_actions)
            words["error budget"] = "no objective has one" if left is None else f"{left:.0%} left"
        return words

    def _line(self) -> str:
        reading = self._reading()
        order = ("time", "phase", "arrivals", "throughput", "response time", "outcomes")
        more = ("limit", "workers", "stock left", "schedule lag", "error budget")
        parts = [reading[name] for name in order]
        return " · ".join(parts + [f"{name} {reading[name]}" for name in more if name in reading])

    def _picture(self) -> RenderableType:
        now_s = max(0.0, self._player.clock.now_s())
        table = Table.grid(padding=(0, 2))
        table.add_row(Text("planned", style="dim"), self._planned_picture(now_s))
        for name, words in self._reading().items():
            table.add_row(Text(name, style="dim"), Text(words))
        return table

    def _planned_picture(self, now_s: float) -> Text:
        """The planned arrival rate over the run as a line of blocks, bright as far as played."""
        edges_s = np.linspace(0, len(self._due) - 1, PICTURE_COLUMNS + 1)
        arrivals = np.diff(np.interp(edges_s, np.arange(len(self._due)), self._due))
        heights = arrivals / max(arrivals.max(), 1e-9) * (len(BLOCKS) - 1)
        blocks = "".join(BLOCKS[round(height)] for height in heights.tolist())
        played = int(np.searchsorted(edges_s, now_s))
        return Text.assemble((blocks[:played], "bold cyan"), (blocks[played:], "dim"))

    def _phase(self, now_s: float) -> str:
        for phase in self._facts.phases:
            if now_s < phase.end_s:
                return phase.name
        return "last replies"

    def _planned_until(self, now_s: float) -> int:
        """Planned arrivals until now; within a second they are taken as evenly spread."""
        return int(np.interp(now_s, np.arange(len(self._due)), self._due))


def print_for_reader(console: Console, line: Text) -> None:
    """Prints `line`. That nobody reads any more (`doorbuster run ... | head`) ends no run."""
    # Rich hides the console when the pipe has broken, and leaves by SystemExit.
    with contextlib.suppress(OSError, SystemExit):
        console.print(line, soft_wrap=True)


def percentiles_ms(seconds: list[float]) -> str:
    """p50, p95 and p99 in milliseconds, for the screen only: interpolated, and of the last few
    seconds. The exact ones are made from the record."""
    if not seconds:
        return "no reply yet"
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1000
    of = f"about, last {WINDOW_S:.0f} s"
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms ({of})"


def _outcomes(counts: Sequence[int]) -> str:
    words = (f"{count:,} {Outcome(code).word}" for code, count in enumerate(counts) if count)
    return ", ".join(words) or "no action has ended yet"
