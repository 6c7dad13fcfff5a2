"""The verb `simulate`: a campaign through a model of the platform, in virtual time."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reports.record.facts import RUNS
from reports.slo.exit_code import ExitCode
from sim.command_options import DurationType, RowsType, TracedType, played, replications, say_slips

if TYPE_CHECKING:
    from rich.console import Console

    from scenarios.workload.plan import VisitPlan
    from sim.answers.observations import Observations
    from sim.answers.promises import Promise
    from sim.answers.steady_series import SteadySink
    from sim.recorded_simulation import RecordedSimulation
    from sim.replication.replicated_run import Replicated
    from sim.simulation_request import SimulationRequest
    from sim.steady_request import SteadyRequest

MOST_ROWS = 5_000_000
"""Of a run that has more actions the record keeps those of every so many-th visit."""


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
    "--rows",
    type=RowsType(),
    help="Keep the actions of all visits, of none, or of every N-th. [default: about 5 million]",
)
@click.option(
    "--objectives",
    type=click.Path(path_type=Path),
    help="Objectives for the record and replications. [default: those beside the campaign]",
)
@click.option(
    "--steady",
    is_flag=True,
    help="One long run at CAMPAIGN's constant rate: long-run figures without the warm-up.",
)
@click.option("--for", "for_s", type=DurationType(), help="With --steady: how long it is played.")
@click.option("--trace", "visit", type=click.IntRange(min=0), help="Tell the way of this visit.")
@click.option(
    "--event-log",
    type=click.Path(path_type=Path),
    help="Write the traced visits for process mining, as .csv or .xes.",
)
@click.option(
    "--traced", type=TracedType(), default="0:1000", show_default=True, help="Visits of the log."
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    help="With --replications: draw goodput over time and its interval into this .svg or .png.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def simulate(model: str, campaign: str, as_json: bool, **given: Any) -> None:
    """Play CAMPAIGN through the service model MODEL (names or files) instead of a platform.

    The same visits as in `doorbuster run` meet simulated stations, and the record has the same
    form: judge it with `doorbuster report` and `doorbuster gate`. With more replications every
    figure has an interval and the campaign's objectives are judged over all of them; the record
    is of the first. The exit code only tells whether the run was completed, and whether it kept
    the laws of conservation, which no model can break.

    --replications auto plays until the error budget that each objective spends is known to
    --precision of the budget, or its verdict is sure. A campaign without an objectives file is
    played until success, response times and goodput are known to --precision of themselves.

    A sale has no steady state: what it starts with is the question. With --steady the campaign
    has one arrival rate, and the question is how the platform does in the long run: the warm-up
    is found and left out, and each figure has its interval from the batches of one run.

    \b
    Examples:
      doorbuster simulate
      doorbuster simulate my_shop.yaml flash_sale --seed 7 --json
      doorbuster simulate reference_shop flash_sale --set stations.application.servers=4
      doorbuster simulate reference_shop flash_sale --amplify 4 --replications auto
      doorbuster simulate reference_shop flash_sale --replications 20 --picture goodput.svg
      doorbuster simulate reference_shop soak --steady --for 4h
      doorbuster simulate reference_shop flash_sale --trace 1234
      doorbuster simulate reference_shop flash_sale --event-log visits.xes --traced 0:500
      doorbuster simulate reference_shop ramp_to_saturation
    """
    from reports.render.console import reading_console
    from sim.answers.event_log import refuse_format
    from sim.answers.steady_series import SteadySink
    from sim.engine.conservation import broken_laws
    from sim.simulation_result import Result

    if given["event_log"]:
        refuse_format(given["event_log"])
    _refuse_together(given)
    console = reading_console(stderr=as_json)
    request, steady = _requested(model, campaign, given)
    say_slips(request.slips)
    for note in request.notes:
        console.print(f"  {note}", style="dim", markup=False)
    series = SteadySink(request.plan, request.model) if steady else None
    promises = _promises(request, given)
    recorded = _recorded(request, given, console, promises, series)
    runs = _replicated(request, recorded, given, console, promises)
    _write_files(request, recorded, runs, given)
    result = Result(recorded=recorded, console=console, as_json=as_json, visit=given["visit"])
    if steady and series:
        result.say_steady(steady, series.series())
    else:
        result.say(request.model, runs, promises)
    if broken_laws(recorded.manifest.invariants):
        raise SystemExit(ExitCode.INTERNAL_ERROR)


def _refuse_together(given: dict[str, Any]) -> None:
    if given["replication"] and given["replications"] != 1:
        raise click.UsageError("--replication N plays that one alone, without --replications")
    if given["steady"] and given["replications"] != 1:
        raise click.UsageError("--steady is one long run, without --replications")
    if given["picture"] and given["picture"].suffix.lower() not in (".svg", ".png"):
        raise click.UsageError(f"--picture {given['picture']} must end in .svg or .png")
    if given["picture"] and given["replications"] == 1:
        raise click.UsageError("--picture shows an interval at each instant, of --replications")
    if given["for_s"] is not None and not given["steady"]:
        raise click.UsageError("--for goes with --steady; a campaign lasts as long as it says")


def _requested(
    model: str, campaign: str, given: dict[str, Any]
) -> tuple[SimulationRequest, SteadyRequest | None]:
    from sim.replication.replicated_run import refuse_before_the_first
    from sim.simulation_request import read_request
    from sim.steady_request import steady_request

    pace = {key: given[key] for key in ("overrides", "seed", "speed", "amplify")}
    request = read_request(model, campaign, **pace)
    if given["steady"]:
        steady = steady_request(request, model, duration_s=given["for_s"])
        return steady.request, steady
    if given["replications"] != 1 and any(each.stairs for each in request.plan.phases):
        raise click.UsageError("a search for the limit is played once, without --replications")
    refuse_before_the_first(given["replications"], request.plan, [request.model])
    return request, None


def _write_files(
    request: SimulationRequest,
    recorded: RecordedSimulation,
    runs: Replicated,
    given: dict[str, Any],
) -> None:
    """The event log and the picture, where they are asked for."""
    from sim.answers.event_log import write_event_log

    if given["event_log"]:
        events = recorded.traces_of(given["traced"])
        began_at = recorded.log_begins_at(request.model.midnight_s)
        write_event_log(events, given["event_log"], began_at=began_at)
    if given["picture"]:
        _draw(recorded, runs, given["picture"])


def _promises(request: SimulationRequest, given: dict[str, Any]) -> tuple[Promise, ...]:
    """What replications are asked of; a run by itself is judged by its record."""
    from scenarios.rehearsal.promised import promises_of

    if given["replications"] == 1:
        return ()
    return promises_of(request.plan, request.campaign_file, given["objectives"])


def _recorded(
    request: SimulationRequest,
    given: dict[str, Any],
    console: Console,
    promises: tuple[Promise, ...],
    steady: SteadySink | None,
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
                of_visits=_of_visits(plan, given),
                drain_s=given["drain_s"],
            ),
            objectives=objectives,
            search=stair_search(plan, directory, *objectives),
            progress=progress,
            promises=promises,
            steady=steady,
        )


def _of_visits(plan: VisitPlan, given: dict[str, Any]) -> int:
    """Of every how many-th visit to keep the rows, as asked or by their number; a search for the
    limit is judged by all."""
    if given["rows"] is not None:
        return int(given["rows"])
    if any(each.stairs for each in plan.phases):
        return 1
    return max(1, math.ceil(sum(plan.expected_actions().values()) / MOST_ROWS))


def _traced(given: dict[str, Any]) -> tuple[int, int]:
    """The visits to trace, from the first that is wanted to the last."""
    wanted = [given["traced"]] if given["event_log"] else []
    if given["visit"] is not None:
        wanted.append((given["visit"], given["visit"] + 1))
    return (min(first for first, _ in wanted), max(end for _, end in wanted)) if wanted else (0, 0)


def _replicated(
    request: SimulationRequest,
    first: RecordedSimulation,
    given: dict[str, Any],
    console: Console,
    promises: tuple[Promise, ...],
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
        return observed(engine, request.plan_of(number), request.model, options, promises)

    with replications_progress(console, clock=time.monotonic) as tell:
        return replicate(
            first.observations,
            play,
            number=given["replications"],
            precision=given["precision"],
            tell=tell,
            promises=promises,
        )


def _draw(recorded: RecordedSimulation, found: Replicated, file: Path) -> None:
    from reports.render.simulation_course import CoursePicture, write_course_picture
    from sim.recorded_simulation import goodput_band

    plan, course = recorded.manifest.plan, goodput_band(found)
    phases = tuple((each.name, each.start_s, each.end_s) for each in plan.phases)
    picture = CoursePicture(
        title=f"{plan.name}: goodput on {recorded.manifest.target['model']}",
        subtitle=f"actions a second that ended ok; mean of {len(found.runs):,} replications, "
        f"and its interval at {100 * course.confidence:g} %",
        width_s=plan.duration_s / len(course.mean),
        mean_per_s=course.mean,
        low_per_s=course.low,
        high_per_s=course.high,
        phases=phases,
    )
    write_course_picture(picture, file)
