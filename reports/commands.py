"""The verbs that judge a record: `report` and `gate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reports.slo.exit_code import ExitCode

if TYPE_CHECKING:
    from reports.record.reader import RunRecord
    from reports.slo.judgement import Judgement

FILE = click.Path(dir_okay=False, path_type=Path)
DIRECTORY = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("directory", type=DIRECTORY)
@click.option("--compare", type=DIRECTORY, help="A second record, such as the simulated one.")
@click.option("--objectives", type=FILE, help="Objectives to judge by, instead of the run's own.")
@click.option("--html", type=FILE, help="Where to put the page, instead of DIR/report.html.")
@click.option("--json", "as_json", is_flag=True, help="Print verdict.json and nothing else.")
@click.option("--no-write", is_flag=True, help="Write no file.")
def report(
    directory: Path,
    compare: Path | None,
    objectives: Path | None,
    html: Path | None,
    as_json: bool,
    no_write: bool,
) -> None:
    """Write report.html, verdict.json and junit.xml for the run in DIRECTORY.

    A rehearsal's directory is compared with its own simulation. Exits with 0 when there is a
    report, whatever it says; `gate` exits by the verdict.

    \b
    Examples:
      doorbuster report runs/20261111T000000-flash_sale-3f9a
      doorbuster report runs/tuesday --compare runs/monday
      doorbuster report runs/tuesday --json --no-write | jq .outcome
    """
    from reports.record.reader import read_rows, records_in
    from reports.render.bundle import write_report
    from reports.render.verdict_json import verdict_text

    record, judgement = _judged(directory, objectives)
    files = []
    if not no_write:
        beside = records_in(compare)[0] if compare else records_in(directory)[1]
        other = read_rows(beside) if beside else None
        written = write_report(record, judgement, compare=other, directory=directory, html=html)
        files = [written.html]
    if as_json:
        click.echo(verdict_text(record, judgement), nl=False)
    else:
        _show(record, judgement, files)


@click.command()
@click.argument("directory", type=DIRECTORY)
@click.option("--objectives", type=FILE, help="Objectives to judge by, instead of the run's own.")
@click.option("--junit", type=FILE, help="Write the verdicts as JUnit XML to this file.")
@click.option("--at-least", help='For a search for the limit: the rate that must hold, "200/s".')
@click.option("--json", "as_json", is_flag=True, help="Print verdict.json and nothing else.")
def gate(
    directory: Path,
    objectives: Path | None,
    junit: Path | None,
    at_least: str | None,
    as_json: bool,
) -> None:
    """Judge the run in DIRECTORY and exit by the verdict: 0 only when everything is met.

    A run that searched for the limit, such as ramp_to_saturation, passes when it found one; with
    --at-least, when the last rate that held is no less.

    \b
    Examples:
      doorbuster gate runs/20261111T000000-flash_sale-3f9a
      doorbuster gate runs/tuesday --objectives strict.objectives.yaml --junit gate.xml
      doorbuster gate runs/20261111T000000-ramp_to_saturation-77b0 --at-least 200/s
    """
    from reports.render.bundle import write_text
    from reports.render.junit import junit_text
    from reports.render.verdict_json import verdict_text

    record, judgement = _judged(directory, objectives, at_least)
    if junit is not None:
        write_text(junit, junit_text(judgement, record.manifest))
    if as_json:
        click.echo(verdict_text(record, judgement), nl=False)
    else:
        _show(record, judgement, [])
    if judgement.exit_code is not ExitCode.MET:
        raise SystemExit(judgement.exit_code)


def _judged(
    directory: Path, objectives: Path | None, at_least: str | None = None
) -> tuple[RunRecord, Judgement]:
    """The record in `directory` and its judgement, by `objectives` or else by its own ones."""
    from reports.record.reader import read_rows, records_in
    from reports.slo.judgement import judge
    from reports.slo.objective_file import bounds_for, objectives_for

    record = read_rows(records_in(directory)[0])
    found, objectives_from = objectives_for(record.manifest, objectives)
    judgement = judge(
        record,
        found,
        objectives_from=objectives_from,
        bounds=bounds_for(record.manifest, objectives),
        at_least_per_s=_demanded(at_least, record) if at_least is not None else None,
    )
    return record, judgement


def _demanded(at_least: str, record: RunRecord) -> float:
    """The rate of the option `--at-least`. Raises DocumentError."""
    from reports.documents.mistake import mistake_on_command_line
    from reports.documents.quantity import rate_per_s
    from reports.slo.limit import searched_stairs

    if not searched_stairs(record.manifest):
        name = record.manifest.plan.name
        raise mistake_on_command_line("--at-least", f"{name} was no search for the limit")
    try:
        return rate_per_s(at_least)
    except ValueError as error:
        raise mistake_on_command_line("--at-least", f'{error}, got "{at_least}"') from None


def _show(record: RunRecord, judgement: Judgement, files: list[Path]) -> None:
    from reports.render.console import reading_console, with_room_for_tables
    from reports.render.text import summary

    console = with_room_for_tables(reading_console())
    console.print(summary(judgement, record.manifest, files=files), crop=False)
