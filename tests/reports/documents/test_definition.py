"""A definition finds every mistake of a document at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import jsonschema
import pytest
from pydantic import ConfigDict

from reports.documents.definition import (
    STRICT_KEYS,
    checked,
    json_schema,
    read_document,
)
from reports.documents.located_yaml import KeyPath, parse_yaml
from reports.documents.mistake import DocumentError
from reports.documents.quantity import Duration, ExactRatio, Rate, Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: str
    duration: Duration
    at: Rate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    kind: Literal["poisson", "even"]
    share: Ratio
    target: ExactRatio | None = None
    phases: tuple[Phase, ...] = ()


GOOD = "kind: even\nshare: 12.5 %\ntarget: 99.9 %\nphases:\n  - {name: a, duration: 5s}\n"


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        checked(parse_yaml(text, "a.yaml"), Document)
    return [str(each) for each in caught.value.mistakes]


def test_a_good_document_becomes_its_value(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    value, located = read_document(tmp_path / "a.yaml", Document)
    assert (value.kind, value.share, value.phases[0].duration) == ("even", 0.125, 5.0)
    assert located.places["phases", 0, "duration"] == (5, 25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: even\nshare: 1\nshard: 1\n",
         'a.yaml:3:1 shard: unknown key, did you mean "share"?'),
        ("kind: even\nshare: 1\nzzz: 1\n",
         "a.yaml:3:1 zzz: unknown key (known: kind, share, target, phases)"),
        ("kind: even\n", "a.yaml:1:1 share: is missing"),
        ("kind: bursty\nshare: 1\n",
         "a.yaml:1:7 kind: must be 'poisson' or 'even', got \"bursty\""),
        ("kind: even\nshare: 120 %\n",
         'a.yaml:2:8 share: must be from 0 to 1 (0 % to 100 %), got "120 %"'),
        ("kind: even\nshare: 1\nphases:\n  - {name: a, duration: -5s}\n",
         'a.yaml:4:25 phases[0].duration: must be > 0, got "-5s"'),
        ("kind: even\nshare: 1\nphases:\n  - {name: a, duration: 5}\n",
         'a.yaml:4:25 phases[0].duration: must be a duration such as "30s", "5m" or "1m 30s", '
         "got 5"),
        ("kind: even\nshare: 1\nphases:\n  - {name: a, duration: 5s, at: 5}\n",
         'a.yaml:4:33 phases[0].at: must be a rate such as "200/s" or "90/min", got 5'),
        ("- 1\n- 2\n", "a.yaml:1:1: must be a mapping of keys, got [1, 2]"),
        ("just words\n", 'a.yaml:1:1: must be a mapping of keys, got "just words"'),
    ],
)  # fmt: skip
def test_a_mistake_says_where_what_and_what_was_found(text: str, message: str) -> None:
    assert mistakes_of(text) == [message]


def test_all_mistakes_are_reported_at_once_by_line() -> None:
    text = "kind: bursty\nshare: x\nphases:\n  - {nam: a}\n  - 7\n"
    assert [each.split(" ")[0] for each in mistakes_of(text)] == [
        "a.yaml:1:7", "a.yaml:2:8", "a.yaml:4:5", "a.yaml:4:5", "a.yaml:4:6", "a.yaml:5:5",
    ]  # fmt: skip


def test_a_check_over_several_fields_has_its_place() -> None:
    def check(value: Document) -> Iterator[tuple[KeyPath, str]]:
        yield ("phases", 0, "name"), f'must not be "{value.phases[0].name}"'

    with pytest.raises(DocumentError) as caught:
        checked(parse_yaml(GOOD, "a.yaml"), Document, check=check)
    assert str(caught.value) == 'a.yaml:5:12 phases[0].name: must not be "a"'


def test_the_schema_accepts_what_the_definition_accepts() -> None:
    schema = json.loads(json_schema(Document, title="A document"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(parse_yaml(GOOD, "a.yaml").value, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "even", "share": "x"}, schema)
