"""The verb `stop`: ends a run that goes on, from another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reports.record.facts import RUNS

if TYPE_CHECKING:
    from scenarios.guards.control_file import Control


@click.command()
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--reason", default="", help="Why, for the record and its report.")
def stop(directory: Path | None, reason: str) -> None:
    """Stop the run in DIRECTORY, or the one that goes on under runs/.

    No new request is sent from then on; replies that are due are waited for, and the record says
    who asked and why. Without this program, a file called STOP in the directory in which the run
    was started does the same; its first line is the reason.

    \b
    Examples:
      doorbuster stop
      doorbuster stop runs/20261111T000000-flash_sale-3f9a --reason "payments are slow"
    """
    from scenarios.guards.control_call import ask_to_stop

    control = _going_on(directory)
    detail = ask_to_stop(control, reason)
    click.echo(f"{control.run_id} stops: {detail}")


def _going_on(directory: Path | None) -> Control:
    """The one run to stop. Raises DocumentError when there is none, or more than one to choose."""
    from reports.documents.mistake import mistake_on_command_line
    from scenarios.guards.control_file import read_control, runs_going_on

    if directory is not None:
        if control := read_control(directory):
            return control
        raise mistake_on_command_line(str(directory), "no run goes on here")
    found = runs_going_on(RUNS)
    if not found:
        raise mistake_on_command_line("stop", f"no run goes on under {RUNS}/: name its directory")
    if len(found) > 1:
        several = ", ".join(str(each) for each, _ in found)
        raise mistake_on_command_line("stop", f"several runs go on, name one of {several}")
    return found[0][1]
