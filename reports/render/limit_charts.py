"""Charts of a search for the limit: what the platform gave at each arrival rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.analysis.quantiles import Floats
from reports.render import limit_wording, wording
from reports.render.charts import Chart
from reports.render.figure import (
    SMALL_PT,
    EndLabel,
    drawn,
    end_labels,
    seconds_axis,
    unit_label,
    value_axis,
)
from reports.render.palette import STAND_IN as C
from reports.slo.limit import Limit
from reports.slo.objective import Objective

COLOURS = {"held": "good", "broke": "bad", "unclear": "unsure", "generator_limited": "void"}
LINES = {"p50": "third", "p95": "first", "p99": "ink"}


def limit_charts(limit: Limit, objectives: Sequence[Objective]) -> tuple[Chart, ...]:
    """Goodput and response time by arrival rate; none when no stair was played to its end."""
    if not limit.stairs:
        return ()
    charts = [_goodput_chart(limit)]
    if any(each.n for each in limit.times_s):
        charts.append(_response_time_chart(limit, objectives))
    return tuple(charts)


def _goodput_chart(limit: Limit) -> Chart:
    rates, goodput = _rates(limit), [each.goodput_per_s for each in limit.stairs]

    def draw(axes: Axes) -> None:
        _rate_axis(axes, limit)
        axes.plot(rates, goodput, color=C["planned"], linewidth=1.8)
        for at, stair in zip(rates, limit.stairs, strict=True):
            axes.plot([at], [stair.goodput_per_s], "o", color=C[COLOURS[stair.outcome]])
        value_axis(axes, "actions ok per second", top=1.1 * max(*goodput, 1.0))

    seen = dict.fromkeys(each.outcome for each in limit.stairs)
    return Chart(
        title="Goodput by arrival rate",
        caption="Actions that ended ok, by the arrival rate of their step of the ramp. While the "
        "platform keeps up, the line is straight; where it bends, more visitors bring nothing.",
        svg=drawn("goodput-by-rate", draw),
        legend=tuple(
            (COLOURS[each], limit_wording.STAIR_WORDS[each], str(_count(limit, each)))
            for each in seen
        ),
    )


def _response_time_chart(limit: Limit, objectives: Sequence[Objective]) -> Chart:
    rates = _rates(limit)
    columns = {
        name: np.array([getattr(each, name) or np.nan for each in limit.times_s]) for name in LINES
    }
    known = np.concatenate(list(columns.values()))
    known = known[np.isfinite(known)]
    limits_s = sorted({each.below_s for each in objectives if each.below_s is not None})

    def draw(axes: Axes) -> None:
        _rate_axis(axes, limit)
        highest_s = max([float(known.max(initial=1e-3)), *limits_s]) * 1.5
        seconds_axis(axes, float(known.min(initial=1.0)) / 1.5, highest_s)
        unit_label(axes, "response time, logarithmic")
        for limit_s in limits_s:
            axes.axhline(limit_s, color=C["limit"], linewidth=1.4, linestyle=(0, (5, 3)))
        for name, colour in LINES.items():
            axes.plot(rates, columns[name], color=C[colour], linewidth=1.8, marker="o", ms=4)
        end_labels(axes, [*_limit_labels(limits_s), *_line_labels(columns)])

    return Chart(
        title="Response time by arrival rate",
        caption="All steps of the funnel together, exact percentiles of the judged part of each "
        "step of the ramp. Dashed are the limits of objectives, which may concern single steps.",
        svg=drawn("response-time-by-rate", draw, height_pt=280),
    )


def _limit_labels(limits_s: Sequence[float]) -> Iterator[EndLabel]:
    for each in limits_s:
        text = f"limit {wording.short_seconds(each)}"
        yield EndLabel(y=each, text=text, colour=C["limit"])


def _line_labels(columns: Mapping[str, Floats]) -> Iterator[EndLabel]:
    for name, values in columns.items():
        finite = values[np.isfinite(values)]
        if len(finite):
            yield EndLabel(y=float(finite[-1]), text=name, colour=C[LINES[name]])


def _rates(limit: Limit) -> list[float]:
    return [each.stair.rate_per_s for each in limit.stairs]


def _count(limit: Limit, outcome: str) -> int:
    return sum(each.outcome == outcome for each in limit.stairs)


def _rate_axis(axes: Axes, limit: Limit) -> None:
    """Visits a second along the bottom; the knee's interval as a band, knee and break as lines."""
    highest = max(_rates(limit))
    axes.set_xlim(0, highest * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}/s"))
    if limit.knee:
        axes.axvspan(
            limit.knee.lowest_per_s,
            limit.knee.highest_per_s,
            color=C["band"],
            linewidth=0,
            zorder=-5,
        )
        _mark(axes, limit.knee.rate_per_s, "knee ", "muted", side="right", inside=True)
    if limit.held:
        _mark(axes, limit.held.stair.rate_per_s, "held ", "good", side="right")
    if limit.broke:
        _mark(axes, limit.broke.stair.rate_per_s, " broke", "bad", side="left")


def _mark(
    axes: Axes, at_per_s: float, name: str, colour: str, *, side: str, inside: bool = False
) -> None:
    """A dotted line with its name beside its top, so that neighbours' names do not meet."""
    axes.axvline(at_per_s, color=C[colour], linewidth=1.2, linestyle=(0, (1, 2)))
    axes.text(
        at_per_s, 0.98 if inside else 1.02, name, ha=side, va="top" if inside else "bottom",
        transform=axes.get_xaxis_transform(), fontsize=SMALL_PT, color=C[colour],
    )  # fmt: skip
