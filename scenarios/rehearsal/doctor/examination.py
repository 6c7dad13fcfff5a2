"""Whether this machine can rehearse, and how much it can send."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scenarios.rehearsal.doctor.finding import Finding
from scenarios.rehearsal.doctor.machine import machine_findings
from scenarios.rehearsal.doctor.sending import sending_findings
from scenarios.rehearsal.doctor.server_trial import server_findings
from scenarios.rehearsal.doctor.wheels import wheels_finding

SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "problem": ("✗", "bold red")}


def examine(*, announce: Callable[[str], None]) -> tuple[Finding, ...]:
    """All findings, in about ten seconds; `announce` is told what is being done.

    Nothing is left behind: every process that was started has ended, what they wrote is gone.
    """
    with tempfile.TemporaryDirectory(
        prefix="doorbuster-doctor-", ignore_cleanup_errors=True
    ) as directory:
        python, *machine = machine_findings(Path.cwd())
        announce("loading every library, and starting PostgreSQL, Valkey and NATS")
        with ThreadPoolExecutor(1) as pool:
            wheels = pool.submit(wheels_finding)
            servers = server_findings(Path(directory) / "servers")
        announce("measuring what can be sent from here: about 10 s on a quiet machine")
        sending = tuple(sending_findings(Path(directory) / "sending"))
        return (python, wheels.result(), *servers, *machine, *sending)


def all_well(findings: Sequence[Finding]) -> bool:
    """Whether a rehearsal can be run here; warnings only limit it."""
    return all(each.verdict != "problem" for each in findings)


def show(findings: Sequence[Finding], console: Console, *, as_json: bool) -> None:
    """Prints `findings` as a table on `console`, or as JSON on standard output."""
    if as_json:
        shown = {"well": all_well(findings), "findings": [each.as_json() for each in findings]}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    console.print(_table(findings))
    console.print()
    console.print(_conclusion(findings))


@contextmanager
def telling(console: Console) -> Iterator[Callable[[str], None]]:
    """How to announce on `console`: one line that changes, or a line each without a terminal."""
    if not console.is_terminal:
        yield lambda words: console.print(words, style="dim", soft_wrap=True)
        return
    with console.status("looking around") as status:
        yield status.update


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("check", "found", "verdict"):
        table.add_column(column, no_wrap=column != "found", overflow="fold")
    for each in findings:
        sign, style = SIGNS[each.verdict]
        found = Text(each.found)
        if each.advice:
            found.append(f"\n→ {each.advice}", style)
        table.add_row(each.check, found, Text(f"{sign} {each.verdict}", style))
    return table


def _conclusion(findings: Sequence[Finding]) -> Text:
    problems, warnings = (
        sum(each.verdict == verdict for each in findings) for verdict in ("problem", "warning")
    )
    if problems:
        return Text(f"{_counted(problems, 'problem')} to mend before a rehearsal.", "bold red")
    limits = f", with {_counted(warnings, 'warning')}" if warnings else ""
    return Text(f"This machine can rehearse{limits}: doorbuster rehearse", "bold")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + "s" * (count != 1)
