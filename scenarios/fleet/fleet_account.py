"""What a record says of the fleet that made it: its workers, what was lost, who carried on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reports.record.manifest import LostVisits, Manifest, WorkerFacts
from reports.record.worker_visits import last_rows
from scenarios.fleet.clock_offset import LARGEST_UNCERTAINTY_S
from scenarios.fleet.lost_visits import Wreck, wreck_of
from scenarios.fleet.member import Member
from scenarios.fleet.roster import Loss, Roster
from scenarios.workload.plan import VisitPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAccount:
    """The workers, the visits that went down with some of them, and sentences on that."""

    workers: tuple[WorkerFacts, ...]
    lost_visits: tuple[LostVisits, ...]
    notes: tuple[str, ...]

    def on(self, manifest: Manifest) -> Manifest:
        """`manifest` with this account in it."""
        return replace(
            manifest,
            workers=self.workers,
            lost_visits=(*manifest.lost_visits, *self.lost_visits),
            notes=(*manifest.notes, *self.notes),
        )


def fleet_account(
    roster: Roster, plan: VisitPlan, directory: Path, *, before_s: float
) -> FleetAccount:
    """The account of a run that has ended at `before_s`, whose record is in `directory`. Raises
    RecordError."""
    members = sorted(roster.members.values(), key=lambda each: each.number)
    by_number = {each.number: each for each in members}
    wrecks = [
        (
            loss,
            wreck_of(
                plan,
                roster.duties.of(loss.worker),
                started_through=by_number[loss.worker].report.started_through,
                last=last_rows(directory, loss.worker),
                before_s=before_s,
            ),
        )
        for loss in roster.losses
    ]
    return FleetAccount(
        workers=tuple(_facts(each) for each in members),
        lost_visits=tuple(
            wreck.lost_visits(loss.worker, loss.why) for loss, wreck in wrecks if not wreck.is_empty
        ),
        notes=(
            *(_loss_note(by_number[loss.worker], loss, wreck) for loss, wreck in wrecks),
            *(note for each in members for note in _clock_notes(each)),
        ),
    )


def _facts(member: Member) -> WorkerFacts:
    first, last = member.first or member.report, member.report
    return WorkerFacts(
        number=member.number,
        name=member.hello.name,
        host=member.hello.host,
        pid=member.hello.pid,
        cores=member.hello.cores,
        offset_s=first.offset_s,
        round_trip_s=first.round_trip_s,
        last_offset_s=last.offset_s,
        last_round_trip_s=last.round_trip_s,
        started_visits=last.started_visits,
        actions=last.actions,
        standing=member.standing,
    )


def _loss_note(member: Member, loss: Loss, wreck: Wreck) -> str:
    words = [f"{member.title} was lost {loss.at_s:.1f} s into the run: {loss.why}."]
    if wreck.visits:
        words.append(
            f"{wreck.visits:,} visits due between {wreck.from_s:.2f} s and {wreck.until_s:.2f} s "
            f"left no row: {wreck.started:,} of them had been started, and of {wreck.unknown:,} "
            "nobody knows."
        )
    elif not wreck.torn:
        words.append("No visit was lost.")
    if wreck.torn:
        words.append(f"{wreck.torn:,} visits were in play and left no last row.")
    if loss.heirs and not math.isnan(loss.from_s):
        words.append(
            f"From {loss.from_s:.2f} s on its visits were played by {named_workers(loss.heirs)}."
        )
    return " ".join(words)


def named_workers(workers: Sequence[int]) -> str:
    """`worker 1`, `workers 1 and 3`, `workers 1, 3 and 4`."""
    *others, last = map(str, workers)
    return f"workers {', '.join(others)} and {last}" if others else f"worker {last}"


def _clock_notes(member: Member) -> Iterator[str]:
    first, last = member.first or member.report, member.report
    uncertain_s = max(first.round_trip_s, last.round_trip_s) / 2
    if uncertain_s > LARGEST_UNCERTAINTY_S:
        yield (
            f"the clock of {member.title} is known to within {uncertain_s * 1000:.1f} ms only: its "
            "round trip to the master was that long"
        )
    drift_s = abs(last.offset_s - first.offset_s)
    if drift_s > LARGEST_UNCERTAINTY_S + uncertain_s:
        yield f"the clock of {member.title} drifted by {drift_s * 1000:.1f} ms during the run"
