"""A load run as it is asked for: what to play, where, and where to keep the record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reports.record.facts import host_facts, tool_versions, utc_now
from reports.record.manifest import Manifest
from reports.record.planned import plan_facts
from scenarios.guards.protection import Protection
from scenarios.shoppers.limit_search import SearchOf
from scenarios.shoppers.player import PlayerOptions
from scenarios.transport.arriving_reply import LARGEST_REPLY_BYTES
from scenarios.transport.origins import Address, permitted_origins
from scenarios.transport.tls import tls_context
from scenarios.transport.transport import Transport
from scenarios.workload.plan import VisitPlan
from targets.adapters.colour import DEFAULT_COLOUR, Colour
from targets.adapters.contract import Adapter

UNGUARDED = Protection()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRun:
    """What to play, where, and where to keep the record.

    `addresses` are those of the further origins that redirects may lead to, by URL; `ca_file`
    and `verify` as in a target file. `verb` is what the user has asked for, for the audit log.
    """

    plan: VisitPlan
    adapter: Adapter
    adapter_name: str
    url: str
    address: tuple[str, int]
    environment: str
    directory: Path
    run_id: str
    options: PlayerOptions
    protection: Protection = UNGUARDED
    addresses: Mapping[str, Address] = field(default_factory=dict)
    ca_file: Path | None = None
    verify: bool = True
    largest_reply_bytes: int | None = None
    colour: Colour = DEFAULT_COLOUR
    verb: str = "run"
    objectives_file: str = ""
    objectives_text: str = ""
    notes: tuple[str, ...] = ()
    response_time_limits_s: tuple[float, ...] = ()
    """Those that the objectives speak of: live figures are counted exactly up to each."""
    metrics_port: int | None = None
    """Where the live figures are served for Prometheus besides the control port."""
    parent: int | None = None
    """A process without which the run must not go on."""
    search: SearchOf | None = None
    """Begins the search for the limit that ends the run, where the plan is one."""

    def transport(self) -> Transport:
        """A way to the target, and to nowhere else than what was permitted and looked up."""
        return Transport(
            self.url,
            address=self.address,
            run_id=self.run_id,
            colour=self.colour,
            origins=permitted_origins(self.addresses),
            tls=tls_context(ca_file=self.ca_file, verify=self.verify),
            largest_reply_bytes=self.largest_reply_bytes or LARGEST_REPLY_BYTES,
        )

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
            guards=self.protection.armed(),
        )
