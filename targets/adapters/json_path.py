"""A plain path into JSON: `$.data.items[0].id`. No wildcards and no filters.

A path names one place, so that a value carried or tested is never one of several by chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PART = re.compile(r"\.([^.\[\]'\"\s]+)|\[(-?\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What stands at a place that the JSON does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonPath:
    """Keys and positions from the root inwards; a negative position counts from the end."""

    parts: tuple[str | int, ...]


def is_json_path(text: str) -> bool:
    """Whether `text` is meant as a path: it starts with `$` and goes on or ends there."""
    return text == "$" or text.startswith(("$.", "$["))


def json_path(text: str) -> JsonPath:
    """`text` as a path. Raises ValueError with a sentence for the person who wrote it."""
    if not is_json_path(text):
        raise ValueError("must be a JSON path such as $.data.items[0].id")
    parts: list[str | int] = []
    at = 1
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise ValueError(f"is not a JSON path from character {at + 1} on ({text[at:]})")
        key, position, quoted, double_quoted = match.groups()
        name = next((each for each in (key, quoted, double_quoted) if each is not None), "")
        parts.append(name if position is None else int(position))
        at = match.end()
    return JsonPath(parts=tuple(parts))


def found_at(path: JsonPath, value: object) -> object:
    """What stands at `path` in `value`, or MISSING. A JSON null is MISSING too."""
    for part in path.parts:
        if isinstance(part, str) and isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(part, int) and isinstance(value, list):
            value = value[part] if -len(value) <= part < len(value) else MISSING
        else:
            return MISSING
    return MISSING if value is None else value
