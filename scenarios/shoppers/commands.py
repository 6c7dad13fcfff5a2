"""The verb `run`: load only, on a campaign or on a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reports.slo.exit_code import ExitCode
from scenarios.workload.limits import IN_FLIGHT_LIMIT, TIMEOUT_S

if TYPE_CHECKING:
    from rich.console import Console

    from reports.record.manifest import Manifest
    from scenarios.shoppers.load_run import LoadRun
    from scenarios.shoppers.load_session import Crew


@click.command()
@click.argument("campaign", required=False)
@click.option("--replay", "log", type=click.Path(path_type=Path), help="Replay this access log.")
@click.option(
    "--log-format",
    default="combined",
    show_default=True,
    help="combined, common, nginx, or an Apache or nginx format string.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    help="Play a campaign or a log so many times as fast: the same visits, the same pauses in a "
    "campaign; what that distorts is told and recorded.",
)
@click.option(
    "--amplify",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    help="Multiply a campaign's arrival rates, or a log's sessions, by this factor.",
)
@click.option("--duration", help='Only the first part of a log, such as "60s" of replay time.')
@click.option("--keep-assets", is_flag=True, help="Fetch a log's pictures and scripts too.")
@click.option(
    "--target",
    help="URL of the platform, or a target file. [default: the reference "
    "shop that `doorbuster target up` started here]",
)
@click.option("--adapter", help="reference, fetch, or a .yaml or .py file.")
@click.option(
    "--objectives",
    type=click.Path(path_type=Path),
    help="Objectives for the screen and the record. [default: those beside the campaign]",
)
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the campaign's own.")
@click.option(
    "--in-flight",
    type=click.IntRange(min=1),
    default=IN_FLIGHT_LIMIT,
    show_default=True,
    help="Visits in play at once; above it visits are recorded as not_sent.",
)
@click.option(
    "--timeout", default=f"{TIMEOUT_S:g}s", show_default=True, help="Longest time for an action."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Directory of the record. [default: runs/RUN_ID]"
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Play with so many worker processes, one for each core that the load needs.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Wait there for the --workers on other machines: see doorbuster worker.",
)
@click.option(
    "--abort-if",
    multiple=True,
    metavar="CONDITION",
    help='Stop at once when this holds, such as "errors > 20 % for 10 s" or "response_time p95 > '
    "3 s for 15 s\"; beside the campaign's own guards, and as often as you like.",
)
@click.option(
    "--kill-file",
    type=click.Path(path_type=Path),
    help="Stop at once when this file appears; its first line is the reason. [default: STOP]",
)
@click.option(
    "--yes-production",
    metavar="NAME",
    help="Needed when the target file says production: the target's name once more.",
)
@click.option(
    "--metrics",
    metavar="127.0.0.1:PORT",
    help="Serve the live figures there for Prometheus, at /metrics; they are on the run's own port "
    "(control.json) anyway.",
)
@click.option("--run-id", hidden=True, help="Instead of a new one: the rehearsal's own.")
@click.option("--parent", type=int, hidden=True, help="End when this process has ended.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def run(**given: Any) -> None:
    """Play CAMPAIGN (a name or a file), or a web server's log, against a target.

    Arrivals follow the plan whatever the replies do. The record is judged by `doorbuster report`
    and `doorbuster gate`; a run that fell behind its plan is invalid, and exits with 5 here too.
    Ctrl-C once ends the run gracefully, twice at once. A campaign that searches for the limit, such
    as ramp_to_saturation, ends by itself when it has found it. What else stops a run: guards,
    `doorbuster stop`, a file called STOP. Who sent load where and when is appended to audit.jsonl.

    \b
    Examples:
      doorbuster target up && doorbuster run flash_sale
      doorbuster run smoke --target http://127.0.0.1:8000 --adapter mine.yaml
      doorbuster run --replay access.log.gz --speed 10 --amplify 3
      doorbuster run ramp_to_saturation
      doorbuster run flash_sale --abort-if "errors > 20 % for 10 s"
      doorbuster run flash_sale --metrics 127.0.0.1:9464
      doorbuster run flash_sale --workers 2
      doorbuster run flash_sale --listen 0.0.0.0:5557 --workers 3 --target target.yaml
    """
    import locust  # noqa: F401 - first: it patches sockets before anything else holds one

    from reports.render.console import reading_console
    from scenarios.rehearsal.fleet_load import mustered
    from scenarios.rehearsal.plan_request import RunRequest
    from scenarios.rehearsal.run_request import requested_run

    as_json, workers, listen = given.pop("as_json"), given.pop("workers"), given.pop("listen")
    console = reading_console(stderr=as_json)
    request = RunRequest(**given)
    load = requested_run(request)
    with mustered(request, load, workers=workers, listen=listen, console=console) as crew:
        manifest = _played(load, console, crew)
    invalid = _why_invalid(manifest, load)
    _say(manifest, load, console, invalid, as_json=as_json)
    raise SystemExit(_exit_code(manifest, invalid))


def _why_invalid(manifest: Manifest, load: LoadRun) -> tuple[str, ...]:
    """Why nothing can be judged by this run, by the bounds of its objectives; empty when it can,
    and when it was cut short, which its exit code tells anyway."""
    from reports.analysis.validity import validity_of
    from reports.record.reader import read_record
    from reports.slo.objective_file import bounds_for

    assert manifest.ending is not None
    if manifest.ending.reason in ("interrupted", "aborted"):
        return ()
    return validity_of(read_record(load.directory), bounds=bounds_for(manifest)).reasons


def _exit_code(manifest: Manifest, invalid: tuple[str, ...]) -> ExitCode:
    """A run that the load side has spoilt, or lost a part of, is not what was asked for, so never
    green."""
    assert manifest.ending is not None
    endings = {
        "interrupted": ExitCode.INTERRUPTED,
        "aborted": ExitCode.ABORTED,
        "generator_limited": ExitCode.RUN_INVALID,
    }
    spoilt = invalid or manifest.lost_visits
    otherwise = ExitCode.RUN_INVALID if spoilt else ExitCode.MET
    return endings.get(manifest.ending.reason, otherwise)


def _played(load: LoadRun, console: Console, crew: Crew | None) -> Manifest:
    """Says what is about to be played, plays it, and returns the finished manifest."""
    from scenarios.rehearsal.budget import budget_left
    from scenarios.shoppers.attended_load import play_load

    for note in load.notes:
        console.print(f"  {note}", style="dim", markup=False)
    console.print(
        f"playing {load.plan.name}: about {load.plan.expected_visits:,.0f} visits in "
        f"{load.plan.duration_s:.0f} s against {load.url}"
    )
    budget = budget_left(load.objectives_file, load.objectives_text)
    return play_load(load, console=console, budget_left=budget, crew=crew)


def _say(
    manifest: Manifest, load: LoadRun, console: Console, invalid: tuple[str, ...], *, as_json: bool
) -> None:
    assert manifest.ending is not None
    directory = load.directory
    lost = sum(each.visits for each in manifest.lost_visits)
    torn = sum(each.torn_visits for each in manifest.lost_visits)
    if as_json:
        import json

        result = {
            "run_id": manifest.run_id,
            "directory": str(directory),
            "planned_visits": manifest.plan.planned_visits,
            "ending": manifest.ending.reason,
            "invalid": list(invalid),
            "lost_visits": lost,
            "torn_visits": torn,
        }
        click.echo(json.dumps(result))
        return
    why = f": {manifest.ending.detail}" if manifest.ending.detail else ""
    console.print(f"run {manifest.ending.reason.replace('_', ' ')}{why}")
    for note in manifest.notes[len(load.notes) :]:
        console.print(f"  {note}", markup=False, style="dim")
    if lost:
        console.print(f"{lost:,} planned visits were lost with their worker", style="bold red")
    if torn:
        console.print(f"{torn:,} visits were cut off with their worker", style="bold red")
    for reason in invalid:
        console.print(f"run invalid: {reason}", markup=False, style="bold red")
    console.print(f"record  {directory}\njudge   doorbuster report {directory}", soft_wrap=True)
