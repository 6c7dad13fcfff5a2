"""An event log of traced visits that process-mining tools read: CSV, or XES 1.0 (IEEE 1849-2016).

A case is a visit. An action is an activity that starts and completes; so is each stay at a
station, which is scheduled on arrival (its wait), started with its service and completed with its
end, or aborted when the visitor is refused or gives up. What takes no time (a cache hit, a retry,
a parcel shipped) only completes. The resource is the station, cache or attempt.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

from reports.documents.mistake import mistake_on_command_line
from sim.engine.contract import TraceEvent

FORMATS = (".csv", ".xes")
COLUMNS = ("case", "activity", "timestamp", "lifecycle", "resource", "action")
SHOPPER = "shopper"
_LIFECYCLE = {
    "start": "start",
    "end": "complete",
    "arrive": "schedule",
    "serve": "start",
    "done": "complete",
    "refuse": "ate_abort",
    "abandon": "ate_abort",
}
"""Transitions of the standard lifecycle model; any other event is complete by itself."""
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>
    <string key="lifecycle:transition" value="complete"/>
    <string key="org:resource" value=""/>
    <int key="action" value="0"/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
  <classifier name="Transition" keys="concept:name lifecycle:transition"/>
  <string key="lifecycle:model" value="standard"/>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """A line of the log. `timestamp` is ISO 8601 with microseconds and the offset from UTC."""

    case: int
    activity: str
    timestamp: str
    lifecycle: str
    resource: str
    action: int


def refuse_format(file: Path) -> None:
    """Raises DocumentError unless `file` ends in a format that can be written."""
    if file.suffix.lower() not in FORMATS:
        raise mistake_on_command_line(f"--event-log {file}", f"must end in {' or '.join(FORMATS)}")


def logged(events: Iterable[TraceEvent], began_at: datetime) -> Iterator[LoggedEvent]:
    """The lines of the log, case by case and in each by their instants. `began_at` is the
    instant 0 of the run."""
    assert began_at.tzinfo is not None
    for each in sorted(events, key=lambda event: event.visit):
        lifecycle = _LIFECYCLE.get(each.what)
        at = began_at + timedelta(seconds=each.at_s)
        yield LoggedEvent(
            case=each.visit,
            activity=each.where if lifecycle else f"{each.what.replace('_', ' ')} {each.where}",
            timestamp=at.isoformat(timespec="microseconds"),
            lifecycle=lifecycle or "complete",
            resource=SHOPPER if each.what in ("start", "end") else each.where,
            action=each.action,
        )


def write_event_log(events: Sequence[TraceEvent], file: Path, *, began_at: datetime) -> None:
    """Writes `file` in the format of its suffix. Raises DocumentError when that fails."""
    refuse_format(file)
    write = _write_xes if file.suffix.lower() == ".xes" else _write_csv
    try:
        with file.open("w", encoding="utf-8", newline="") as text:
            write(logged(events, began_at), text)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise mistake_on_command_line(f"--event-log {file}", message) from error


def _write_csv(events: Iterator[LoggedEvent], text: TextIO) -> None:
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(each, name) for name in COLUMNS] for each in events)


def _write_xes(events: Iterator[LoggedEvent], text: TextIO) -> None:
    text.write(_HEAD)
    for case, its in groupby(events, key=lambda each: each.case):
        text.write(f'  <trace>\n    <string key="concept:name" value="{case}"/>\n')
        for each in its:
            text.write(_xes_event(each))
        text.write("  </trace>\n")
    text.write("</log>\n")


def _xes_event(event: LoggedEvent) -> str:
    return (
        "    <event>\n"
        f'      <string key="concept:name" value={quoteattr(event.activity)}/>\n'
        f'      <date key="time:timestamp" value="{event.timestamp}"/>\n'
        f'      <string key="lifecycle:transition" value="{event.lifecycle}"/>\n'
        f'      <string key="org:resource" value={quoteattr(event.resource)}/>\n'
        f'      <int key="action" value="{event.action}"/>\n'
        "    </event>\n"
    )
