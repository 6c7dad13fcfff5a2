"""A file that ends a run: who can write to the workspace can stop the load, by `touch STOP`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

KILL_FILE = "STOP"
JUST_MADE_S = 0.2
"""`echo why > STOP` makes an empty file first: so long it may stay empty before it counts."""
LONGEST_REASON = 200


def kill_files(record: Path, given: Path | None) -> tuple[Path, ...]:
    """Where a run whose record is in `record` looks: at `given`, else in the working directory;
    and in the record's directory."""
    return given or Path(KILL_FILE), record / KILL_FILE


def reason_to_stop(files: Sequence[Path]) -> str | None:
    """Why one of `files` ends the run: its name and its first line. None when there is none.

    A file that is there but cannot be read ends the run too: somebody has put it there.
    """
    for file in files:
        try:
            with file.open(encoding="utf-8", errors="replace") as lines:
                said = lines.readline(LONGEST_REASON)
                if not said and _age_s(lines.fileno()) < JUST_MADE_S:
                    continue
        except FileNotFoundError:
            continue
        except OSError as error:
            if not file.exists():
                continue
            said = f"cannot be read: {error.strerror}"
        shown = "".join(each for each in said.strip() if each.isprintable())
        return f"kill file {file}{f': {shown}' if shown else ''}"
    return None


def _age_s(file: int) -> float:
    """Seconds since the open `file` was written to. A clock that was put back makes it old."""
    return abs(time.time() - os.fstat(file).st_mtime)
