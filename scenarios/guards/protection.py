"""Everything that may stop one run, decided before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.record.manifest import ArmedGuard
from scenarios.guards.admission import Limits
from scenarios.guards.standing import Budget
from scenarios.guards.watch import armed_guards
from scenarios.workload.guard import Guards

NO_GUARDS = Guards()
NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The conditions to watch for, the error `budgets` that they speak of, the kill files to look
    for, the target's own limits, and the file in which the run is written down; None writes
    nothing down, which is for tests only."""

    guards: Guards = NO_GUARDS
    budgets: tuple[Budget, ...] = ()
    kill_files: tuple[Path, ...] = ()
    limits: Limits = NO_LIMITS
    audit_file: Path | None = None

    def armed(self) -> tuple[ArmedGuard, ...]:
        """What a run is watched for, as its manifest says before the first visit."""
        return armed_guards(self.guards, self.budgets)
