"""Open files of this process: a visit in play holds one, and a run must not run out of them."""

from __future__ import annotations

import resource
from typing import Final

from reports.documents.mistake import mistake_on_command_line

RESERVED_FILES: Final = 100
"""Open files that a run needs for itself: its record, its log, the libraries."""


def require_open_files(in_flight: int) -> None:
    """Makes room for `in_flight` visits in play at once, as far as the system lets this process.

    Raises DocumentError that says which number to change when that is not far enough.
    """
    wanted = in_flight + RESERVED_FILES
    available = raised_open_files(wanted)
    if available < wanted:
        raise mistake_on_command_line(
            "--in-flight",
            f"{in_flight:,} visits at once need {wanted:,} open files, but this process may have "
            f"{available:,} at most: give --in-flight {max(1, available - RESERVED_FILES)}, or "
            "raise the hard limit (ulimit -Hn)",
        )


def raised_open_files(wanted: int) -> int:
    """How many open files this process may have, up to `wanted` or more, after its soft limit was
    raised as far as that takes and its hard limit lets it. It is never lowered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY:
        return wanted
    if soft < reachable:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    return max(soft, reachable)
