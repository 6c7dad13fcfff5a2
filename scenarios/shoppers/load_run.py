"""A load run as it is asked for: what to play, where, and where to keep the record."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from reports.record.facts import host_facts, tool_versions, utc_now
from reports.record.manifest import Manifest
from reports.record.planned import plan_facts
from scenarios.shoppers.limit_search import SearchOf
from scenarios.shoppers.player import PlayerOptions
from scenarios.workload.plan import VisitPlan
from targets.adapters.contract import Adapter


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRun:
    """What to play, where, and where to keep the record."""

    plan: VisitPlan
    adapter: Adapter
    adapter_name: str
    url: str
    address: tuple[str, int]
    environment: str
    directory: Path
    run_id: str
    options: PlayerOptions
    objectives_file: str = ""
    objectives_text: str = ""
    notes: tuple[str, ...] = ()
    parent: int | None = None
    """A process without which the run must not go on."""
    search: SearchOf | None = None
    """Begins the search for the limit that ends the run, where the plan is one."""

    def manifest(self) -> Manifest:
        """The manifest as it stands before the first visit."""
        return Manifest(
            run_id=self.run_id,
            origin="measured",
            created_at=utc_now().isoformat(timespec="seconds"),
            plan=plan_facts(self.plan),
            target={
                "url": self.url,
                "environment": self.environment,
                "adapter": self.adapter_name,
            },
            versions=tool_versions(),
            host=host_facts(),
            options=dataclasses.asdict(self.options),
            objectives_file=self.objectives_file,
            objectives_text=self.objectives_text,
            notes=self.notes,
        )
