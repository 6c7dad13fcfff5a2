"""Charts of one run over time: rates, response times, outcomes, stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from reports.analysis.quantiles import Floats
from reports.analysis.timeline import Timeline, stock_left, timeline_of
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.render import wording
from reports.render.figure import (
    EndLabel,
    drawn,
    end_labels,
    plain,
    room_for,
    seconds_axis,
    time_axis,
    unit_label,
    value_axis,
)
from reports.render.palette import STAND_IN as C
from reports.slo.objective import Objective

MOST_STOCK_LINES = 6
FEW_WINDOWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart with its title and one sentence on how to read it. Without data, `svg` is empty
    and `caption` says so. `legend` holds (colour, name, figure)."""

    title: str
    caption: str
    svg: str = ""
    legend: tuple[tuple[str, str, str], ...] = ()


def run_charts(record: RunRecord, objectives: Sequence[Objective]) -> tuple[Chart, ...]:
    """The charts over time, in the order of the page."""
    timeline = timeline_of(record)
    return (
        rates_chart(record, timeline),
        response_time_chart(record, timeline, objectives),
        outcomes_chart(record, timeline),
        stock_chart(record, timeline),
    )


def _end_s(record: RunRecord, timeline: Timeline) -> float:
    """The plan's end, or the last action's when that came later by at most a fifth."""
    plan_s = record.manifest.plan.duration_s
    return min(len(timeline.middle_s) * timeline.window_s, plan_s * 1.2)


def _time_axis(axes: Axes, record: RunRecord, timeline: Timeline) -> None:
    time_axis(axes, _end_s(record, timeline), record.manifest.plan.phases)


def rates_chart(record: RunRecord, timeline: Timeline) -> Chart:
    """Planned arrivals, started visits and finished actions a second."""
    title = "Offered against achieved"
    if not record.manifest.plan.planned_visits:
        return Chart(title=title, caption="The plan has no arrivals.")
    lines = (
        ("planned", "visits planned", timeline.planned_per_s, 5.0),
        ("first", "visits started", timeline.started_per_s, 1.8),
        ("second", "actions finished", timeline.finished_per_s, 1.8),
    )

    def draw(axes: Axes) -> None:
        _time_axis(axes, record, timeline)
        for colour, _, values, width in lines:
            axes.plot(timeline.middle_s, values, color=C[colour], linewidth=width)
        value_axis(axes, "per second", top=1.08 * max(float(each[2].max()) for each in lines))

    return Chart(
        title=title,
        caption="Where the thin line of started visits leaves the broad one of planned visits, "
        f"the run did not offer what was asked for. Windows of "
        f"{wording.short_seconds(timeline.window_s)}.",
        svg=drawn("rates", draw),
        legend=tuple(
            (colour, name, f"{values.sum() * timeline.window_s:,.0f}")
            for colour, name, values, _ in lines
        ),
    )


def response_time_chart(
    record: RunRecord, timeline: Timeline, objectives: Sequence[Objective]
) -> Chart:
    """Percentiles of the response time over all steps, with the limits that were promised."""
    title = "Response time"
    percentiles = timeline.percentiles_s
    known = np.concatenate([each[np.isfinite(each) & (each > 0)] for each in percentiles.values()])
    if not len(known):
        return Chart(title=title, caption="No action came to an end, so there are no times.")
    limits = sorted({each.below_s for each in objectives if each.below_s is not None})

    def draw(axes: Axes) -> None:
        _time_axis(axes, record, timeline)
        highest_s = max(float(known.max()), *limits, 0.0) * 1.5
        seconds_axis(axes, float(known.min()) / 1.5, highest_s)
        unit_label(axes, "response time, logarithmic")
        marked = len(known) <= FEW_WINDOWS * len(percentiles)
        end_labels(
            axes, [*_limit_lines(axes, limits), *_percentile_lines(axes, timeline, marked=marked)]
        )

    return Chart(
        title=title,
        caption="From the instant an action was due until its reply, all steps together, by the "
        f"instant it was due. Exact percentiles in windows of "
        f"{wording.short_seconds(timeline.window_s)}; in one of fewer than 100 actions p99 is the "
        "slowest."
        + " Dashed are the limits of objectives, which may concern single steps."
        * bool(limits),
        svg=drawn("response-time", draw, height_pt=280),
    )


def _limit_lines(axes: Axes, limits_s: Sequence[float]) -> Iterator[EndLabel]:
    for limit_s in limits_s:
        axes.axhline(limit_s, color=C["limit"], linewidth=1.4, linestyle=(0, (5, 3)))
        name = f"limit {wording.short_seconds(limit_s)}"
        yield EndLabel(y=limit_s, text=name, colour=C["limit"])


def _percentile_lines(axes: Axes, timeline: Timeline, *, marked: bool) -> Iterator[EndLabel]:
    colours = {"p50": C["third"], "p95": C["first"], "p99": C["ink"]}
    for name, values in timeline.percentiles_s.items():
        axes.plot(
            timeline.middle_s, values, color=colours[name], linewidth=1.8,
            marker="o" if marked else "", markersize=3,
        )  # fmt: skip
        last = float(values[np.isfinite(values)][-1])
        yield EndLabel(y=last, text=name, colour=colours[name])


def outcomes_chart(record: RunRecord, timeline: Timeline) -> Chart:
    """How actions ended, what went wrong at the bottom where it can be seen."""
    title = "Outcomes"
    totals = {word: int(values.sum()) for word, values in timeline.outcomes.items()}
    if not sum(totals.values()):
        return Chart(title=title, caption="No action was recorded.")
    worst_first = ("failed", "timed_out", "abandoned", "not_sent", "rejected", "ok")
    assert set(worst_first) == {each.word for each in Outcome}
    present = [word for word in worst_first if totals[word]]

    def draw(axes: Axes) -> None:
        _time_axis(axes, record, timeline)
        _stacked_bars(axes, timeline, present)

    everything = sum(totals.values())
    return Chart(
        title=title,
        caption="By the instant an action was due. What went wrong stands at the bottom.",
        svg=drawn("outcomes", draw),
        legend=tuple(
            (
                word,
                word.replace("_", " "),
                f"{totals[word]:,} · {wording.part_percent(totals[word], everything, 2)}",
            )
            for word in reversed(present)
        ),
    )


def _stacked_bars(axes: Axes, timeline: Timeline, words: Sequence[str]) -> None:
    """One bar a window, the first of `words` at the bottom."""
    below = np.zeros(len(timeline.middle_s))
    for word in words:
        height = timeline.outcomes[word] / timeline.window_s
        axes.bar(
            timeline.middle_s, height, timeline.window_s * 0.86, bottom=below, color=C[word],
            linewidth=0,
        )  # fmt: skip
        below = below + height
    value_axis(axes, "actions per second", top=1.05 * float(below.max()))


def stock_chart(record: RunRecord, timeline: Timeline) -> Chart:
    """Units left of the products with the largest stock."""
    title = "Stock left"
    plan = record.manifest.plan
    readings = stock_left(record)
    if not plan.stock:
        return Chart(title=title, caption="This campaign sells from no limited stock.")
    if not readings:
        return Chart(title=title, caption="The stock was not read during this run.")
    shown = sorted(readings, key=lambda sku: -plan.stock[sku])[:MOST_STOCK_LINES]

    def draw(axes: Axes) -> None:
        _time_axis(axes, record, timeline)
        _stock_lines(axes, plan.stock, {sku: readings[sku] for sku in shown}, labels)
        most = max(max(plan.stock[sku], *readings[sku][1]) for sku in shown)
        value_axis(axes, "units left", top=1.08 * most)
        end_labels(axes, labels)

    labels = _stock_labels({sku: readings[sku] for sku in shown})
    hidden = len(readings) - len(shown)
    more = f" {hidden} products with less stock are not drawn." if hidden else ""
    return Chart(
        title=title,
        caption=f"As read while the run went on.{_sold_out(shown, readings)}{more}",
        svg=drawn("stock", draw, right_pt=room_for(each.text for each in labels)),
    )


def _stock_labels(readings: Mapping[int, tuple[Floats, Floats]]) -> list[EndLabel]:
    """What is left of each in the end."""
    colours = [C[each] for each in ("first", "second", "good", "void", "third", "muted")]
    assert len(colours) == MOST_STOCK_LINES
    left = {sku: float(units[-1]) for sku, (_, units) in readings.items()}
    return [
        EndLabel(y=units, text=f"SKU {sku}: {plain(units) if units > 0 else 'none'}", colour=colour)
        for (sku, units), colour in zip(left.items(), colours, strict=False)
    ]


def _stock_lines(
    axes: Axes,
    stock: Mapping[int, int],
    readings: Mapping[int, tuple[Floats, Floats]],
    labels: Sequence[EndLabel],
) -> None:
    for (sku, (t_s, units)), label in zip(readings.items(), labels, strict=True):
        # A model may put more on sale than the campaign does.
        at_first = max(float(stock[sku]), float(units[0]))
        from_start_s, left = np.append(0.0, t_s), np.append(at_first, units)
        axes.step(from_start_s, left, where="post", color=label.colour, linewidth=1.8)


def _sold_out(shown: Sequence[int], readings: Mapping[int, tuple[Floats, Floats]]) -> str:
    """When the products were gone, as a sentence."""
    gone = [
        f"SKU {sku} at {_instant(float(t_s[units <= 0][0]))}"
        for sku, (t_s, units) in ((sku, readings[sku]) for sku in shown)
        if (units <= 0).any()
    ]
    return f" Sold out: {', '.join(gone)}." if gone else ""


def _instant(t_s: float) -> str:
    """`4.0 s`, from 10 minutes on as on the axis."""
    return f"{t_s:.1f} s" if t_s < wording.CLOCK_FROM_S else wording.clock(t_s)
