"""YAML read with line numbers: plain values, and where each of them stands.

The YAML 1.2 core schema decides what a plain word is: `no`, `on` and `off` are words, `1:30` is
not ninety. A key given twice is a mistake, as are anchors that refer to themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from reports.documents.mistake import DocumentError, Mistake

KeyPath = tuple[str | int, ...]
"""Keys and positions from the root of a document inwards: `("phases", 2, "duration")`."""
LARGEST_DOCUMENT_BYTES = 4_000_000
MOST_PLACES = 1_000_000


class _CoreSchemaLoader(yaml.SafeLoader):
    """PyYAML's safe loader with the implicit types of YAML 1.2 instead of 1.1."""


_CoreSchemaLoader.yaml_implicit_resolvers = {}
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan"
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _CoreSchemaLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    """An integer of YAML 1.2: `012` is twelve, not the ten of YAML 1.1."""
    text = str(loader.construct_scalar(node)).lower()
    bases = {"0o": 8, "0x": 16}
    try:
        return int(text, bases.get(text[:2], 10))
    except ValueError as error:
        what = f"is no integer: {str(error).splitlines()[0]}"
        raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from None


_CoreSchemaLoader.add_constructor("tag:yaml.org,2002:int", _integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedYaml:
    """A document's plain value and the place of every key and item in it.

    `places` maps a path such as `("phases", 2, "duration")` to the line and column of its value;
    `keys` does the same for the key of a mapping entry. Both count from 1.
    """

    file: str
    text: str
    value: Any
    places: Mapping[KeyPath, tuple[int, int]]
    keys: Mapping[KeyPath, tuple[int, int]] = field(default_factory=dict)

    def mistake(self, path: KeyPath, message: str, *, at_key: bool = False) -> Mistake:
        """A mistake at `path`, or at the nearest place above it that the document has."""
        shown = dotted(path)
        if at_key and path in self.keys:
            line, column = self.keys[path]
        else:
            while path not in self.places and path:
                path = path[:-1]
            line, column = self.places.get(path, (1, 1))
        return Mistake(file=self.file, line=line, column=column, path=shown, message=message)


def dotted(path: KeyPath) -> str:
    """`("phases", 2, "duration")` as `phases[2].duration`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def read_yaml(file: Path) -> LocatedYaml:
    """The one document in `file`. Raises DocumentError when it cannot be read or is not YAML."""
    name = str(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DocumentError([_at(name, f"cannot be read: {error.strerror}")]) from error
    if len(raw) > LARGEST_DOCUMENT_BYTES or b"\0" in raw:
        raise DocumentError([_at(name, "is not a text file: expected YAML in UTF-8")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DocumentError([_at(name, "is not UTF-8 text: expected YAML", line)]) from error
    return parse_yaml(text, name)


def parse_yaml(text: str, file: str) -> LocatedYaml:
    """The one document in `text`; `file` is only its name in messages."""
    try:
        loader = _CoreSchemaLoader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = f"is not valid YAML: {error.problem or error.context}"
        raise DocumentError([_at(file, what, line, column)]) from error
    except yaml.YAMLError as error:
        what = f"is not valid YAML: {str(error).splitlines()[0]}"
        raise DocumentError([_at(file, what)]) from error
    except RecursionError:
        raise DocumentError([_at(file, "is nested too deeply")]) from None
    if node is None:
        raise DocumentError([_at(file, "is empty: expected a YAML document")])
    return _located(loader, node, text, file)


def _located(loader: yaml.SafeLoader, root: yaml.Node, text: str, file: str) -> LocatedYaml:
    places: dict[KeyPath, tuple[int, int]] = {}
    keys: dict[KeyPath, tuple[int, int]] = {}
    mistakes: list[Mistake] = []
    for path, node, key in _walk((), root, None, ()):
        if node is None:
            mistakes.append(_at(file, f"{dotted(path)}: refers to itself"))
            continue
        if key is not None:
            place = key.start_mark.line + 1, key.start_mark.column + 1
            if path in keys:
                what = f"is given twice, first in line {keys[path][0]}"
                mistakes.append(_at(file, f"{dotted(path)}: {what}", *place))
            keys[path] = place
        places[path] = node.start_mark.line + 1, node.start_mark.column + 1
        if len(places) > MOST_PLACES:
            raise DocumentError([_at(file, "is too large when its anchors are written out")])
    if mistakes:
        raise DocumentError(mistakes)
    try:
        value = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise DocumentError([_at(file, f"cannot be read: {error.problem}", *place)]) from error
    except (ValueError, OverflowError) as error:
        raise DocumentError([_at(file, f"cannot be read: {error}")]) from error
    return LocatedYaml(file=file, text=text, value=value, places=places, keys=keys)


def _walk(
    path: KeyPath, node: yaml.Node, key: yaml.Node | None, above: tuple[int, ...]
) -> Iterator[tuple[KeyPath, yaml.Node | None, yaml.Node | None]]:
    if id(node) in above:
        yield path, None, None
        return
    yield path, node, key
    above = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        for each_key, each in node.value:
            yield from _walk((*path, str(each_key.value)), each, each_key, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, each in enumerate(node.value):
            yield from _walk((*path, index), each, None, above)


def _at(file: str, message: str, line: int = 1, column: int = 1) -> Mistake:
    return Mistake(file=file, line=line, column=column, path="", message=message)
