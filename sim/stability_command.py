"""The verb `stability`: whether a push takes the platform down for good, and at which load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.command_options import DurationType, RatioType, model_and_campaign, say_slips

if TYPE_CHECKING:
    from rich.console import Console

    from sim.answers.stability import Push, Stability, Trial
    from sim.simulation_request import SimulationRequest


@click.command()
@model_and_campaign
@click.option(
    "--pulse",
    type=click.FloatRange(min=1, min_open=True),
    default=3.0,
    show_default=True,
    help="The push: so many times the load.",
)
@click.option(
    "--for", "pulse_s", type=DurationType(), default="30s", show_default=True, help="Its length."
)
@click.option(
    "--settle",
    "settle_s",
    type=DurationType(),
    default="30s",
    show_default=True,
    help="Steady load before it.",
)
@click.option(
    "--within",
    "recover_s",
    type=DurationType(),
    default="120s",
    show_default=True,
    help="The time that it has to recover in.",
)
@click.option(
    "--healthy",
    "healthy_ratio",
    type=RatioType(),
    default="90 %",
    show_default=True,
    help="So many of the actions due are answered by a healthy platform.",
)
@click.option(
    "--precision",
    type=RatioType(),
    default="5 %",
    show_default=True,
    help="How closely the borders of the bands are to be known.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    help="Draw a load that did not recover into this .svg or .png.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def stability(model: str, campaign: str, as_json: bool, **given: Any) -> None:
    """Find the loads at which MODEL, with the visits of CAMPAIGN, does not recover from a push.

    A steady load is raised by the pulse and lowered again. Stable is a load at which the
    platform recovers; vulnerable one at which it stays down though the cause is gone, for its
    own retries keep it there; self-tripping one that takes it down without a pulse. The
    campaign's phases are left out, and there is stock for everybody.

    \b
    Examples:
      doorbuster stability
      doorbuster stability my_shop.yaml flash_sale --pulse 10 --for 5s --within 2min
      doorbuster stability reference_shop smoke --picture band.svg
    """
    import json

    from reports.render.console import reading_console
    from sim.answers.stability import Push
    from sim.answers.stability_table import stability_json, stability_lines
    from sim.simulation_request import read_request

    if given["picture"] and given["picture"].suffix.lower() not in (".svg", ".png"):
        raise click.UsageError(f"--picture {given['picture']} must end in .svg or .png")
    console = reading_console(stderr=as_json)
    keys = ("pulse", "pulse_s", "settle_s", "recover_s", "healthy_ratio")
    push = Push(**{key: given[key] for key in keys})
    request = read_request(
        model, campaign, overrides=given["overrides"], seed=given["seed"], look_ahead=False
    )
    say_slips(request.slips)
    found = _searched(request, push, given, console)
    if given["picture"] and found.shown:
        _draw(found.shown, request, push, given["picture"])
    if as_json:
        click.echo(json.dumps(stability_json(found, push)))
        return
    for line in stability_lines(found, push):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _searched(
    request: SimulationRequest, push: Push, given: dict[str, Any], console: Console
) -> Stability:
    from sim.answers.stability import find_bands, trials_of
    from sim.answers.stability_table import trial_in_words
    from sim.engines import chosen_engine

    _, engine = chosen_engine(given["engine"])
    plan = request.plan
    return find_bands(
        trials_of(plan.campaign, request.model, engine, seed=plan.seed, push=push),
        start_per_s=plan.expected_visits / plan.duration_s,
        precision=given["precision"],
        tried=lambda trial: console.print(f"  {trial_in_words(trial)}", style="dim", markup=False),
    )


def _draw(shown: Trial, request: SimulationRequest, push: Push, file: Path) -> None:
    from reports.render.simulation_stability import StabilityPicture, write_stability_picture

    pulse = f"{push.pulse:g} times that for {push.pulse_s:g} s"
    picture = StabilityPicture(
        title=f"{request.model.name}: a load that does not recover",
        subtitle=f"{shown.rate_per_s:.3g} visits/s of {request.plan.name}, then {pulse}, then as"
        " before",
        width_s=shown.width_s,
        due_per_s=shown.due_per_s,
        answered_per_s=shown.answered_per_s,
        pulse_s=(push.settle_s, push.settle_s + push.pulse_s),
    )
    write_stability_picture(picture, file)
