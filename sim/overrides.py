"""Changes to a model as typed: `stations.payment.servers=40` in its YAML document, before it is
read, so that what was typed is checked as what is written."""

from __future__ import annotations

import copy
import dataclasses
import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from reports.documents.located_yaml import KeyPath, LocatedYaml, dotted, parse_yaml
from reports.documents.mistake import DocumentError, Mistake, mistake_on_command_line

Read = TypeVar("Read")
OPTION = "--set"
_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """`value` is put at `path`. `written` is what was typed."""

    path: KeyPath
    value: Any
    written: str


def parse_override(written: str) -> Override:
    """`PATH=VALUE`: keys with dots between them, positions in brackets as in
    `steps.pay.call[0].mean`, and a YAML value. Raises DocumentError."""
    path_text, equals, value_text = written.partition("=")
    path = tuple(_parts(path_text.strip()))
    if not equals or not path or dotted(path) != path_text.strip():
        example = "stations.payment.servers=40"
        raise mistake_on_command_line(f"{OPTION} {written}", f"must be PATH=VALUE as in {example}")
    value = parse_yaml(value_text, f"{OPTION} {path_text}").value
    return Override(path=path, value=value, written=f"{path_text.strip()}={value_text.strip()}")


def overridden(located: LocatedYaml, overrides: Sequence[Override]) -> LocatedYaml:
    """`located` with the values of `overrides`, the last of the same path. The last key of a path
    may be new, what is above it must be there. Raises DocumentError with every mistake."""
    value = copy.deepcopy(located.value)
    wrong = [each for override in overrides for each in _put(value, override)]
    if wrong:
        raise DocumentError(wrong)
    return dataclasses.replace(located, value=value)


def read_overridden(
    read: Callable[[Callable[[LocatedYaml], LocatedYaml]], Read], overrides: Sequence[Override]
) -> Read:
    """What `read` reads with `overrides` as its edit. A mistake that an override made is told as
    one of the command line, not of a line in the file that says something else."""
    try:
        return read(lambda located: overridden(located, overrides))
    except DocumentError as error:
        raise DocumentError([attributed(each, overrides) for each in error.mistakes]) from None


def _parts(text: str) -> Iterator[str | int]:
    for key, position in _PART.findall(text):
        yield key or int(position)


def _put(document: Any, override: Override) -> Iterator[Mistake]:
    inner, last = document, override.path[-1]
    for depth, part in enumerate(override.path):
        is_new_key = depth == len(override.path) - 1 and isinstance(inner, dict)
        if not (_has(inner, part) or (is_new_key and isinstance(part, str))):
            where = dotted(override.path[:depth]) or "the model"
            message = f"{where} has no {dotted((part,))}, {_there(inner, str(part))}"
            yield from mistake_on_command_line(f"{OPTION} {override.written}", message).mistakes
            return
        if depth < len(override.path) - 1:
            inner = inner[part]
    inner[last] = override.value


def _has(inner: Any, part: str | int) -> bool:
    if isinstance(inner, list):
        return isinstance(part, int) and part < len(inner)
    return isinstance(inner, dict) and part in inner


def _there(inner: Any, wanted: str) -> str:
    if isinstance(inner, list):
        return f"there are [0] to [{len(inner) - 1}]" if inner else "it is an empty list"
    if not isinstance(inner, dict) or not inner:
        return "which is a single value"
    keys = [str(each) for each in inner]
    close = difflib.get_close_matches(wanted, keys, n=1, cutoff=0.6)
    hint = f'did you mean "{close[0]}"? ' if close else ""
    return f"{hint}(there are: {', '.join(keys)})"


def attributed(mistake: Mistake, overrides: Sequence[Override]) -> Mistake:
    """`mistake`, told as one of the override that made it if one did."""
    for each in reversed(overrides):
        if mistake.path == dotted(each.path) or mistake.path.startswith(
            (f"{dotted(each.path)}.", f"{dotted(each.path)}[")
        ):
            return dataclasses.replace(
                mistake, file=f"{OPTION} {each.written}", line=0, column=0, path=""
            )
    return mistake
