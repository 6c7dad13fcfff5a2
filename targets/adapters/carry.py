"""Carrying: a value of one reply that a later call sends back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from targets.adapters.json_path import MISSING, JsonPath
from targets.adapters.reply_reading import ReplyReading
from targets.adapters.template import as_text

Named = Literal["header", "cookie", "form_field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """`name` gets the value at `source`: a place in the JSON, a named part, or the body's text.

    `pattern` picks its first group, or its whole match when it has none. A value that is not
    found fails the step when it is `required`.
    """

    name: str
    source: JsonPath | tuple[Named, str] | None
    pattern: re.Pattern[str] | None = None
    required: bool = True


def carried(carry: Carry, reading: ReplyReading) -> object:
    """The value that `carry` finds, or MISSING."""
    value = _found(carry.source, reading)
    if carry.pattern is None or value is MISSING:
        return value
    match = carry.pattern.search(as_text(value))
    if match is None:
        return MISSING
    picked = match[1] if carry.pattern.groups else match[0]
    return MISSING if picked is None else picked


def _found(source: JsonPath | tuple[Named, str] | None, reading: ReplyReading) -> object:
    if source is None:
        return reading.text
    if isinstance(source, JsonPath):
        return reading.json_at(source)
    kind, name = source
    if kind == "header":
        return reading.header(name)
    return reading.cookie(name) if kind == "cookie" else reading.form_field(name)
