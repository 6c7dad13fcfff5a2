"""A document's definition: a frozen dataclass that checks a YAML file and describes it.

One dataclass gives three things: the values that a program uses, every mistake in the file with
its line, and the JSON Schema that an editor completes from.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from reports.documents.located_yaml import KeyPath, LocatedYaml, read_yaml
from reports.documents.mistake import DocumentError, Mistake

Definition = TypeVar("Definition")
STRICT_KEYS = ConfigDict(extra="forbid")
"""Put `__pydantic_config__ = STRICT_KEYS` into every defining dataclass: unknown keys are mistakes.
(With `slots=True` write it as `__pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS`.)"""


def read_document(
    file: Path,
    definition: type[Definition],
    *,
    check: Callable[[Definition], Iterator[tuple[KeyPath, str]]] | None = None,
) -> tuple[Definition, LocatedYaml]:
    """The checked value of `file`, and the located document for messages about it later.

    `check` yields `(path, message)` for what no single field shows, such as shares that do not
    add up. Raises DocumentError with every mistake at once.
    """
    located = read_yaml(file)
    return checked(located, definition, check=check), located


def checked(
    located: LocatedYaml,
    definition: type[Definition],
    *,
    check: Callable[[Definition], Iterator[tuple[KeyPath, str]]] | None = None,
) -> Definition:
    """`located` as a value of `definition`; see `read_document`."""
    adapter = TypeAdapter(definition)
    try:
        value = adapter.validate_python(located.value, strict=False)
    except ValidationError as error:
        raise DocumentError(list(_mistakes(error, located, adapter))) from None
    wrong = [located.mistake(path, what) for path, what in check(value)] if check else []
    if wrong:
        raise DocumentError(wrong)
    return value


def json_schema(definition: type[Any], *, title: str) -> str:
    """The JSON Schema (draft 2020-12) of `definition`, as text with a final newline."""
    schema = TypeAdapter(definition).json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps({**schema, **head}, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _mistakes(
    error: ValidationError, located: LocatedYaml, adapter: TypeAdapter[Any]
) -> Iterator[Mistake]:
    seen = set()
    schema = adapter.json_schema()
    for each in error.errors(include_url=False):
        path = _path_in_document(each["loc"], located)
        known = _known_keys(schema, each["loc"][:-1])
        message = _message(each, known)
        if (path, message) not in seen:
            seen.add((path, message))
            yield located.mistake(path, message, at_key=each["type"] in _KEY_MISTAKES)


_KEY_MISTAKES = {"unexpected_keyword_argument", "extra_forbidden"}
_MISSING = {"missing", "missing_argument", "missing_keyword_only_argument"}


def _path_in_document(loc: tuple[str | int, ...], located: LocatedYaml) -> KeyPath:
    """`loc` without the names of union branches that pydantic adds to it, and without the index
    of an item that a validator made of a single value. A whole number that is a key is the word
    that was written."""
    path: KeyPath = ()
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        missing_key = last and isinstance(part, str) and not _is_branch(part)
        if isinstance(part, int) and (*path, str(part)) in located.places:
            path = (*path, str(part))
            continue
        if (*path, part) in located.places or missing_key:
            path = (*path, part)
    return path


def _is_branch(part: str | int) -> bool:
    return isinstance(part, str) and (part[:1].isupper() or "[" in part or part in _TYPE_NAMES)


_TYPE_NAMES = {"str", "int", "float", "bool", "none", "nullable"}


def _message(each: Any, known: tuple[str, ...]) -> str:
    kind, got = each["type"], each["input"]
    if kind in _KEY_MISTAKES:
        name = str(each["loc"][-1])
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f', did you mean "{close[0]}"?' if close else ""
        options = f" (known: {', '.join(known)})" if known and not close else ""
        return f"unknown key{hint}{options}"
    if kind in _MISSING:
        return "is missing"
    if kind in ("tuple_type", "list_type"):
        return f"must be a list, got {_shown(got)}"
    if kind.startswith("dataclass") or kind == "dict_type":
        return f"must be a mapping of keys, got {_shown(got)}"
    what = each["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if not what.startswith(("must", "is ", "has ")):
        what = f"must be {what}"
    return f"{what}, got {_shown(got)}"


def _shown(got: object) -> str:
    text = json.dumps(got, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(schema: dict[str, Any], loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys that the mapping at `loc` may have, from the definition's own JSON Schema."""
    node: dict[str, Any] = schema
    for part in loc:
        node = _resolved(node, schema)
        if part in schema.get("$defs", ()) and "oneOf" in node:
            node = schema["$defs"][part]
        elif isinstance(part, int):
            node = node.get("items", {})
        elif part in node.get("properties", {}):
            node = node["properties"][part]
        elif isinstance(node.get("additionalProperties"), dict):
            node = node["additionalProperties"]
    return tuple(_resolved(node, schema).get("properties", {}))


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in node.get("anyOf", ()):
        if "$ref" in option or option.get("type") in ("object", "array"):
            node = option
            break
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return node
