"""A call of an adapter file made ready: templates, rules and carried values, parsed once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from targets.adapters.adapter_definition import (
    NOT_GIVEN,
    CallDefinition,
    CarryDefinition,
    ConditionDefinition,
    RepeatDefinition,
    RuleDefinition,
)
from targets.adapters.carry import Carry, Named
from targets.adapters.contract import Call, Outcome
from targets.adapters.json_path import JsonPath, json_path
from targets.adapters.rule import Condition, Rule, ValueTest
from targets.adapters.template import (
    Template,
    Values,
    filled_path,
    filled_text,
    filled_tree,
    template,
    template_tree,
)

BodyKind = Literal["none", "json", "form", "text"]
_CONTENT_TYPES: Final[Mapping[BodyKind, str]] = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The pauses before each try, and the reply that ends them."""

    until: Condition
    pauses_s: tuple[float, ...]
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTemplate:
    """One call of a step; `name` is where it stands in the file, such as `place_order[1]`."""

    name: str
    method: str
    path: Template
    headers: Mapping[str, Template]
    body_kind: BodyKind
    body: Any
    after_s: float
    follow: bool
    needs: Mapping[str, str]
    carries: tuple[Carry, ...]
    rules: tuple[Rule, ...]
    repeat: Repeat | None


def request(source: CallTemplate, values: Values) -> Call:
    """The call with its values. Raises NotCarriedError when one of them is not there yet."""
    headers = {name: header_text(each, values) for name, each in source.headers.items()}
    if source.body_kind != "none":
        headers.setdefault("Content-Type", _CONTENT_TYPES[source.body_kind])
    return Call(
        method=source.method,
        path=filled_path(source.path, values),
        headers=headers,
        body=_body(source, values),
        after_s=source.after_s,
        follow=source.follow,
    )


def header_text(source: Template, values: Values) -> str:
    """A header's value in one line: a carried text must not begin a header of its own."""
    return " ".join(filled_text(source, values).splitlines())


def headers_of(written: Mapping[str, str]) -> dict[str, Template]:
    """Headers under one spelling of each name, so that the same header never goes out twice."""
    return {name.title(): template(text) for name, text in written.items()}


def _body(source: CallTemplate, values: Values) -> bytes:
    if source.body_kind == "none":
        return b""
    if source.body_kind == "json":
        tree = filled_tree(source.body, values)
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
    if source.body_kind == "form":
        fields = {name: filled_text(each, values) for name, each in source.body.items()}
        return urlencode(fields).encode()
    return filled_text(source.body, values).encode()


def call_template(
    name: str, written: CallDefinition, platform_rules: tuple[Rule, ...]
) -> CallTemplate:
    """`written` with every text parsed. The file has been checked: nothing is wrong in it."""
    kind, body = _body_template(written)
    carries = tuple(_carry(key, each) for key, each in written.carry.items())
    own = tuple(rules_of(written.rules, f"{name}.rules"))
    method = written.method or ("GET" if kind == "none" else "POST")
    return CallTemplate(
        name=name,
        method=method,
        path=template(written.path),
        headers=headers_of(written.headers),
        body_kind=kind,
        body=body,
        after_s=written.after,
        follow=not _reads_redirect(carries, own) if written.follow is None else written.follow,
        needs=written.needs,
        carries=carries,
        rules=own + platform_rules,
        repeat=_repeat(written.repeat) if written.repeat else None,
    )


def _reads_redirect(carries: Iterable[Carry], rules: Iterable[Rule]) -> bool:
    """Whether a call wants to see a redirect itself: where it leads, or that it is one."""
    conditions = [each.condition for each in rules]
    headers = [each.header for each in conditions if each.header]
    headers += [each.source[1] for each in carries if isinstance(each.source, tuple)]
    statuses = [status for each in conditions for status in each.statuses]
    return "location" in map(str.lower, headers) or any(each[0] == "3" for each in statuses)


def _body_template(written: CallDefinition) -> tuple[BodyKind, Any]:
    if written.graphql is not None:
        tree: dict[str, Any] = {
            "query": written.graphql.query,
            "variables": template_tree(written.graphql.variables),
        }
        if written.graphql.operation:
            tree["operationName"] = written.graphql.operation
        return "json", tree
    if written.json is not NOT_GIVEN:
        return "json", template_tree(written.json)
    if written.form is not None:
        return "form", {key: template(each) for key, each in written.form.items()}
    if written.body is not None:
        return "text", template(written.body)
    return "none", None


def rules_of(written: tuple[RuleDefinition, ...], name: str) -> Iterator[Rule]:
    """The rules of one list in their order; `name` is where the list stands."""
    for index, each in enumerate(written):
        by_outcome: dict[Outcome, ConditionDefinition | None] = {
            "ok": each.ok,
            "rejected": each.rejected,
            "failed": each.failed,
        }
        for outcome, condition in by_outcome.items():
            if condition is not None:
                yield Rule(
                    outcome=outcome,
                    condition=_condition(condition),
                    reason=_reason(each.reason),
                    name=f"{name}[{index}] {outcome}",
                )


def _reason(written: str | None) -> str | JsonPath | None:
    return json_path(written) if written is not None and written.startswith("$") else written


def _condition(written: ConditionDefinition) -> Condition:
    options: tuple[object, ...] | None = None
    if written.equals is not NOT_GIVEN:
        options = (written.equals,)
    elif written.in_ is not None:
        options = tuple(written.in_)
    return Condition(
        statuses=written.status,
        path=json_path(written.json) if written.json else None,
        header=written.header,
        test=ValueTest(
            options=options,
            pattern=_pattern(written.matches),
            wanted_there=written.exists is not False,
        ),
        text=_pattern(written.text),
    )


def _pattern(written: str | None) -> re.Pattern[str] | None:
    return None if written is None else re.compile(written)


def _carry(name: str, written: CarryDefinition) -> Carry:
    pattern = _pattern(written.pattern or written.text)
    path = None if written.json is None else json_path(written.json)
    named: dict[Named, str | None] = {
        "header": written.header,
        "cookie": written.cookie,
        "form_field": written.form_field,
    }
    part = next(((kind, each) for kind, each in named.items() if each is not None), None)
    return Carry(name=name, source=part or path, pattern=pattern, required=written.required)


def _repeat(written: RepeatDefinition) -> Repeat:
    longest_s = written.longest_pause or written.pause
    pauses_s = tuple(min(written.pause * 2.0**k, longest_s) for k in range(written.most))
    return Repeat(
        until=_condition(written.until),
        pauses_s=pauses_s,
        otherwise=written.otherwise or f"not done after {written.most} tries",
    )
