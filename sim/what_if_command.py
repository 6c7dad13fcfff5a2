"""The verb `what-if`: two variants of a model, compared with the same luck."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.command_options import played, replications, say_slips

if TYPE_CHECKING:
    from rich.console import Console

    from sim.answers.what_if import Comparison
    from sim.paired_runs import PairedRuns

FEWEST = 2
FEWEST_CONTROLLED = 4


@click.command()
@played
@replications(default="20")
@click.option("--against", metavar="MODEL", help="Another model to compare with.")
@click.option(
    "--antithetic",
    is_flag=True,
    help="Play each pair again with mirrored random numbers (arrivals stay).",
)
@click.option(
    "--control", is_flag=True, help="Correct for how much work the drawn visits happen to ask for."
)
@click.option(
    "--objectives",
    type=click.Path(path_type=Path),
    help="Objectives to compare by. [default: those beside the campaign]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def what_if(model: str, campaign: str, as_json: bool, **given: Any) -> None:
    """Compare MODEL as written with what --set or --against makes of it, on CAMPAIGN.

    Both play the same visits with the same random numbers, again and again, so that a difference
    is the change and not the dice. A change counts as sure when it is so with all figures taken
    together; the intervals shown are of each figure by itself. No record is written.

    --replications auto plays pairs until it is sure for every objective whether the change spends
    more of its error budget or less, or until that is known to --precision of the budget. A
    campaign without an objectives file is played until the difference of each figure is known to
    --precision of what it is as written.

    \b
    Examples:
      doorbuster what-if --set stations.application.servers=4
      doorbuster what-if my_shop.yaml flash_sale --against other_shop.yaml --replications 50
      doorbuster what-if reference_shop smoke --set stations.database.servers=1 --antithetic
      doorbuster what-if --set stations.application.servers=4 --control --json
    """
    import json

    from reports.render.console import reading_console

    if not given["overrides"] and not given["against"]:
        raise click.UsageError("nothing to compare with: give --set PATH=VALUE or --against MODEL")
    fewest = FEWEST_CONTROLLED if given["control"] else FEWEST
    if given["replications"] is not None and given["replications"] < fewest:
        raise click.UsageError(f"--replications must be at least {fewest} for an interval")
    console = reading_console(stderr=as_json)
    comparison = _compared(_paired_runs(model, campaign, given, console), given, console)
    if as_json:
        click.echo(json.dumps(comparison.as_json()))
        return
    _say(comparison, console)


def _paired_runs(model: str, campaign: str, given: dict[str, Any], console: Console) -> PairedRuns:
    from scenarios.rehearsal.promised import promises_of
    from sim.engine.contract import EngineOptions
    from sim.engines import chosen_engine
    from sim.paired_runs import PairedRuns, work_of
    from sim.simulation_request import read_request

    pace = {key: given[key] for key in ("seed", "speed", "amplify")}
    one = read_request(model, campaign, **pace)
    other = read_request(given["against"] or model, campaign, overrides=given["overrides"], **pace)
    say_slips((*one.slips, *other.slips))
    for note in dict.fromkeys((*one.notes, *other.notes)):
        console.print(f"  {note}", style="dim", markup=False)
    _, engine = chosen_engine(given["engine"])
    return PairedRuns(
        request=one,
        other=other.model,
        engine=engine,
        options=EngineOptions(
            seed=one.plan.seed, in_flight_limit=given["in_flight"], drain_s=given["drain_s"]
        ),
        promises=promises_of(one.plan, one.campaign_file, given["objectives"]),
        antithetic=given["antithetic"],
        work_s=work_of(one) if given["control"] else None,
    )


def _compared(runs: PairedRuns, given: dict[str, Any], console: Console) -> Comparison:
    import time

    from sim.answers.what_if import comparison_of
    from sim.paired_runs import play_pairs, play_precise_pairs
    from sim.replication.replications_progress import replications_progress

    with replications_progress(console, clock=time.monotonic) as tell:
        if given["replications"] is None:
            pairs, stopped = play_precise_pairs(runs, precision=given["precision"], tell=tell)
        else:
            pairs, stopped = play_pairs(runs, number=given["replications"], tell=tell), None
    return comparison_of(
        pairs, offered_work=runs.offered_work, promises=runs.promises, stopped=stopped
    )


def _say(comparison: Comparison, console: Console) -> None:
    from sim.comparison_table import comparison_lines

    for line in comparison_lines(comparison):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
