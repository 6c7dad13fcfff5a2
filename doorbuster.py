"""Doorbuster's command line: a table of verbs, each defined in its folder's `commands.py`.

A verb's module is imported only when it is asked for, so `doorbuster --help` answers at once.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib
import io
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from reports.slo.exit_code import MEANING, ExitCode

VERBS = {
    "rehearse": (
        "scenarios.rehearsal.commands",
        "Start the platform, run, simulate, judge, report.",
    ),
    "run": ("scenarios.shoppers.commands", "Play a campaign or a log against a target."),
    "worker": ("scenarios.fleet.commands", "Play a part of a run for a master elsewhere."),
    "stop": ("scenarios.guards.commands", "Stop a run that goes on, from another terminal."),
    "simulate": ("sim.commands", "Play a campaign through a model of the platform."),
    "what-if": ("sim.what_if_command", "Compare a model with a changed one, with the same luck."),
    "stability": ("sim.stability_command", "Find the loads that a model does not recover from."),
    "report": ("reports.commands", "Turn a record into a page, verdict.json and JUnit XML."),
    "gate": ("reports.commands", "Judge a record and exit by the verdict, for CI."),
    "plan": ("scenarios.commands", "Show what a campaign would send, without sending it."),
    "validate": ("scenarios.commands", "Check files and show every mistake with its line."),
    "target": ("targets.commands", "Start, stop, list or probe a platform."),
    "doctor": ("scenarios.rehearsal.commands", "Check this machine and measure what it can send."),
    "init": ("scenarios.rehearsal.commands", "Write a runnable workspace into a directory."),
}
"""Verb: the module that defines it under the same name (with _ for -), and its line in `--help`."""

MISTAKES = {
    "reports.documents.mistake:DocumentError": ExitCode.USAGE,
    "reports.record.manifest:RecordError": ExitCode.USAGE,
    "targets.target_file:TargetNotAllowedError": ExitCode.USAGE,
    "targets.target_file:TargetUnreachableError": ExitCode.TARGET_UNREACHABLE,
    "targets.backing.child_process:ServiceStartError": ExitCode.TARGET_UNREACHABLE,
    "scenarios.shoppers.sale:PlatformError": ExitCode.TARGET_UNREACHABLE,
    "scenarios.rehearsal.workspace:WorkspaceError": ExitCode.USAGE,
    "reports.render.picture_file:PictureError": ExitCode.USAGE,
    "scenarios.guards.audit_log:AuditError": ExitCode.USAGE,
    "scenarios.guards.control_call:ControlError": ExitCode.TARGET_UNREACHABLE,
    "scenarios.shoppers.load_session:RunLostError": ExitCode.ABORTED,
    "scenarios.fleet.protocol:FleetError": ExitCode.USAGE,
    "sim.replication.replications:MemoryNeededError": ExitCode.USAGE,
    "sim.replication.replications:ReplicationError": ExitCode.ABORTED,
}
"""Errors that are the user's to mend, with the exit code that each one ends in."""

EXAMPLES = """\b
Examples:
  doorbuster rehearse                        a whole rehearsal on the built-in shop
  doorbuster run flash_sale --target http://127.0.0.1:8000 --adapter mine.yaml
  doorbuster run --replay access.log --speed 10 --target http://127.0.0.1:8000
  doorbuster gate runs/RUN_ID                for CI: exits by the verdict
"""


IN_ASCII = "doorbuster.in_ascii"
SIGNS_IN_ASCII = {
    "✓": "+", "✗": "x", "×": "x", "±": "+-", "–": "-", "·": "-", "…": "...", "→": "->",
    "“": '"', "”": '"', "’": "'",
}  # fmt: skip
"""What is written in place of a sign that a terminal or a locale does not know. A `?` would say
that a verdict is open."""


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    unknown = error.object[error.start : error.end]
    return "".join(SIGNS_IN_ASCII.get(sign, "?") for sign in unknown), error.end


class VerbTable(click.Group):
    """A click group that imports a verb when it is used, not when it is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(VERBS[cmd_name][0])
        verb: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return verb

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), words) for code, words in MEANING.items()])


@click.command(
    cls=VerbTable, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="doorbuster", prog_name="doorbuster")
def verbs() -> None:
    """Rehearse a big promotion before the crowd does it.

    Doorbuster replays flash-sale traffic against a platform, plays the same traffic through a
    model of it, and judges both against service level objectives.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the verb that `arguments` name and returns its exit code; prints no traceback for a
    user's mistake."""
    codecs.register_error(IN_ASCII, _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=IN_ASCII)
    _hear_ctrl_c()
    try:
        result = verbs.main(args=arguments, prog_name="doorbuster", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _said("interrupted", ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else ExitCode.USAGE
    except Exception as error:
        if (code := exit_code_of(error)) is None:
            # Python's own exit code for it is 1, which says that an objective was violated.
            traceback.print_exc()
            return ExitCode.INTERNAL_ERROR
        return _said(str(error), code)
    return result if isinstance(result, int) else ExitCode.MET


def _hear_ctrl_c() -> None:
    """A script's background job is started with SIGINT ignored, and a run goes on and on. Who
    sends it one by its id means it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def exit_code_of(error: Exception) -> ExitCode | None:
    """The exit code of a user's mistake; None for an error that is ours."""
    kinds = {f"{each.__module__}:{each.__qualname__}" for each in type(error).__mro__}
    return next((code for kind, code in MISTAKES.items() if kind in kinds), None)


def _said(words: str, code: ExitCode) -> int:
    # Where the words go may be on the disk that is full; the code must still be the right one.
    with contextlib.suppress(OSError):
        click.echo(words, err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
