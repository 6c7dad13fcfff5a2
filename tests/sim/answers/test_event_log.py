"""The event log: what the formats ask for, case by case."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from reports.documents.mistake import DocumentError
from sim.answers.event_log import write_event_log
from sim.engine.contract import TraceEvent

BEGAN = datetime(2025, 11, 11, tzinfo=UTC)
ATTRIBUTES = ("string", "date", "int", "float", "boolean", "id", "list")
NAME = re.compile(r"[A-Za-z_:][\w:.\-]*")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")


def event(at_s: float, visit: int, what: str, where: str, action: int = 0) -> TraceEvent:
    return TraceEvent(at_s=at_s, visit=visit, action=action, what=what, where=where)


EVENTS = [
    event(0.0, 7, "start", "view"),
    event(0.001, 8, "start", "付款"),
    event(0.002, 8, "arrive", '<desk & "co">'),
    event(0.002, 8, "refuse", '<desk & "co">'),
    event(0.0025, 8, "end", "付款"),
    event(0.5, 7, "arrive", "desk"),
    event(0.6, 7, "hit", "pages"),
    event(1.0, 7, "serve", "desk"),
    event(90000.25, 7, "done", "desk"),
    event(90000.25, 7, "end", "view"),
]


def rows(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_a_csv_log_has_case_activity_instant_lifecycle_and_resource(tmp_path):
    write_event_log(EVENTS, tmp_path / "log.csv", began_at=BEGAN)
    found = rows(tmp_path / "log.csv")
    assert len(found) == len(EVENTS)
    assert found[3] == {
        "case": "7",
        "activity": "desk",
        "timestamp": "2025-11-11T00:00:01.000000+00:00",
        "lifecycle": "start",
        "resource": "desk",
        "action": "0",
    }
    assert found[2]["activity"] == "hit pages"
    assert found[4]["timestamp"] == "2025-11-12T01:00:00.250000+00:00"


def test_a_case_stands_together_in_the_order_of_its_instants(tmp_path):
    write_event_log(EVENTS, tmp_path / "log.csv", began_at=BEGAN)
    found = rows(tmp_path / "log.csv")
    assert [each["case"] for each in found] == ["7"] * 6 + ["8"] * 4
    for case in ("7", "8"):
        instants = [each["timestamp"] for each in found if each["case"] == case]
        assert instants == sorted(instants)


def test_who_is_refused_aborts_what_was_scheduled(tmp_path):
    write_event_log(EVENTS, tmp_path / "log.csv", began_at=BEGAN)
    desk = [each for each in rows(tmp_path / "log.csv") if each["activity"].startswith("<desk")]
    assert [each["lifecycle"] for each in desk] == ["schedule", "ate_abort"]


def test_an_xes_log_has_the_structure_of_the_published_schema(tmp_path):
    """The schema of IEEE 1849-2016, annex B: in a log extensions, globals, classifiers,
    attributes, traces in this order; in a trace attributes, then events; keys are XML names."""
    write_event_log(EVENTS, tmp_path / "log.xes", began_at=BEGAN)
    log = ET.parse(tmp_path / "log.xes").getroot()
    assert log.tag == "log"
    assert float(log.attrib["xes.version"]) == 1.0
    kinds = ["attribute" if each.tag in ATTRIBUTES else each.tag for each in log]
    order = ["extension", "global", "classifier", "attribute", "trace"]
    assert kinds == sorted(kinds, key=order.index)
    for trace in log.iter("trace"):
        tags = [each.tag == "event" for each in trace]
        assert tags == sorted(tags)
    for each in log.iter("extension"):
        assert set(each.attrib) == {"name", "prefix", "uri"}
    for each in log.iter("classifier"):
        assert re.fullmatch(r"\w+", each.attrib["name"])
    check_attributes(log)


def check_attributes(log: ET.Element) -> None:
    declared = {each.attrib["prefix"] for each in log.iter("extension")}
    for each in (found for tag in ATTRIBUTES for found in log.iter(tag)):
        assert set(each.attrib) == {"key", "value"}
        assert NAME.fullmatch(each.attrib["key"])
        prefix, colon, _ = each.attrib["key"].partition(":")
        assert not colon or prefix in declared
        if each.tag == "date":
            assert DATE_TIME.fullmatch(each.attrib["value"])
        if each.tag == "int":
            int(each.attrib["value"])


def test_every_global_attribute_is_in_every_event(tmp_path):
    """IEEE 1849-2016, 4.1: an attribute that is declared global is there in each element."""
    write_event_log(EVENTS, tmp_path / "log.xes", began_at=BEGAN)
    log = ET.parse(tmp_path / "log.xes").getroot()
    for scope, tag in (("event", "event"), ("trace", "trace")):
        promised = {each.attrib["key"] for each in log.findall(f"global[@scope='{scope}']/*")}
        assert promised
        for element in log.iter(tag):
            assert promised <= {each.attrib.get("key") for each in element}


def test_names_are_kept_in_xes_whatever_letters_they_have(tmp_path):
    write_event_log(EVENTS, tmp_path / "log.xes", began_at=BEGAN)
    log = ET.parse(tmp_path / "log.xes").getroot()
    names = {
        each.attrib["value"] for each in log.iter("string") if each.attrib["key"] == "concept:name"
    }
    assert {'<desk & "co">', "付款"} <= names


def test_another_format_is_refused_by_name(tmp_path):
    with pytest.raises(DocumentError, match=r"must end in \.csv or \.xes"):
        write_event_log(EVENTS, tmp_path / "log.json", began_at=BEGAN)


def test_a_file_that_cannot_be_written_is_a_users_mistake(tmp_path):
    with pytest.raises(DocumentError, match="cannot be written"):
        write_event_log(EVENTS, tmp_path / "missing" / "log.csv", began_at=BEGAN)
