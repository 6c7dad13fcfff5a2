"""Rules: which reply means ok, rejected or failed. The first one that matches decides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from targets.adapters.contract import Outcome, StepResult
from targets.adapters.json_path import MISSING, JsonPath
from targets.adapters.reply_reading import ReplyReading
from targets.adapters.template import as_text

LONGEST_REASON: Final = 60
"""Characters of a reason that are kept: reasons are counted, not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueTest:
    """Holds for a value that is one of `options`, or matches `pattern`, or is there at all.

    `wanted_there` False turns the last one round. Numbers equal texts only as texts of headers:
    in JSON `0` and `"0"` differ.
    """

    options: tuple[object, ...] | None = None
    pattern: re.Pattern[str] | None = None
    wanted_there: bool = True

    def holds(self, value: object, *, as_words: bool) -> bool:
        if self.pattern is not None:
            return value is not MISSING and self.pattern.search(as_text(value)) is not None
        if self.options is not None:
            return any(_equal(value, each, as_words=as_words) for each in self.options)
        return (value is not MISSING) == self.wanted_there


def _equal(value: object, option: object, *, as_words: bool) -> bool:
    if option is None:
        return value is MISSING
    if value is MISSING:
        return False
    if as_words:
        return value == as_text(option)
    # Python's True equals 1; JSON's does not.
    return value == option and isinstance(value, bool) == isinstance(option, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a reply must be: every part that is given must hold.

    `statuses` holds texts such as "200", "2xx", "any". `test` is applied to the value at `path`
    or of `header`; `text` is searched for in the body.
    """

    statuses: tuple[str, ...] = ()
    path: JsonPath | None = None
    header: str | None = None
    test: ValueTest = ValueTest()
    text: re.Pattern[str] | None = None

    def value_in(self, reading: ReplyReading) -> object:
        """The value that is tested, MISSING when only status or text are."""
        if self.path is not None:
            return reading.json_at(self.path)
        return MISSING if self.header is None else reading.header(self.header)

    def holds(self, reading: ReplyReading) -> bool:
        status = str(reading.reply.status)
        classes = (status, f"{status[0]}xx", "any")
        if self.statuses and not any(each in self.statuses for each in classes):
            return False
        if self.text is not None and self.text.search(reading.text) is None:
            return False
        if self.path is None and self.header is None:
            return True
        return self.test.holds(self.value_in(reading), as_words=self.path is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`reason` is a word, a place in the JSON, or None: the tested value, else the status.

    `name` is where the rule stands in its file.
    """

    outcome: Outcome
    condition: Condition
    reason: str | JsonPath | None = None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a reply was judged, and the name of the rule that judged it."""

    result: StepResult
    rule: str


DEFAULT_RULES: Final = (
    Rule(outcome="ok", condition=Condition(statuses=("2xx", "3xx")), name="default 2xx, 3xx"),
    Rule(outcome="rejected", condition=Condition(statuses=("429",)), name="default 429"),
    Rule(outcome="failed", condition=Condition(), name="default"),
)


def decide(rules: Iterable[Rule], reading: ReplyReading) -> Decision:
    """The first of `rules` that matches; one of them must, as the default rules do."""
    rule = next(each for each in rules if each.condition.holds(reading))
    reason = "" if rule.outcome == "ok" else _reason(rule, reading)
    return Decision(result=StepResult(outcome=rule.outcome, reason=reason), rule=rule.name)


def _reason(rule: Rule, reading: ReplyReading) -> str:
    if isinstance(rule.reason, str):
        return rule.reason
    value = rule.condition.value_in(reading)
    if rule.reason is not None:
        value = reading.json_at(rule.reason)
    if isinstance(value, str | int | float) and value != "":
        return " ".join(as_text(value).split())[:LONGEST_REASON]
    return f"status {reading.reply.status}"
