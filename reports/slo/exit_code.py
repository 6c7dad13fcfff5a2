"""The exit codes of every verb: what a shell or a CI job learns from a run."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    MET = 0
    VIOLATED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    ABORTED = 4
    RUN_INVALID = 5
    TARGET_UNREACHABLE = 6
    INTERNAL_ERROR = 70
    INTERRUPTED = 130


MEANING = {
    ExitCode.MET: "every objective and invariant met",
    ExitCode.VIOLATED: "an objective or invariant violated",
    ExitCode.USAGE: "usage or configuration",
    ExitCode.INCONCLUSIVE: "inconclusive or no data",
    ExitCode.ABORTED: "aborted by a guard or the operator",
    ExitCode.RUN_INVALID: "run invalid: the generator fell behind",
    ExitCode.TARGET_UNREACHABLE: "target did not start or cannot be reached",
    ExitCode.INTERNAL_ERROR: "an error of Doorbuster's own",
    ExitCode.INTERRUPTED: "interrupted",
}
assert set(MEANING) == set(ExitCode)
