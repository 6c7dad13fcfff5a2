"""What no single key of an adapter file shows: names in templates, and steps that are needed.

The check reads the plain document, not its definition, so that it finds these mistakes beside
those of a file whose keys are wrong as well.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from reports.documents.located_yaml import KeyPath, LocatedYaml
from reports.documents.mistake import Mistake
from targets.adapters.contract import COOKIES, RUN
from targets.adapters.template import template, texts_in

OF_THE_VISIT: Final = (
    "visit.index", "visit.tier", "visit.channel", "visit.persona", "visit.phase",
)  # fmt: skip
OF_THE_ACTION: Final = ("sku", "quantity")
BUILT_IN: Final = (*OF_THE_ACTION, *OF_THE_VISIT, "user", "uuid", RUN)
_TEMPLATED: Final = ("path", "headers", "json", "form", "body")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def mistakes_in(located: LocatedYaml) -> Iterator[Mistake]:
    """Every mistake about templates, carried names and needed steps."""
    document = _mapping(located.value)
    steps = {
        str(step): _calls(step, each) for step, each in _mapping(document.get("steps")).items()
    }
    picks = tuple(str(each) for each in _mapping(document.get("pick")))
    always = (*BUILT_IN, *picks)
    carried_by = _carried_by(steps)
    wrong: list[tuple[KeyPath, str]] = []
    wrong += _in_texts(document.get("headers"), ("headers",), (*always, *carried_by), {})
    own = tuple(each for each in always if each not in ("user", "uuid"))
    wrong += _in_texts(document.get("user"), ("user",), own, {})
    gauges = _mapping(document.get("metrics")).get("gauges")
    wrong += _in_texts(gauges, ("metrics", "gauges"), None, {})
    wrong += _in_names(picks, ("pick",), (*BUILT_IN, COOKIES))
    wrong += _in_steps(steps, always, carried_by)
    wrong += _in_needs(steps)
    for path, message in wrong:
        yield located.mistake(path, message)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


_PlacedCall = tuple[KeyPath, Mapping[Any, Any]]


def _calls(step: object, written: Any) -> list[_PlacedCall]:
    """The calls of a step with their places; one that is no mapping has no keys."""
    path: KeyPath = ("steps", str(step))
    if isinstance(written, list):
        return [((*path, n), _call(each)) for n, each in enumerate(written)]
    return [(path, _call(written))]


def _call(written: Any) -> Mapping[Any, Any]:
    # The short form "GET /path" has its path where the call stands.
    return {"": written} if isinstance(written, str) else _mapping(written)


def _carried_by(steps: Mapping[str, Sequence[_PlacedCall]]) -> dict[str, str]:
    """Each carried name with the first step that carries it."""
    found: dict[str, str] = {}
    for step, calls in steps.items():
        for _, call in calls:
            for name in _mapping(call.get("carry")):
                found.setdefault(str(name), step)
    return found


def _in_steps(
    steps: Mapping[str, Sequence[_PlacedCall]], always: Sequence[str], carried_by: Mapping[str, str]
) -> Iterator[tuple[KeyPath, str]]:
    known = list(always)
    for calls in steps.values():
        for path, call in calls:
            # A needed value is carried before the call, and then stays for the visit.
            known += [str(each) for each in _mapping(call.get("needs"))]
            yield from _in_call(path, call, known, carried_by)
            names = tuple(str(each) for each in _mapping(call.get("carry")))
            yield from _in_names(names, (*path, "carry"), (*always, COOKIES))
            known += names


def _in_call(
    path: KeyPath, call: Mapping[Any, Any], known: Sequence[str], carried_by: Mapping[str, str]
) -> Iterator[tuple[KeyPath, str]]:
    if "" in call:
        yield from _in_texts(call[""], path, known, carried_by)
    for key in _TEMPLATED:
        yield from _in_texts(call.get(key), (*path, key), known, carried_by)
    variables = _mapping(call.get("graphql")).get("variables")
    yield from _in_texts(variables, (*path, "graphql", "variables"), known, carried_by)


def _in_texts(
    value: Any, path: KeyPath, known: Collection[str] | None, carried_by: Mapping[str, str]
) -> Iterator[tuple[KeyPath, str]]:
    """Mistakes in the templates in `value`; with `known` None any name will do."""
    for place, text in texts_in(value, path):
        try:
            names = template(text).names
        except ValueError as error:
            yield place, str(error)
            continue
        for name in dict.fromkeys(names):
            if known is not None and name not in known:
                yield place, _unknown(name, known, carried_by)


def _unknown(name: str, known: Collection[str], carried_by: Mapping[str, str]) -> str:
    if name in carried_by:
        return f'"{name}" is carried only later, by step {carried_by[name]}: add needs or reorder'
    known = list(dict.fromkeys(known))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f', did you mean "{close[0]}"?' if close else f" (known: {', '.join(known)})"
    return f'unknown name "{name}" in a template{hint}'


def _in_names(
    names: Sequence[str], path: KeyPath, taken: Collection[str]
) -> Iterator[tuple[KeyPath, str]]:
    for name in names:
        if not _NAME.fullmatch(name):
            yield (*path, name), "must be a name of letters, digits and underscores"
        elif name in taken:
            yield (*path, name), "is a name that is taken already: choose another"


def _in_needs(steps: Mapping[str, Sequence[_PlacedCall]]) -> Iterator[tuple[KeyPath, str]]:
    needed = {
        step: [str(each) for _, call in calls for each in _mapping(call.get("needs")).values()]
        for step, calls in steps.items()
    }
    for step, calls in steps.items():
        for path, call in calls:
            for name, earlier in _mapping(call.get("needs")).items():
                place = (*path, "needs", str(name))
                if str(earlier) not in steps:
                    close = difflib.get_close_matches(str(earlier), steps, n=1, cutoff=0.6)
                    hint = f', did you mean "{close[0]}"?' if close else ""
                    yield place, f'unknown step "{earlier}"{hint}'
                elif all(name not in _mapping(each.get("carry")) for _, each in steps[earlier]):
                    yield place, f"step {earlier} does not carry {name}"
                elif step in _reached(needed, str(earlier)):
                    yield place, f"step {earlier} needs step {step} in turn"


def _reached(needed: Mapping[str, Sequence[str]], start: str) -> set[str]:
    """`start` and every step that it needs, directly or through others."""
    found, waiting = set(), [start]
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += needed.get(step, ())
    return found
