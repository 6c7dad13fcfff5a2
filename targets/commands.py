"""The verbs of `doorbuster target`: bring the reference platform up, take it down, list, probe."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from reports.slo.exit_code import ExitCode
from targets.probe_command import probe

if TYPE_CHECKING:
    from targets.detached import RunningTarget

DOORBUSTER = (sys.executable, "-m", "doorbuster")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
F = TypeVar("F", bound=Callable[..., object])


def _checked_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not NAME.fullmatch(value):
        raise click.BadParameter(f'letters, digits, "-" and "_" only, got "{value}"')
    return value


def _checked_url(_context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    from targets.backing.handshake import url_mistake

    if value is not None and (mistake := url_mistake(str(parameter.name), value)):
        raise click.BadParameter(f'{mistake}, got "{value}"')
    return value or ""


def _workspace_option(verb: F) -> F:
    option = click.option(
        "--workspace",
        default=".",
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
        help="Directory whose runs/targets/ keeps state and logs.",
    )
    return option(verb)


def _name_option(verb: F) -> F:
    option = click.option(
        "--name",
        default="reference",
        show_default=True,
        callback=_checked_name,
        help="What this target is called.",
    )
    return option(verb)


def _service_options(verb: F) -> F:
    for service in ("nats", "valkey", "postgres"):
        verb = click.option(
            f"--{service}",
            metavar="URL",
            callback=_checked_url,
            help=f"Use the {service} server at this URL instead of starting one.",
        )(verb)
    return verb


@click.group()
def target() -> None:
    """Bring the reference platform up, take it down, list what is up, probe any platform.

    \b
    Examples:
      doorbuster target up && doorbuster target list
      doorbuster target probe --target http://127.0.0.1:8080 --adapter shop.yaml
      doorbuster target down
    """


target.add_command(probe)


@target.command(short_help="Start the reference platform and leave it running.")
@_name_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Web port; 0: a free one.")
@click.option("--web-processes", type=click.IntRange(1, 64), default=1, show_default=True)
@_service_options
@_workspace_option
@click.option("--foreground", is_flag=True, help="Stay in this terminal until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def up(
    name: str,
    port: int,
    web_processes: int,
    workspace: Path,
    foreground: bool,
    as_json: bool,
    **services: str,
) -> None:
    """Start PostgreSQL, Valkey, NATS and the reference shop on 127.0.0.1.

    Returns once the shop is healthy; stop it with `doorbuster target down`. Exit code 6 when it
    does not start (a port is taken, a server is not reachable), with the reason.

    \b
    Examples:
      doorbuster target up
      doorbuster target up --name reference --port 8080
    """
    from targets import detached

    existing = {service: url for service, url in services.items() if url}
    known = detached.known_target(workspace, name)
    if known is not None and detached.is_alive(known):
        raise click.UsageError(
            f"target {name} is already up at {known.url}; stop it: {_down(workspace, name)}"
        )
    if foreground:
        sys.exit(_supervise(workspace, name, port, web_processes, existing))
    words = ["--port", str(port), "--web-processes", str(web_processes)]
    words += [word for service, url in existing.items() for word in (f"--{service}", url)]
    started = _started(workspace, name, words)
    if as_json:
        _print_json(started.as_json())
    else:
        click.echo(f"{name} is up at {started.url}\nlogs  {started.log}")
        click.echo(f"stop  {_down(workspace, name)}")


@target.command(short_help="Stop a target and all its servers.")
@_name_option
@_workspace_option
def down(name: str, workspace: Path) -> None:
    """Stop a target that `doorbuster target up` started, and all its servers.

    \b
    Examples:
      doorbuster target down --name reference
    """
    from targets import detached

    known = detached.known_target(workspace, name)
    if known is None:
        click.echo(f"no target {name} is up in {workspace}", err=True)
        return
    was_alive = detached.is_alive(known)
    took_s = detached.stop_detached(known)
    detached.state_file(workspace, name).unlink(missing_ok=True)
    if was_alive:
        click.echo(f"{name} stopped in {took_s:.1f} s; its logs stay in {known.log}")
    else:
        click.echo(f"{name} had ended by itself; its logs are in {known.log}")


@target.command("list", short_help="Show the targets that are up, and their health.")
@_workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_(workspace: Path, as_json: bool) -> None:
    """Show the targets of the workspace: name, URL, pid, up since, health.

    \b
    Examples:
      doorbuster target list --json
    """
    from targets import detached

    shown = [
        {**known.as_json(), "health": detached.health_of(known)}
        for known in detached.known_targets(workspace)
    ]
    if as_json:
        _print_json(shown)
        return
    columns = ("name", "url", "pid", "up_since", "health")
    table = [columns, *([str(row[column]) for column in columns] for row in shown)]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    for row in table:
        click.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())


def _started(workspace: Path, name: str, words: Sequence[str]) -> RunningTarget:
    from targets import detached

    where = ("--name", name, "--workspace", str(workspace))
    command = [*DOORBUSTER, "target", "up", "--foreground", *where, *words]
    try:
        return detached.start_detached(
            command, workspace, name, show=lambda text: click.echo(text, err=True)
        )
    except detached.TargetStartError as error:
        click.echo(f"error: {error}; logs  {detached.log_directory(workspace, name)}", err=True)
        sys.exit(ExitCode.TARGET_UNREACHABLE)
    except KeyboardInterrupt:
        click.echo(f"interrupted: target {name} was stopped", err=True)
        sys.exit(ExitCode.INTERRUPTED)


def _supervise(
    workspace: Path, name: str, port: int, web_processes: int, existing: Mapping[str, str]
) -> ExitCode:
    """Keep the target up until SIGTERM (`target down`) or Ctrl-C."""
    from targets import detached
    from targets.backing.child_process import ServiceStartError
    from targets.embedded import running_reference_shop

    signal.signal(signal.SIGTERM, _leave_once)
    try:
        with (
            running_reference_shop(
                detached.log_directory(workspace, name),
                port=port,
                web_processes=web_processes,
                existing=existing,
                announce=lambda line: click.echo(line, err=True),
            ) as shop,
            detached.state_kept(workspace, name, shop),
        ):
            click.echo(f"{name} is up at {shop.url}; stop it with Ctrl-C")
            while True:
                signal.pause()
    except ServiceStartError as error:
        click.echo(f"error: {error}", err=True)
        return ExitCode.TARGET_UNREACHABLE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _leave_once(_number: int, _frame: object) -> None:
    """Unwind, and let nobody disturb it: the servers are being stopped."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(ExitCode.MET)


def _down(workspace: Path, name: str) -> str:
    elsewhere = "" if workspace == Path.cwd() else f" --workspace {shlex.quote(str(workspace))}"
    return f"doorbuster target down --name {name}{elsewhere}"


def _print_json(shown: object) -> None:
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
