"""The counts of a fleet's workers, put together for the screen and the guards."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from reports.record.outcome import Outcome
from scenarios.fleet.member import Member
from scenarios.fleet.protocol import ProtocolError, Report
from scenarios.shoppers.tally import Tally
from scenarios.shoppers.time_counts import BOUNDS_S, TimeCounts

MOST_TOLD = 3
"""Workers that a line has room for, one by one."""


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
        short=sum(each.report.short_actions for each in members),
        in_flight=sum(each.report.in_flight for each in members if each.is_up),
        worst_lag_s=report.worst_lag_s,
        lags=TimeCounts().plus([_lags(each.report) for each in members]),
    )
    tally.own_levels.update(report.own_levels)
    tally.marks_elsewhere = tuple(
        map(sum, zip(*(each.report.marks for each in members), strict=True))
    )
    tally.workers = _all_in_words(members)


def _lags(report: Report) -> TimeCounts:
    """The worker's schedule lags. Raises ProtocolError."""
    content, sum_s = report.lags
    counts = array("q", content).tolist() if len(content) % 8 == 0 else []
    if content and len(counts) != len(BOUNDS_S) + 1:
        raise ProtocolError(f"a report's lags: {len(content)} bytes")
    return TimeCounts(BOUNDS_S, counts, sum_s)


def _all_in_words(members: Sequence[Member]) -> str:
    """Each of a few workers; of many, how many play and who is worst off."""
    if len(members) <= MOST_TOLD:
        return ", ".join(map(_in_words, members))
    up = [each for each in members if each.is_up]
    words = [f"{len(up)} of {len(members)} play"]
    for standing in ("lost", "leaving"):
        if those := [str(each.number) for each in members if each.standing == standing]:
            words.append(
                f"{standing}: {', '.join(those[:MOST_TOLD])}{' …' * (len(those) > MOST_TOLD)}"
            )
    if up:
        late = max(up, key=lambda each: each.report.worst_lag_s)
        busy = max(up, key=lambda each: each.report.cpu_ratio)
        words.append(f"worst lag {_lag(late)} (worker {late.number})")
        words.append(f"highest cpu {_cpu(busy)} (worker {busy.number})")
    return ", ".join(words)


def _in_words(member: Member) -> str:
    if not member.is_up:
        return f"{member.number} {member.standing}"
    in_flight = f"{member.report.in_flight:,} in flight"
    return f"{member.number} lag {_lag(member)} cpu {_cpu(member)} {in_flight}"


def _lag(member: Member) -> str:
    return f"{member.report.worst_lag_s * 1000:.1f} ms"


def _cpu(member: Member) -> str:
    return f"{100 * member.report.cpu_ratio:.0f} %"
