"""The conditions on which a run is to be stopped, in a small language of their own.

    errors > 20 % for 10 s
    failed of place_order > 5 % for 30 s, at least 100 actions
    response_time p95 > 3 s for 15 s
    10 % of the error budget within 60 s

The first two kinds speak of the actions that ended in the last so many seconds, and are looked at
from that second of the run on. `errors` are failed, timed_out and abandoned together, as a share
of all actions that were sent; an outcome's own word stands for it alone. `of STEP` looks at one
step only. The last kind adds up what an objective's error budget lost in the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, PlainValidator, WithJsonSchema

from reports.documents.definition import STRICT_KEYS
from reports.documents.located_yaml import KeyPath
from reports.documents.quantity import exact_ratio, seconds

SUBJECTS = ("errors", "failed", "timed_out", "abandoned", "rejected", "not_sent")
LEAST_ACTIONS = 20
LONGEST_WINDOW_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCondition:
    """More than `limit` of the actions of the last `window_s` ended as `subject` says."""

    text: str
    subject: str
    limit: Fraction
    window_s: float
    step: str | None = None
    least_actions: int = LEAST_ACTIONS
    """With fewer actions in the window nothing is said: one of two is no 50 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCondition:
    """The quantile `level` of the response times of the last `window_s` is over `limit_s`."""

    text: str
    level: Fraction
    limit_s: float
    window_s: float
    step: str | None = None
    least_actions: int = LEAST_ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetCondition:
    """At least `share` of the error budget of an objective was spent in the last `window_s`."""

    text: str
    share: Fraction
    window_s: float


Condition = ShareCondition | TimeCondition | BudgetCondition


def condition(written: object) -> Condition:
    """The condition that `written` says. Raises ValueError with what was understood so far and
    what may follow."""
    if not isinstance(written, str):
        raise ValueError('must be a condition such as "errors > 20 % for 10 s"')
    reading = _Reading(written)
    if reading.next_is(_SHARE):
        return _budget(reading)
    subject = reading.take(_SUBJECT, f"{', '.join(SUBJECTS)}, response_time or a share of a budget")
    return _time(reading) if subject == "response_time" else _share(reading, subject)


_SHARE = r"[0-9.]+\s*%|[0-9]+\s*/\s*[0-9]+|0?\.[0-9]+\b"
_TIME = r"(?:[0-9.]+\s*(?:ms|s|min|m|h)\b\s*)+"
_SUBJECT = rf"(?:{'|'.join(SUBJECTS)}|response_time)\b"
_STEP = r"[^\s>,]+"


class _Reading:
    """A text, and how far it has been understood."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._at = 0

    def next_is(self, pattern: str) -> bool:
        return re.match(rf"\s*(?:{pattern})", self.text[self._at :]) is not None

    def take(self, pattern: str, expected: str) -> str:
        """The next words, which must be of `pattern`; `expected` names them in the mistake."""
        found = re.match(rf"\s*({pattern})", self.text[self._at :])
        if found is None:
            raise ValueError(self.wrong(expected))
        self._at += found.end()
        return found[1].strip()

    def wrong(self, expected: str) -> str:
        before, after = self.text[: self._at].strip(), self.text[self._at :].strip()
        place = f'go on after "{before}" with' if before else "begin with"
        return f"must {place} {expected}, not with {_quoted(after)}"

    def word(self, words: str) -> None:
        self.take(r"\s+".join(re.escape(each) for each in words.split()), f'"{words}"')

    def ratio(self) -> Fraction:
        expected, before = 'a share such as "20 %"', self._at
        written = self.take(_SHARE, expected)
        try:
            return exact_ratio(written if written[-1] == "%" or "/" in written else float(written))
        except ValueError:
            self._at = before
            raise ValueError(self.wrong(expected + " up to 100 %")) from None

    def duration_s(self, expected: str) -> float:
        before = self._at
        written = self.take(_TIME, expected)
        try:
            if 0 < (found := seconds(written)) <= LONGEST_WINDOW_S:
                return found
        except ValueError:
            pass
        self._at = before
        raise ValueError(self.wrong(f"{expected}, over 0 s and up to 1 h"))

    def step(self) -> str | None:
        if not self.next_is(r"of\b"):
            return None
        self.word("of")
        return self.take(_STEP, "the name of a step")

    def window_s(self, word: str) -> float:
        self.word(word)
        return self.duration_s('a time such as "10 s"')

    def least_actions(self) -> int:
        if not self.next_is(","):
            return LEAST_ACTIONS
        self.word(", at least")
        least = int(self.take(r"[0-9]{1,9}", 'a number such as "100"'))
        self.word("actions")
        return least

    def end(self) -> None:
        if rest := self.text[self._at :].strip():
            understood = self.text[: self._at].strip()
            raise ValueError(f'must end after "{understood}", not go on with {_quoted(rest)}')


def _quoted(rest: str) -> str:
    return f'"{rest}"' if rest else "the end"


def _share(reading: _Reading, subject: str) -> ShareCondition:
    step = reading.step()
    reading.word(">")
    limit = reading.ratio()
    if limit == 1:
        raise ValueError("must have a share below 100 %: nothing is more than all")
    window_s, least = reading.window_s("for"), reading.least_actions()
    reading.end()
    return ShareCondition(
        text=reading.text,
        subject=subject,
        limit=limit,
        window_s=window_s,
        step=step,
        least_actions=least,
    )


def _time(reading: _Reading) -> TimeCondition:
    level = Fraction(reading.take(r"p[0-9]{1,2}(?:\.[0-9]+)?\b", "a percentile such as p95")[1:])
    if not level:
        raise ValueError("must have a percentile over p0")
    step = reading.step()
    reading.word(">")
    limit_s = reading.duration_s('a time such as "3 s"')
    window_s, least = reading.window_s("for"), reading.least_actions()
    reading.end()
    return TimeCondition(
        text=reading.text,
        level=level / 100,
        limit_s=limit_s,
        window_s=window_s,
        step=step,
        least_actions=least,
    )


def _budget(reading: _Reading) -> BudgetCondition:
    share = reading.ratio()
    if not share:
        raise ValueError("must be a share over 0 % of the error budget")
    reading.word("of the error budget")
    window_s = reading.window_s("within")
    reading.end()
    return BudgetCondition(text=reading.text, share=share, window_s=window_s)


def _schema() -> dict[str, Any]:
    subject = rf"({'|'.join(SUBJECTS)}|response_time\s+p[0-9.]+)(\s+of\s+\S+)?\s*>.*\bfor\b.+"
    budget = r"[0-9./]+\s*%?\s+of\s+the\s+error\s+budget\s+within\b.+"
    examples = ["errors > 20 % for 10 s", "response_time p95 > 3 s for 15 s"]
    return {
        "type": "string",
        "pattern": rf"^\s*({subject}|{budget})$",
        "examples": [*examples, "10 % of the error budget within 60 s"],
    }


ConditionWritten = Annotated[Condition, PlainValidator(condition), WithJsonSchema(_schema())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What stops a run: at once (`abort`), or by thinning its arrivals out (`ramp_down`)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    abort: tuple[ConditionWritten, ...] = ()
    ramp_down: tuple[ConditionWritten, ...] = ()


def unknown_steps(guards: Guards, steps: tuple[str, ...]) -> Iterator[tuple[KeyPath, str]]:
    """The place in `guards` and the mistake of every condition on a step that is none of
    `steps`."""
    for action, conditions in (("abort", guards.abort), ("ramp_down", guards.ramp_down)):
        for index, each in enumerate(conditions):
            step = None if isinstance(each, BudgetCondition) else each.step
            if step is not None and step not in steps:
                what = f'names the step "{step}", which is none of {", ".join(steps)}'
                yield (action, index), what
