"""The verb `simulate`: a campaign through a model of the platform, in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reports.record.facts import RUNS
from scenarios.workload.limits import IN_FLIGHT_LIMIT

if TYPE_CHECKING:
    from rich.console import Console

    from reports.record.manifest import Manifest


@click.command()
@click.argument("campaign", default="flash_sale")
@click.option(
    "--model",
    default="reference_shop",
    show_default=True,
    help="A service model: a name or a .yaml file.",
)
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the campaign's own.")
@click.option("--speed", type=float, default=1.0, help="Play it so many times as fast.")
@click.option("--amplify", type=float, default=1.0, help="Multiply its arrival rates.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Directory of the record. [default: runs/RUN_ID]"
)
@click.option(
    "--objectives",
    type=click.Path(path_type=Path),
    help="Objectives for the record. [default: those beside the campaign]",
)
@click.option(
    "--in-flight",
    type=click.IntRange(min=1),
    default=IN_FLIGHT_LIMIT,
    show_default=True,
    help="Visits in play at once; above it visits are recorded as not_sent.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def simulate(campaign: str, model: str, as_json: bool, **given: Any) -> None:
    """Play CAMPAIGN (a name or a file) through a service model instead of a platform.

    The same visits as in `doorbuster run` meet simulated stations, and the record has the same
    form: judge it with `doorbuster report` and `doorbuster gate`. The exit code only tells
    whether the run was completed.

    \b
    Examples:
      doorbuster simulate flash_sale
      doorbuster simulate flash_sale --model my_shop.yaml --seed 7 --json
      doorbuster simulate flash_sale --amplify 1.5
      doorbuster simulate ramp_to_saturation
    """
    from reports.render.console import reading_console

    console = reading_console(stderr=as_json)
    manifest, directory = _simulated(campaign, model, given, console)
    _say(manifest, directory, console, as_json=as_json)


def _simulated(
    campaign: str, model: str, given: dict[str, Any], console: Console
) -> tuple[Manifest, Path]:
    import time

    from reports.record.facts import new_run_id, utc_now
    from reports.slo.objective_file import objectives_beside
    from scenarios.rehearsal.stair_search import stair_search
    from scenarios.workload.campaign_file import find_campaign
    from scenarios.workload.pace_notes import pace_notes
    from scenarios.workload.played_campaign import played_campaign
    from sim.model_file import find_service_model, read_service_model
    from sim.progress import simulation_progress
    from sim.run import SimulationOptions, simulate_to_record

    service_model = read_service_model(find_service_model(model))
    file = find_campaign(campaign)
    pace = {key: given[key] for key in ("seed", "speed", "amplify")}
    plan = played_campaign(campaign, **pace)
    for note in (notes := pace_notes(plan)):
        console.print(f"  {note}", style="dim", markup=False)
    objectives_file, objectives_text = objectives_beside(file, given["objectives"])
    run_id = new_run_id(plan.name, utc_now())
    directory = given["out"] or RUNS / run_id
    with simulation_progress(
        console, name=plan.name, duration_s=plan.duration_s, clock=time.monotonic
    ) as progress:
        manifest = simulate_to_record(
            plan,
            service_model,
            directory,
            run_id=run_id,
            objectives_file=objectives_file,
            objectives_text=objectives_text,
            notes=notes,
            options=SimulationOptions(in_flight_limit=given["in_flight"]),
            progress=progress,
            search=stair_search(plan, directory, objectives_file, objectives_text),
        )
    return manifest, directory


def _say(manifest: Manifest, directory: Path, console: Console, *, as_json: bool) -> None:
    from reports.record.reader import read_record
    from sim.result_table import result_facts, result_table

    record = read_record(directory)
    if as_json:
        import json

        click.echo(json.dumps({"directory": str(directory), **result_facts(record)}))
        return
    assert manifest.ending is not None
    console.print(result_table(record))
    console.print(f"record  {directory}\njudge   doorbuster report {directory}", soft_wrap=True)
