""" "Any platform" by a YAML file, without Python.

    adapter: our_shop
    steps:
      open_home: GET /
      view_product: GET /products/{{ sku }}
      log_in:
        path: /login
        json: {name: "{{ user }}", tier: "{{ visit.tier }}"}
        carry: {token: $.data.token}

A step is one call or a list of calls, made one after the other. Write the steps in the order of
the funnel. `example.yaml` beside this file shows every part at work.

A call is `METHOD /path`, or a mapping:

    path, method   method is GET, or POST when there is a body
    headers        of this call; those at the top of the file are sent with every call, as soon
                   as all their values are carried (so `authorization: Bearer {{ token }}` works)
    json | form | body                       the body as JSON, as a form, as plain text
    graphql: {query, variables, operation}   a GraphQL document
    after: 200ms   a pause before the call
    follow         redirects are followed as by a browser; `follow: false` leaves them to the
                   rules, and so does a rule or a carry that reads `location` or a 3xx status
    needs: {token: log_in}                   plays step `log_in` first when nothing has carried
                                             `token` yet (a funnel may leave a step out)
    carry          names for values of the reply, for later calls of the same shopper
    rules          what the reply means; those at the top of the file come after them
    repeat: {until: CONDITION, pause: 200ms, most: 20}   asks again until the condition holds.
                   `longest_pause: 1s` doubles the pause up to it; `otherwise:` is the reason
                   recorded when `most` tries were not enough.

Templates. `{{ NAME }}` stands for one value; alone in a text it keeps its JSON type, and
`{{ NAME | text }}` makes it a text. In a path it is percent-encoded; a path that is one template
alone is taken as it is (a Location). The names:

    sku, quantity                                             of the action
    visit.index, visit.tier, visit.channel, visit.persona, visit.phase
    user           the text of `user:` at the top, `shopper-{{ visit.index }}` without it
    run            the run's id
    uuid           one for each run, visit, action and call: the same when a call is sent again
    names under `pick:` and names carried by an earlier call or step

`pick: {word: {by: sku, from: [phone, watch]}}` gives SKU 1 the first entry, SKU 2 the second and
so on, again from the start after the last; `by: visit` goes by the visit (test accounts, payment
channels). An action without a SKU goes by the visit.

`carry: {token: $.token}` is short for `{token: {json: $.token}}`. Other sources: `header: NAME`,
`cookie: NAME`, `form_field: NAME` (an input of the page's form), `text: REGEX`. `pattern: REGEX`
picks a part (its first group). A value that is not found fails the step, unless
`required: false`: then an earlier value stays, or an empty text is carried.

Cookies that a platform sets go back to it by themselves, as from a browser; a `Cookie` header of
the file's own takes their place.

Rules are tried in their order and the first that matches decides, first the call's own, then
those at the top, then: 2xx and 3xx ok, 429 rejected, everything else failed. `rejected` is the
business saying no (sold out, limit, declined), `failed` is a broken platform.

    rules:
      - rejected: {json: $.code, in: [sold_out, limit_reached]}
      - failed: {status: 2xx, json: $.errors}     # every key must hold: GraphQL's errors
        reason: $.errors[0].extensions.code
      - ok: {json: $.code, equals: 0}
      - failed: any            # many platforms refuse with status 200: nothing else is ok

A condition has a `status` (`200`, `2xx`, `any` or a list; alone it needs no mapping), `text`
(a regular expression found in the body) and a value, `json: $.path` or `header: NAME`, with
one test: `equals`, `in`, `matches` (a regular expression) or `exists`. Without a test the value
has to be there; a JSON null is not there. `reason` is a word for the record or a JSON path;
without it the tested value is the reason, else the status.

`metrics: {path: /metrics, gauges: {METRIC: GAUGE}}` names a Prometheus endpoint whose metrics
become gauges of the record. `stock_left:{{ sku }}` takes the label `sku` of the metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from reports.documents.definition import checked
from reports.documents.located_yaml import LocatedYaml, read_yaml
from reports.documents.mistake import DocumentError
from scenarios.workload.visit import Action, Visit
from targets.adapters.adapter_check import OF_THE_ACTION, OF_THE_VISIT, mistakes_in
from targets.adapters.adapter_definition import AdapterDefinition, PickDefinition
from targets.adapters.call_template import (
    CallTemplate,
    call_template,
    header_text,
    headers_of,
    request,
    rules_of,
)
from targets.adapters.carry import carried
from targets.adapters.contract import (
    DECIDED_BY,
    RUN,
    Call,
    Conversation,
    Memory,
    MetricsSource,
    StepResult,
)
from targets.adapters.json_path import MISSING
from targets.adapters.reply_reading import ReplyReading
from targets.adapters.rule import DEFAULT_RULES, decide
from targets.adapters.template import NotCarriedError, Template, filled_text, template

_OK: Final = StepResult(outcome="ok")
_UUIDS: Final = UUID("6f0e1c52-4a3b-5d0e-9a56-0d11b2c3d4e5")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAdapter:
    """An adapter file at work. `calls` holds the calls of each step, in the file's order."""

    name: str
    calls: Mapping[str, tuple[CallTemplate, ...]]
    user: Template
    picks: Mapping[str, PickDefinition]
    headers: Mapping[str, Template]
    metrics: MetricsSource | None

    @property
    def steps(self) -> frozenset[str]:
        return frozenset(self.calls)

    @property
    def steps_in_order(self) -> tuple[str, ...]:
        return tuple(self.calls)

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:
        turn = _Turn(adapter=self, visit=visit, action=action, memory=memory)
        return (yield from _played(turn, action.step))


def read_adapter(file: Path) -> FileAdapter:
    """The adapter that `file` describes. Raises DocumentError with every mistake in it."""
    return adapter_of(read_yaml(file))


def adapter_of(located: LocatedYaml) -> FileAdapter:
    """The adapter in a document that is already read; see `read_adapter`."""
    mistakes = list(mistakes_in(located))
    try:
        written = checked(located, AdapterDefinition)
    except DocumentError as error:
        raise DocumentError([*error.mistakes, *mistakes]) from None
    if mistakes:
        raise DocumentError(mistakes)
    return _adapter(written)


def _adapter(written: AdapterDefinition) -> FileAdapter:
    rules = (*rules_of(written.rules, "rules"), *DEFAULT_RULES)
    calls = {
        step: tuple(call_template(f"{step}[{n}]", each, rules) for n, each in enumerate(listed))
        for step, listed in written.steps.items()
    }
    metrics = written.metrics
    return FileAdapter(
        name=written.adapter,
        calls=calls,
        user=template(written.user),
        picks=written.pick,
        headers=headers_of(written.headers),
        metrics=MetricsSource(path=metrics.path, gauges=metrics.gauges) if metrics else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One action of one shopper, with what the shopper remembers."""

    adapter: FileAdapter
    visit: Visit
    action: Action
    memory: Memory
    call_name: str = ""

    def value(self, name: str) -> object:
        """The value of a template's name. Raises NotCarriedError."""
        if name in self.memory or name == RUN:
            return self.memory.get(name, "")
        if name in self.adapter.picks:
            return self._picked(self.adapter.picks[name])
        if name == "user":
            return filled_text(self.adapter.user, self.value)
        if name == "uuid":
            return self._uuid()
        if name in OF_THE_VISIT:
            return getattr(self.visit, name.removeprefix("visit."))
        if name in OF_THE_ACTION:
            return getattr(self.action, name)
        raise NotCarriedError(name)

    def _picked(self, pick: PickDefinition) -> object:
        # SKU n is the n-th entry; a visit's index counts from 0 already.
        number = self.visit.index
        if pick.by == "sku" and self.action.sku:
            number = self.action.sku - 1
        return pick.from_[number % len(pick.from_)]

    def _uuid(self) -> str:
        actions = enumerate(self.visit.actions)
        run = self.memory.get(RUN, "")
        position = next((n for n, each in actions if each is self.action), 0)
        return str(uuid5(_UUIDS, f"{run}/{self.visit.index}/{position}/{self.call_name}"))


def _played(turn: _Turn, step: str) -> Conversation:
    """The calls of `step` until one of them does not end well."""
    for call in turn.adapter.calls[step]:
        for name, earlier in call.needs.items():
            if name not in turn.memory:
                result = yield from _played(turn, earlier)
                if result.outcome != "ok":
                    return result
        result = yield from _asked(replace(turn, call_name=call.name), call)
        if result.outcome != "ok":
            return result
    return _OK


def _asked(turn: _Turn, call: CallTemplate) -> Conversation:
    """One call, repeated where the file says so."""
    pauses_s = call.repeat.pauses_s if call.repeat else (call.after_s,)
    for pause_s in pauses_s:
        try:
            ready = _with_shared_headers(turn, request(call, turn.value), pause_s)
        except NotCarriedError as error:
            return StepResult(outcome="failed", reason=str(error))
        reply = yield ready
        reading = ReplyReading(reply=reply)
        decision = decide(call.rules, reading)
        turn.memory[DECIDED_BY] = decision.rule
        if decision.result.outcome != "ok":
            return decision.result
        if call.repeat is None or call.repeat.until.holds(reading):
            return _carry_on(turn, call, reading)
    assert call.repeat is not None
    return StepResult(outcome="failed", reason=call.repeat.otherwise)


def _carry_on(turn: _Turn, call: CallTemplate, reading: ReplyReading) -> StepResult:
    for carry in call.carries:
        value = carried(carry, reading)
        if value is not MISSING:
            turn.memory[carry.name] = value
        elif carry.required:
            return StepResult(outcome="failed", reason=f"reply without {carry.name}")
        else:
            turn.memory.setdefault(carry.name, "")
    return _OK


def _with_shared_headers(turn: _Turn, ready: Call, after_s: float) -> Call:
    """The call after that pause, with the file's headers whose values are there; its own win."""
    headers: dict[str, str] = {}
    for name, each in turn.adapter.headers.items():
        with suppress(NotCarriedError):
            headers[name] = header_text(each, turn.value)
    return ready._replace(headers={**headers, **ready.headers}, after_s=after_s)
