"""The verbs `rehearse`, `doctor` and `init`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reports.record.facts import RUNS
from reports.slo.exit_code import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from scenarios.rehearsal.stages import Rehearsal


@click.command()
@click.argument("campaign", default="flash_sale")
@click.option(
    "--objectives", type=click.Path(path_type=Path), help="[default: those beside the campaign]"
)
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the campaign's own.")
@click.option("--speed", type=float, default=1.0, help="Play it so many times as fast.")
@click.option("--amplify", type=float, default=1.0, help="Multiply its arrival rates.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=RUNS,
    show_default=True,
    help="Directory that gets a directory for this rehearsal.",
)
@click.option(
    "--web-processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Web processes of the reference shop.",
)
@click.option(
    "--abort-if",
    multiple=True,
    metavar="CONDITION",
    help='Stop the load at once when this holds, such as "errors > 20 % for 10 s".',
)
@click.option(
    "--metrics",
    metavar="127.0.0.1:PORT",
    help="Serve the live figures of the load there for Prometheus, at /metrics.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def rehearse(as_json: bool, **given: Any) -> None:
    """Rehearse CAMPAIGN (a name or a file) on the built-in reference shop, from start to report.

    Starts PostgreSQL, Valkey, NATS and the shop, plays the campaign with Locust, plays the same
    visits through the model, judges the run against its objectives and writes a report.

    \b
    Examples:
      doorbuster rehearse
      doorbuster rehearse smoke --seed 7
      doorbuster rehearse flash_sale --speed 2 --amplify 0.5
      doorbuster rehearse --abort-if "errors > 20 % for 10 s"
      doorbuster rehearse --metrics 127.0.0.1:9464
    """
    from reports.render.console import reading_console
    from scenarios.rehearsal.stages import RehearsalRequest, rehearse_all

    console = reading_console(stderr=as_json)
    rehearsal = rehearse_all(RehearsalRequest(**given), console)
    _say(rehearsal, console, as_json=as_json)
    raise SystemExit(rehearsal.exit_code)


def _say(rehearsal: Rehearsal, console: Console, *, as_json: bool) -> None:
    from reports.render.console import with_room_for_tables
    from reports.render.text import summary

    console.print()
    files = (rehearsal.files.html,)
    with_room_for_tables(console)
    console.print(summary(rehearsal.judgement, rehearsal.manifest, files=files), crop=False)
    if as_json:
        click.echo(rehearsal.files.verdict_json.read_text(encoding="utf-8"), nl=False)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check Python, wheels, ports, limits and cores, and measure what can be sent from here.

    Starts every server once and sends to a small server of its own for a few seconds: about ten
    in all. Exit code 2 when something is missing that a rehearsal needs.

    \b
    Examples:
      doorbuster doctor
      doorbuster doctor --json
    """
    from rich.console import Console

    from scenarios.rehearsal.doctor.examination import all_well, examine, show, telling

    with telling(Console(stderr=True, highlight=False)) as announce:
        findings = examine(announce=announce)
    show(findings, Console(highlight=False), as_json=as_json)
    if not all_well(findings):
        raise SystemExit(ExitCode.USAGE)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Write a runnable workspace into DIRECTORY: campaign, objectives, target, adapter.

    Every file explains itself in comments, and editors complete its keys from schemas/. Files
    that are there already are never overwritten (exit code 2).

    \b
    Examples:
      doorbuster init my-sale && cd my-sale && doorbuster rehearse campaign.yaml
    """
    from scenarios.rehearsal.workspace import write_workspace

    for file in write_workspace(directory):
        click.echo(f"wrote {file}")
    click.echo(NEXT.format(directory=shlex.quote(str(directory))), nl=False)


NEXT = """
next:
  cd {directory}
  doorbuster plan campaign.yaml       what it would send, without sending it
  doorbuster rehearse campaign.yaml   play it on the built-in shop, in about a minute
then write your platform into target.yaml and adapter.yaml; README.md tells how
"""
