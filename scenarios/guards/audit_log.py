"""Who sent load where and when: one JSON object a line, only ever appended.

The file is `audit.jsonl` in the working directory, beside `runs/` and not in it, so that clearing
old records away leaves it. DOORBUSTER_AUDIT_LOG names another file, such as one for a whole team
that only root may shorten (`chattr +a`).
"""

from __future__ import annotations

import getpass
import json
import os
import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from reports.record.facts import utc_now

AUDIT_FILE = "audit.jsonl"
AUDIT_VARIABLE = "DOORBUSTER_AUDIT_LOG"

Entry = Mapping[str, str | int | float | None]


class AuditError(Exception):
    """The audit log cannot be written, so nothing may be sent."""


def audit_file(environment: Mapping[str, str]) -> Path:
    """Where the audit log is, by the environment variables."""
    return Path(environment.get(AUDIT_VARIABLE) or AUDIT_FILE)


def append(file: Path, event: str, entry: Entry, *, now: datetime | None = None) -> None:
    """Appends `event` with who, where and when, and is back when it is on the disk.

    A line is one write to a file opened for appending, so that lines of several runs never mix.
    Raises AuditError.
    """
    at = (now or utc_now()).isoformat(timespec="milliseconds")
    line = {"at": at, "event": event, **_who(), **entry}
    data = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            written = os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise AuditError(_refusal(file, error.strerror or str(error))) from error
    if written < len(data):
        raise AuditError(_refusal(file, "No space left on device"))


def _refusal(file: Path, why: str) -> str:
    return (
        f"{file}: the audit log cannot be written: {why}. No load is sent without it; name "
        f"another file in {AUDIT_VARIABLE}"
    )


def _who() -> dict[str, str | int]:
    return {"user": _user(), "host": platform.node(), "pid": os.getpid()}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return f"uid {os.getuid()}"
