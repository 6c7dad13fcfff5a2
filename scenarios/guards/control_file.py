"""Where the control port of a run is: a file in its record's directory, for its owner's eyes."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from reports.record.manifest import RecordError

CONTROL_FILE = "control.json"
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """How the run `run_id`, which the process `pid` plays, is spoken to."""

    run_id: str
    pid: int
    port: int
    token: str


@contextmanager
def control_file(directory: Path, control: Control) -> Iterator[None]:
    """Keeps `control` in `directory` within the block. Raises RecordError."""
    file = directory / CONTROL_FILE
    text = json.dumps(dataclasses.asdict(control), indent=1) + "\n"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with open(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise RecordError(f"{file}: cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        forget_control(directory)


def forget_control(directory: Path) -> None:
    """The run in `directory` can no longer be spoken to."""
    with contextlib.suppress(OSError):
        (directory / CONTROL_FILE).unlink()


def read_control(directory: Path) -> Control | None:
    """The control of the run that goes on in `directory`, or below it as a rehearsal's own; None
    when none does, be it that a killed run has left its file behind."""
    for file in (directory / CONTROL_FILE, *sorted(directory.glob(f"*/{CONTROL_FILE}"))):
        with contextlib.suppress(OSError, ValueError, TypeError):
            control = Control(**json.loads(file.read_text(encoding="utf-8")))
            if psutil.pid_exists(control.pid):
                return control
    return None


def runs_going_on(runs: Path) -> list[tuple[Path, Control]]:
    """The directories under `runs` in which a run goes on now, with its control, oldest first."""
    found = ((each, read_control(each)) for each in sorted(runs.glob("*/")))
    return [(each, control) for each, control in found if control is not None]
