"""The verb `simulate`: a campaign through a model of the platform, in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reports.record.facts import RUNS
from reports.slo.exit_code import ExitCode
from sim.command_options import TracedType, played, replications

if TYPE_CHECKING:
    from rich.console import Console

    from scenarios.workload.plan import VisitPlan
    from sim.answers.observations import Observations
    from sim.recorded_simulation import RecordedSimulation
    from sim.replication.replicated_run import Replicated
    from sim.simulation_request import SimulationRequest

MOST_ROWS = 5_000_000
"""Of a run's actions, of which a record has every one unless asked otherwise."""


@click.command()
@played
@replications(default="1")
@click.option(
    "--replication",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Which one the record is of: what was strange in one is seen again by its number.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Directory of the record. [default: runs/RUN_ID]"
)
@click.option(
    "--rows/--no-rows",
    default=None,
    help="Keep a row of each action. [default: of up to 5 million]",
)
@click.option(
    "--objectives",
    type=click.Path(path_type=Path),
    help="Objectives for the record. [default: those beside the campaign]",
)
@click.option("--trace", "visit", type=click.IntRange(min=0), help="Tell the way of this visit.")
@click.option(
    "--event-log",
    type=click.Path(path_type=Path),
    help="Write the traced visits for process mining, as .csv or .xes.",
)
@click.option(
    "--traced", type=TracedType(), default="0:1000", show_default=True, help="Visits of the log."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def simulate(model: str, campaign: str, as_json: bool, **given: Any) -> None:
    """Play CAMPAIGN through the service model MODEL (names or files) instead of a platform.

    The same visits as in `doorbuster run` meet simulated stations, and the record has the same
    form: judge it with `doorbuster report` and `doorbuster gate`. With more replications every
    figure has an interval; the record is of the first. The exit code only tells whether the run
    was completed, and whether it kept the laws of conservation, which no model can break.

    \b
    Examples:
      doorbuster simulate
      doorbuster simulate my_shop.yaml flash_sale --seed 7 --json
      doorbuster simulate reference_shop flash_sale --set stations.application.servers=4
      doorbuster simulate reference_shop flash_sale --amplify 4 --replications auto
      doorbuster simulate reference_shop flash_sale --trace 1234
      doorbuster simulate reference_shop flash_sale --event-log visits.xes --traced 0:500
      doorbuster simulate reference_shop ramp_to_saturation
    """
    from reports.render.console import reading_console
    from sim.answers.event_log import refuse_format, write_event_log
    from sim.engine.conservation import broken_laws
    from sim.replication.replicated_run import refuse_before_the_first
    from sim.simulation_request import read_request

    if given["event_log"]:
        refuse_format(given["event_log"])
    if given["replication"] and given["replications"] != 1:
        raise click.UsageError("--replication N plays that one alone, without --replications")
    console = reading_console(stderr=as_json)
    pace = {key: given[key] for key in ("overrides", "seed", "speed", "amplify")}
    request = read_request(model, campaign, **pace)
    for note in request.notes:
        console.print(f"  {note}", style="dim", markup=False)
    if given["replications"] != 1 and any(each.stairs for each in request.plan.phases):
        raise click.UsageError("a search for the limit is played once, without --replications")
    refuse_before_the_first(given["replications"], request.plan, [request.model])
    recorded = _recorded(request, given, console)
    runs = _replicated(request, recorded, given, console)
    if given["event_log"]:
        events = recorded.traces_of(given["traced"])
        write_event_log(events, given["event_log"], began_at=recorded.began_at)
    _say(request, recorded, runs, given, console, as_json=as_json)
    if broken_laws(recorded.manifest.invariants):
        raise SystemExit(ExitCode.INTERNAL_ERROR)


def _recorded(
    request: SimulationRequest, given: dict[str, Any], console: Console
) -> RecordedSimulation:
    import time

    from reports.record.facts import new_run_id, utc_now
    from reports.slo.objective_file import objectives_beside
    from scenarios.rehearsal.stair_search import stair_search
    from sim.progress import simulation_progress
    from sim.recorded_simulation import record_simulation
    from sim.run import SimulationOptions

    plan = request.plan
    objectives = objectives_beside(request.campaign_file, given["objectives"])
    run_id = new_run_id(plan.name, utc_now())
    directory = given["out"] or RUNS / run_id
    with simulation_progress(
        console, name=plan.name, duration_s=plan.duration_s, clock=time.monotonic
    ) as progress:
        return record_simulation(
            request,
            directory,
            run_id=run_id,
            replication=given["replication"],
            traced=_traced(given),
            options=SimulationOptions(
                in_flight_limit=given["in_flight"],
                engine=given["engine"],
                rows=_rows(plan, given, console),
                drain_s=given["drain_s"],
            ),
            objectives=objectives,
            search=stair_search(plan, directory, *objectives),
            progress=progress,
        )


def _rows(plan: VisitPlan, given: dict[str, Any], console: Console) -> bool:
    """Whether to keep a row of each action, as asked or by their number."""
    from sim.recorded_simulation import NO_ROWS

    if given["rows"] is not None:
        return bool(given["rows"])
    if sum(plan.expected_actions().values()) <= MOST_ROWS:
        return True
    console.print(f"  {NO_ROWS}", style="dim", markup=False)
    return False


def _traced(given: dict[str, Any]) -> tuple[int, int]:
    """The visits to trace, from the first that is wanted to the last."""
    wanted = [given["traced"]] if given["event_log"] else []
    if given["visit"] is not None:
        wanted.append((given["visit"], given["visit"] + 1))
    return (min(first for first, _ in wanted), max(end for _, end in wanted)) if wanted else (0, 0)


def _replicated(
    request: SimulationRequest, first: RecordedSimulation, given: dict[str, Any], console: Console
) -> Replicated:
    import time

    from sim.answers.observed_engine import observed
    from sim.engine.contract import EngineOptions
    from sim.engines import chosen_engine
    from sim.replication.replicated_run import Replicated, replicate
    from sim.replication.replications_progress import replications_progress

    if given["replications"] == 1:
        return Replicated(runs=(first.observations,))
    _, engine = chosen_engine(given["engine"])

    def play(number: int) -> Observations:
        options = EngineOptions(
            seed=request.plan.seed,
            replication=number,
            in_flight_limit=given["in_flight"],
            drain_s=given["drain_s"],
        )
        return observed(engine, request.plan_of(number), request.model, options)

    with replications_progress(console, clock=time.monotonic) as tell:
        return replicate(
            first.observations,
            play,
            number=given["replications"],
            precision=given["precision"],
            tell=tell,
        )


def _say(
    request: SimulationRequest,
    recorded: RecordedSimulation,
    found: Replicated,
    given: dict[str, Any],
    console: Console,
    *,
    as_json: bool,
) -> None:
    import json

    from sim.answer_table import said
    from sim.answers.answer import answers_of
    from sim.recorded_simulation import result_json

    answers = answers_of(found.runs)
    timeline = [] if given["visit"] is None else recorded.timeline_of(given["visit"])
    if as_json:
        told = result_json(recorded, request.model, answers, found)
        click.echo(json.dumps({**told, "trace": timeline} if timeline else told))
        return
    for part in said(recorded, request.model, answers, found):
        console.print(part, markup=False, highlight=False)
    for line in timeline:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    where = recorded.directory
    console.print(f"record  {where}", soft_wrap=True)
    if recorded.manifest.options["rows"]:
        console.print(f"judge   doorbuster report {where}", soft_wrap=True)
