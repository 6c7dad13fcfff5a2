"""What a search for the limit found, for a terminal: a few lines and the last steps of the ramp."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reports.analysis.quantiles import Quantiles
from reports.render import limit_wording, wording
from reports.slo.limit import Limit
from reports.slo.stair_verdict import StairVerdict

STYLES = {
    "held": "green",
    "broke": "bold red",
    "unclear": "yellow",
    "generator_limited": "magenta",
}


def limit_lines(limit: Limit, room: int) -> list[RenderableType]:
    """The finding and as many of the last steps as `room` lines hold, the earlier ones counted."""
    lines: list[RenderableType] = [
        Text(f"{name:<6} {words}", no_wrap=True, overflow="ellipsis")
        for name, words in limit_wording.findings(limit).items()
    ]
    fits = room - len(lines) - 2
    if not limit.stairs or fits < 1:
        return lines
    stairs = list(zip(limit.stairs, limit.times_s, strict=True))
    if limit.broke:
        stairs = stairs[: limit.stairs.index(limit.broke) + 1]
    if (left := len(stairs) - fits) > 0:
        first = limit_wording.rate(limit.stairs[0].stair.rate_per_s)
        lines.append(Text(f"{left} earlier steps, from {first} on, are on the page", "dim"))
    return [*lines, _table(stairs[-fits:])]


def _table(stairs: Sequence[tuple[StairVerdict, Quantiles]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("rate", "goodput/s", "p50", "p95", "p99"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("nearest to its target", overflow="ellipsis", no_wrap=True)
    table.add_column("", no_wrap=True)
    for stair, times_s in stairs:
        weakest = limit_wording.weakest(stair)
        table.add_row(
            limit_wording.rate(stair.stair.rate_per_s),
            f"{stair.goodput_per_s:,.0f}",
            *(wording.seconds(each) for each in (times_s.p50, times_s.p95, times_s.p99)),
            Text(limit_wording.share(weakest)) if weakest else "",
            Text(limit_wording.STAIR_WORDS[stair.outcome], STYLES[stair.outcome]),
        )
    return table
