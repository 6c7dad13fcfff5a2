"""The verbs `plan` and `validate`: what would be sent, and whether files are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reports.slo.exit_code import ExitCode
from scenarios.rehearsal.document_kind import KINDS, check_document, kind_of, schema_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from reports.documents.mistake import Mistake
    from scenarios.workload.campaign_plan import CampaignPlan
    from scenarios.workload.plan_summary import PlanSummary


@click.command()
@click.argument("campaign", default="flash_sale")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the campaign's own.")
@click.option("--speed", type=float, default=1.0, help="Play it so many times as fast.")
@click.option("--amplify", type=float, default=1.0, help="Multiply its arrival rates.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the rate, the phases and the visits so far into this .svg or .png file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def plan(campaign: str, picture: Path | None, as_json: bool, **pace: Any) -> None:
    """Show what CAMPAIGN (a name or a file) would send, without sending anything.

    The rate curve, the phases, and the visits, actions and orders to expect. With a speed, the
    same visits come in a shorter time, and what that distorts is told.

    \b
    Examples:
      doorbuster plan
      doorbuster plan flash_sale --seed 7 --json
      doorbuster plan campaigns/my_sale.yaml
      doorbuster plan flash_sale --speed 10 --amplify 1.5 --picture plan.svg
    """
    import dataclasses
    import json

    from rich.console import Console

    from scenarios.workload.plan_summary import summary_of
    from scenarios.workload.played_campaign import played_campaign

    planned = played_campaign(campaign, **pace)
    summary = summary_of(planned)
    if picture is not None:
        _draw_plan(planned, summary, picture)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(summary), indent=2, ensure_ascii=False))
        return
    _show_plan(planned, summary, Console(highlight=False))


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--schema", type=click.Choice(list(KINDS)), help="Print a kind's JSON Schema.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def validate(files: tuple[str, ...], schema: str | None, as_json: bool) -> None:
    """Check FILEs and show every mistake in them with its line.

    Campaigns, objectives, adapters, targets and service models are told apart by the key that
    holds their name; a .py file is an adapter, and is run. Of one service model and one campaign
    it is seen as well whether the model can play the campaign. Exit code 2 when there is a mistake
    in any of them.

    \b
    Examples:
      doorbuster validate my_sale.yaml my_sale.objectives.yaml adapter.yaml
      doorbuster validate my_shop.yaml my_sale.yaml
      doorbuster validate --schema campaign > campaign.schema.json
    """
    import json

    if schema:
        click.echo(schema_of(schema), nl=False)
        return
    if not files:
        raise click.UsageError("name a file to check, or a kind with --schema")
    found = _checked_together([_checked(Path(each)) for each in files])
    is_valid = not any(each["mistakes"] for each in found)
    if as_json:
        click.echo(json.dumps({"valid": is_valid, "files": found}, indent=2, ensure_ascii=False))
    else:
        _show_checked(found)
    raise SystemExit(ExitCode.MET if is_valid else ExitCode.USAGE)


def _checked(file: Path) -> dict[str, Any]:
    """What was found in `file`: its kind (None when it cannot be told) and its mistakes."""
    from reports.documents.located_yaml import read_yaml
    from reports.documents.mistake import DocumentError
    from targets.adapters.python_file import read_python_adapter

    kind: str | None = None
    mistakes: tuple[Mistake, ...] = ()
    try:
        if file.suffix == ".py":
            kind = "adapter"
            read_python_adapter(file)
        else:
            located = read_yaml(file)
            kind = kind_of(located.value)
            if kind is None:
                what = f"must have a key that tells what it is, one of {', '.join(KINDS)}"
                raise DocumentError([located.mistake((), what)])
            check_document(kind, file)
    except DocumentError as error:
        mistakes = error.mistakes
    return {"file": str(file), "kind": kind, "mistakes": [_as_json(each) for each in mistakes]}


def _checked_together(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was `found`, and of the only model whether it can play the only campaign."""
    from reports.documents.mistake import DocumentError
    from sim.command_options import say_slips
    from sim.simulation_request import read_request

    models = [each for each in found if each["kind"] == "service_model"]
    campaigns = [each for each in found if each["kind"] == "campaign"]
    if len(models) != 1 or len(campaigns) != 1 or models[0]["mistakes"] or campaigns[0]["mistakes"]:
        return found
    try:
        say_slips(read_request(models[0]["file"], campaigns[0]["file"]).slips)
    except DocumentError as error:
        models[0]["mistakes"] = [_as_json(each) for each in error.mistakes]
    return found


def _as_json(mistake: Mistake) -> dict[str, Any]:
    import dataclasses

    return {**dataclasses.asdict(mistake), "text": str(mistake)}


def _show_checked(found: Sequence[Mapping[str, Any]]) -> None:
    for each in found:
        for mistake in each["mistakes"]:
            click.echo(mistake["text"], err=True)
        if not each["mistakes"]:
            click.echo(f"{each['file']}: {each['kind'].replace('_', ' ')}, no mistakes")


def _show_plan(plan: CampaignPlan, summary: PlanSummary, console: Console) -> None:
    from rich.text import Text

    from reports.render.console import with_room_for_tables
    from scenarios.workload.rate_chart import for_encoding, rate_chart
    from scenarios.workload.shape_in_words import duration_in_words, number_in_words

    title = f"{summary.campaign}: {summary.description}".rstrip(": ")
    console.print(Text(for_encoding(title, console.encoding), style="bold"), soft_wrap=True)
    console.print()
    for line in rate_chart(plan, columns=max(20, min(console.width - 12, 100))):
        console.print(Text(for_encoding(line, console.encoding)), soft_wrap=True)
    console.print()
    with_room_for_tables(console)
    for table in (_phase_table(summary), _action_table(summary)):
        console.print(table)
        console.print()
    lasts = duration_in_words(summary.duration_s)
    lines = (
        f"{summary.expected_visits:,.0f} visits expected in {lasts}, "
        f"at most {number_in_words(summary.peak_rate_per_s, 4)}/s",
        f"{summary.planned_visits:,} visits planned with seed {summary.seed}, "
        f"{summary.arrivals} arrivals",
        f"{summary.expected_orders:,.0f} orders expected, {sum(summary.stock.values()):,} units "
        f"of {len(summary.stock)} products on sale",
    )
    for line in (*lines, *summary.notes):
        console.print(Text(line), soft_wrap=True)


def _draw_plan(plan: CampaignPlan, summary: PlanSummary, file: Path) -> None:
    import numpy as np

    from reports.record.manifest import PhaseSpan
    from reports.render.plan_picture import PlanPicture, write_picture
    from scenarios.workload.rate_outline import rate_outline
    from scenarios.workload.shape_in_words import duration_in_words, number_in_words

    t_s, rates_per_s = rate_outline(plan)
    lasts = duration_in_words(plan.duration_s)
    pace = "" if plan.speed == 1 else f", {plan.speed:g} times as fast as the campaign"
    picture = PlanPicture(
        title=plan.name,
        subtitle=f"{plan.expected_visits:,.0f} visits expected in {lasts}, "
        f"at most {number_in_words(plan.peak_rate_per_s, 4)}/s{pace}",
        duration_s=plan.duration_s,
        phases=tuple(
            PhaseSpan(name=p.name, start_s=p.start_s, duration_s=p.duration_s, judged=p.judged)
            for p in summary.phases
        ),
        t_s=t_s,
        rates_per_s=rates_per_s,
        visits=plan.curve.expected_arrivals(np.asarray(t_s) * plan.speed),
    )
    write_picture(picture, file)


def _phase_table(summary: PlanSummary) -> Table:
    from scenarios.workload.shape_in_words import duration_in_words, number_in_words

    is_as_written = summary.speed == summary.amplify == 1
    rate = "arrival rate" if is_as_written else "arrival rate as written"
    table = _table("phase", "from", "duration", rate, "peak", "visits", "judged")
    for each in summary.phases:
        table.add_row(
            each.name,
            duration_in_words(each.start_s),
            duration_in_words(each.duration_s),
            each.shape,
            f"{number_in_words(each.peak_rate_per_s, 4)}/s",
            f"{each.expected_visits:,.0f}",
            "yes" if each.judged else "no",
        )
    return table


def _action_table(summary: PlanSummary) -> Table:
    table = _table("step", "actions", "per visit")
    for step, count in summary.expected_actions.items():
        per_visit = count / summary.expected_visits if summary.expected_visits else 0.0
        table.add_row(step, f"{count:,.0f}", f"{100 * per_visit:.1f} %")
    return table


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    words = ("phase", "step", "arrival rate", "arrival rate as written")
    for each in columns:
        # Only words fold: half a number is another number.
        is_text = each in words
        table.add_column(each, justify="left" if is_text else "right", no_wrap=not is_text)
    return table
