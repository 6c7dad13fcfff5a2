"""Options that the verbs of the simulation share, and how their values are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from scenarios.workload.limits import IN_FLIGHT_LIMIT

Verb = TypeVar("Verb", bound=Callable[..., Any])


class RatioType(click.ParamType[float]):
    """`2 %` or 0.02."""

    name = "ratio"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        from reports.documents.quantity import ratio

        try:
            found = ratio(_number_or_text(value))
        except ValueError as error:
            self.fail(f"{error}, got {value!r}", param, ctx)
        if not 0 < found < 1:
            self.fail(f"must be between 0 % and 100 %, got {value!r}", param, ctx)
        return found


class DurationType(click.ParamType[float]):
    """`30s`, `500ms`, `2min`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        from reports.documents.quantity import positive_seconds

        if isinstance(value, float):
            return value
        try:
            return positive_seconds(value)
        except ValueError as error:
            self.fail(f"{error}, got {value!r}", param, ctx)


class ReplicationsType(click.ParamType["int | None"]):
    """A number of replications; `auto`, which is None, as many as the precision takes."""

    name = "number|auto"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value == "auto" or value is None:
            return None
        found: int = click.IntRange(min=1).convert(value, param, ctx)
        return found


_ROWS = {"all": 1, "none": 0}


class RowsType(click.ParamType[int]):
    """Of which visits rows are kept: `all`, `none` (0), or every so many-th."""

    name = "all|none|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value in _ROWS:
            return _ROWS[value]
        found: int = click.IntRange(min=1).convert(value, param, ctx)
        return found


class TracedType(click.ParamType[tuple[int, int]]):
    """`0:1000`: visits from the first number up to but not including the second."""

    name = "first:end"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        first, _, end = str(value).partition(":")
        if not (first.isdecimal() and end.isdecimal() and int(first) < int(end)):
            self.fail(f"must be FIRST:END as in 0:1000, got {value!r}", param, ctx)
        return int(first), int(end)


def say_slips(slips: Iterable[object]) -> None:
    """On standard error, each once: what was perhaps written by mistake, and where."""
    for each in dict.fromkeys(slips):
        click.echo(f"note: {each}", err=True)


def played(verb: Verb) -> Verb:
    """Adds MODEL, CAMPAIGN, changes of the model, and how to play them."""
    for option in reversed(_PLAYED):
        verb = option(verb)
    return model_and_campaign(verb)


def model_and_campaign(verb: Verb) -> Verb:
    """Adds MODEL, CAMPAIGN, and changes of the model."""
    for option in reversed(_MODEL_AND_CAMPAIGN):
        verb = option(verb)
    return verb


def replications(default: str) -> Callable[[Verb], Verb]:
    """Adds how often to play."""

    def add(verb: Verb) -> Verb:
        verb = click.option(
            "--precision",
            type=RatioType(),
            default="2 %",
            show_default=True,
            help="With --replications auto: how closely everything is to be known.",
        )(verb)
        return click.option(
            "--replications",
            type=ReplicationsType(),
            default=default,
            show_default=True,
            help="How often to play it, each time with other luck; auto: until it is precise.",
        )(verb)

    return add


_MODEL_AND_CAMPAIGN = (
    click.argument("model", default="reference_shop"),
    click.argument("campaign", default="flash_sale"),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Change the model before it is read, such as stations.payment.servers=40.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "event", "kernel"]),
        default="auto",
        show_default=True,
        help="event: SimPy, to be read and extended; kernel: compiled, for size.",
    ),
    click.option("--seed", type=click.IntRange(min=0), help="Instead of the campaign's own."),
)
_PLAYED = (
    click.option("--speed", type=float, default=1.0, help="Play it so many times as fast."),
    click.option("--amplify", type=float, default=1.0, help="Multiply its arrival rates."),
    click.option(
        "--in-flight",
        type=click.IntRange(min=1),
        default=IN_FLIGHT_LIMIT,
        show_default=True,
        help="Visits in play at once; above it visits are recorded as not_sent.",
    ),
    click.option(
        "--drain",
        "drain_s",
        type=DurationType(),
        default=math.inf,
        help="End so long after the last arrival. [default: when the last work is done]",
    ),
)


def _number_or_text(value: Any) -> Any:
    try:
        return float(value)
    except ValueError:
        return value
