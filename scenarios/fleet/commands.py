"""The verb `worker`: plays a part of a run for a master on another machine."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--master",
    required=True,
    metavar="HOST:PORT",
    help="Where `doorbuster run --listen` waits for its workers.",
)
@click.option("--name", help="What the record calls this worker. [default: the host's name]")
@click.option("--parent", type=int, hidden=True, help="End when this process has ended.")
def worker(master: str, name: str | None, parent: int | None) -> None:
    """Play a part of one run for the master at HOST:PORT, and hand over what happened.

    The master says what is played and against which target; it may hand over an adapter written
    in Python, which runs here: join only a master that you trust, over a network that you trust.
    Both must be of the same version. Ctrl-C once hands the rest to the other workers, twice ends
    at once. When the master falls silent for 5 s, the worker stops for good.

    \b
    Examples:
      doorbuster worker --master 192.0.2.7:5557
      doorbuster worker --master loadbox:5557 --name rack-4
    """
    import locust  # noqa: F401 - first: it patches sockets before anything else holds one

    from reports.render.console import reading_console
    from scenarios.rehearsal.fleet_load import parsed_address
    from scenarios.rehearsal.fleet_worker import play_as_worker

    host, port = parsed_address("--master", master)
    code = play_as_worker(
        host, port, name=name, parent=parent, console=reading_console(stderr=False)
    )
    raise SystemExit(code)
