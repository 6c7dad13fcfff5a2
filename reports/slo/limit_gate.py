"""What a search for the limit lets through: was a limit found, and is it high enough?"""

from __future__ import annotations

from reports.slo.exit_code import ExitCode
from reports.slo.limit import Limit, LimitOutcome

WITHOUT_A_DEMAND: dict[LimitOutcome, ExitCode] = {
    "found": ExitCode.MET,
    "below": ExitCode.VIOLATED,
    "not_reached": ExitCode.INCONCLUSIVE,
    "generator_limited": ExitCode.RUN_INVALID,
    "no_data": ExitCode.INCONCLUSIVE,
}


def limit_exit_code(limit: Limit, at_least_per_s: float | None) -> ExitCode:
    """0 when a limit was found; with `at_least_per_s`, when a stair of that rate or more held.

    Where it did not hold, that is a violation only if a stair broke: a search that ended before
    it found the limit leaves the demand open.
    """
    code = WITHOUT_A_DEMAND[limit.outcome]
    if at_least_per_s is None:
        return code
    if limit.held and limit.held.stair.rate_per_s >= at_least_per_s:
        return ExitCode.MET
    return ExitCode.VIOLATED if limit.broke else code
