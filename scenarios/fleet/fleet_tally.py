"""The counts of a fleet's workers, put together for the screen and the guards."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from reports.record.outcome import Outcome
from scenarios.fleet.member import Member
from scenarios.fleet.protocol import ProtocolError, Report
from scenarios.shoppers.tally import Tally
from scenarios.shoppers.time_counts import BOUNDS_S, TimeCounts


def ended_actions(report: Report, steps: Sequence[str]) -> Iterator[tuple[str, float, Outcome]]:
    """Step, response time in seconds and outcome of the actions that `report` tells of. Raises
    ProtocolError."""
    step_codes, seconds, outcomes = report.ended_actions
    try:
        columns = array("h", step_codes), array("f", seconds), array("b", outcomes)
        for step, response_time_s, outcome in zip(*columns, strict=True):
            yield steps[step], response_time_s, Outcome(outcome)
    except (ValueError, IndexError) as error:
        raise ProtocolError(f"a report's actions: {error}") from error


def count_together(tally: Tally, members: Sequence[Member], report: Report) -> None:
    """Puts the sums over `members` into `tally`, of which one has just sent `report`."""
    tally.count_elsewhere(
        started=sum(each.report.started_visits for each in members),
        not_sent=sum(each.report.not_sent_visits for each in members),
        in_flight=sum(each.report.in_flight for each in members if each.is_up),
        worst_lag_s=report.worst_lag_s,
        lags=TimeCounts().plus([_lags(each.report) for each in members]),
    )
    tally.own_levels.update(report.own_levels)
    tally.marks_elsewhere = tuple(
        map(sum, zip(*(each.report.marks for each in members), strict=True))
    )
    tally.workers = ", ".join(map(_in_words, members))


def _lags(report: Report) -> TimeCounts:
    """The worker's schedule lags. Raises ProtocolError."""
    content, sum_s = report.lags
    counts = array("q", content).tolist() if len(content) % 8 == 0 else []
    if content and len(counts) != len(BOUNDS_S) + 1:
        raise ProtocolError(f"a report's lags: {len(content)} bytes")
    return TimeCounts(BOUNDS_S, counts, sum_s)


def _in_words(member: Member) -> str:
    report = member.report
    if not member.is_up:
        return f"{member.number} {member.standing}"
    return (
        f"{member.number} lag {report.worst_lag_s * 1000:.1f} ms cpu {report.cpu_ratio:.0%} "
        f"in flight {report.in_flight:,}"
    )
