"""A model's calls as a flat program: operations in a table, which say what follows.

Each operation knows where its task goes on (`next`) and where it goes when the operation fails
(`on_fail`): to give back what it holds, and then to the end. So calls within calls need no stack;
what a child task plays is a call of its own that leads to the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from reports.record.outcome import Outcome
from sim.engine.streams import gamma_terms, lognormal_terms, word_of
from sim.kernel_engine import drawing, kernel, stock
from sim.kernel_engine.layout import NOBODY
from sim.model.call import (
    OK,
    Admission,
    Attempt,
    Call,
    CallEnd,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Mark,
    Operation,
    ReadStock,
    Send,
    TakeStock,
)
from sim.model.distribution import Distribution
from sim.model.marks_ahead import NOTHING, Ahead, marks_ahead
from sim.model.naming import named, nested_paths
from sim.model.service_model import ServiceModel, nested_calls

LAST = 0
NEVER_FINISHED = CallEnd(Outcome.FAILED, 200, "never_finished")
DECLINED = CallEnd(Outcome.REJECTED, 402, "declined")
GIVEN_ENDS = (
    OK,
    CallEnd(Outcome.NOT_SENT, 0, "in-flight limit"),
    CallEnd(Outcome.ABANDONED, 0, "reply_timeout"),
    CallEnd(Outcome.TIMED_OUT, 0, "reply_timeout"),
    CallEnd(Outcome.REJECTED, 409, "sold_out"),
    CallEnd(Outcome.REJECTED, 409, "not_on_sale"),
    CallEnd(Outcome.FAILED, 409, "conflict"),
)
"""In the order of `visits` and `stock`."""


class Numbering:
    """Things by number, in the order in which they were first asked for."""

    def __init__(self, first: Sequence[Any] = ()) -> None:
        self._numbers: dict[Any, int] = {}
        for each in first:
            self.of(each)

    def of(self, thing: Any) -> int:
        return self._numbers.setdefault(thing, len(self._numbers))

    @property
    def things(self) -> tuple[Any, ...]:
        return tuple(self._numbers)


@dataclass
class Program:
    """What is known of a model once its calls are operations. `names` are for traces: the steps
    first. What is added is a part of the operation that is being `writing`; `ahead` is what lies
    ahead of each."""

    names: Numbering
    stations: tuple[str, ...]
    buckets: tuple[str, ...]
    caches: tuple[str, ...]
    midnight_s: float
    ends: Numbering = field(default_factory=lambda: Numbering(GIVEN_ENDS))
    marks: Numbering = field(default_factory=Numbering)
    reasons: Numbering = field(default_factory=lambda: Numbering([""]))
    attempts: dict[str, Attempt] = field(default_factory=dict)
    operations: list[dict[str, Any]] = field(default_factory=lambda: [{"code": kernel.END}])
    durations: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    ahead: list[Ahead] = field(default_factory=lambda: [NOTHING])
    ahead_by_name: Mapping[str, Ahead] = field(default_factory=dict)
    writing: str = ""

    def add(self, **operation: Any) -> int:
        self.operations.append(operation)
        self.ahead.append(self.ahead_by_name.get(self.writing, NOTHING))
        return len(self.operations) - 1

    def add_numbers(self, *values: float) -> int:
        """Where these stand in `numbers`."""
        self.numbers += values
        return len(self.numbers) - len(values)

    def add_duration(self, model: Distribution) -> int:
        kind = _kind_of(model)
        self.durations.append(
            {
                "kind": kind,
                "mean_s": model.mean_s,
                "every_s": model.every_s,
                "offset_s": self.midnight_s + model.offset_s,
                "first": self.add_numbers(*model.values_s),
                "count": len(model.values_s),
                **_terms(kind, model),
            }
        )
        return len(self.durations) - 1


def compiled_program(model: ServiceModel, steps: Sequence[str]) -> Program:
    """The calls of these steps of `model`."""
    program = Program(
        names=Numbering(steps),
        stations=tuple(model.stations),
        buckets=tuple(model.buckets),
        caches=tuple(model.caches),
        midnight_s=model.midnight_s,
        ahead_by_name=marks_ahead(model),
    )
    for name in steps:
        step = model.steps[name]
        _number(program, step.background, f"{name}/background")
        _number(program, step.call, f"{name}/call")
        if step.polling:
            _number(program, step.polling.call, f"{name}/poll")
        program.begins.append(_step(program, model, name))
    return program


def _number(program: Program, call: Call, path: str) -> None:
    """Numbers attempts and marks in the order of writing, while calls are put down backwards."""
    for name, operation in named(call, path):
        nested = zip(nested_calls(operation), nested_paths(operation, name), strict=True)
        for inner, inner_path in nested:
            _number(program, inner, inner_path)
        if isinstance(operation, Attempt):
            program.attempts[name] = operation
        elif isinstance(operation, Mark):
            program.marks.of(operation.name)


def _kind_of(model: Distribution) -> int:
    match model.kind:
        case "until":
            return drawing.UNTIL
        case "empirical":
            return drawing.EMPIRICAL
        case "exponential" if model.mean_s:
            return drawing.EXPONENTIAL
        case "gamma" if model.mean_s and model.cv:
            return drawing.GAMMA
        case "lognormal" if model.mean_s and model.cv:
            return drawing.LOGNORMAL
        case _:
            return drawing.FIXED


def _terms(kind: int, model: Distribution) -> dict[str, float]:
    """What is worked out once for all draws."""
    names: tuple[str, ...] = ()
    terms: tuple[float, ...] = ()
    if kind == drawing.GAMMA:
        names, terms = ("power", "scale", "d", "c"), gamma_terms(model.mean_s, model.cv)
    elif kind == drawing.LOGNORMAL:
        names, terms = ("middle", "sigma"), lognormal_terms(model.mean_s, model.cv)
    return dict(zip(names, terms, strict=True))


def _step(program: Program, model: ServiceModel, name: str) -> int:
    """What comes last is written first: it is known then where it is."""
    step, then = model.steps[name], LAST
    if step.polling:
        polling = step.polling
        poll = program.add(
            code=kernel.POLL, next=len(program.operations) + 1, on_fail=LAST, most=polling.most,
            first=program.add_numbers(*polling.pauses_s), count=len(polling.pauses_s),
            end=program.ends.of(NEVER_FINISHED),
        )  # fmt: skip
        program.add(
            code=kernel.ASK, next=poll + 2, on_fail=LAST, name=program.names.of(name),
            child_word=word_of(f"{name}/poll/child"),
        )  # fmt: skip
        program.add(code=kernel.ASKED, next=poll, on_fail=LAST)
        program.operations[poll + 1]["first"] = _call(program, polling.call, f"{name}/poll")
        then = poll
    if step.background:
        begins = _call(program, step.background, f"{name}/background")
        word = word_of(f"{name}/background/child")
        then = _sent(program, name, begins, word, then, LAST, is_background=True)
    if step.declined_ratio:
        then = program.add(
            code=kernel.DECLINE, next=then, on_fail=LAST, word=word_of(f"{name}/declined"),
            probability=step.declined_ratio, end=program.ends.of(DECLINED),
        )  # fmt: skip
    return _call(program, step.call, f"{name}/call", then)


def _call(program: Program, call: Call, path: str, then: int = LAST, on_fail: int = LAST) -> int:
    """Where `call` begins, which goes on to `then`."""
    for name, operation in reversed(list(named(call, path))):
        then = _operation(program, name, operation, then, on_fail)
    return then


def _operation(program: Program, name: str, operation: Operation, then: int, on_fail: int) -> int:
    write: Callable[[Program, str, Any, int, int], int] = _WRITERS[type(operation)]
    around, program.writing = program.writing, name
    begins = write(program, name, operation, then, on_fail)
    program.writing = around
    return begins


def _demand(program: Program, name: str, model: Demand, then: int, on_fail: int) -> int:
    by_clock = model.time.kind == "until"
    factors = () if by_clock else model.sku_factors
    return program.add(
        code=kernel.DEMAND, next=then, on_fail=on_fail, **_place(program, name, model.station),
        duration=program.add_duration(model.time), word=word_of(f"{name}/time"),
        probability=model.probability, chance_word=word_of(f"{name}/chance"),
        is_by_clock=by_clock, is_per_unit=model.per_unit and not by_clock,
        limit=model.queue_limit, count=len(factors),
        first=program.add_numbers(
            *(float(sku) for sku, _ in factors), *(factor for _, factor in factors)
        ),
    )  # fmt: skip


def _place(program: Program, name: str, station: str) -> dict[str, int]:
    return {
        "part": program.stations.index(station),
        "copy_word": word_of(f"{name}/copy"),
        "error_word": word_of(f"{name}/error"),
        "patience_word": word_of(f"{name}/patience"),
    }


def _hold(program: Program, name: str, model: Hold, then: int, on_fail: int) -> int:
    unhold = program.add(code=kernel.UNHOLD, next=then, on_fail=on_fail)
    begins = _call(program, model.call, name, unhold, unhold)
    place = _place(program, name, model.station)
    return program.add(code=kernel.HOLD, next=begins, on_fail=on_fail, duration=NOBODY, **place)


def _admission(program: Program, _: str, model: Admission, then: int, on_fail: int) -> int:
    return program.add(
        code=kernel.ADMIT, next=then, on_fail=on_fail, part=program.buckets.index(model.bucket),
        name=program.names.of(model.bucket),
        end=program.ends.of(CallEnd(Outcome.REJECTED, 429, f"{model.bucket}_limited")),
    )  # fmt: skip


def _attempt(program: Program, name: str, model: Attempt, then: int, on_fail: int) -> int:
    paths = nested_paths(model, name)
    begins = _call(program, model.call, paths[0])
    fallback = NOBODY
    if model.fallback:
        fallback = _call(program, model.fallback, paths[1], then, on_fail)
    first = len(program.operations)
    shared = {
        "on_fail": on_fail, "part": list(program.attempts).index(name),
        "name": program.names.of(model.name),
        "count": fallback, "first": begins, "most": model.retries,
        "timeout": model.timeout_s, "backoff": model.backoff_s, "factor": model.backoff_factor,
        "jitter": model.jitter, "word": word_of(f"{name}/backoff"),
        "child_word": word_of(f"{name}/child"),
        "end": program.ends.of(CallEnd(Outcome.FAILED, 504, f"{model.name}_timeout")),
        "refused": program.ends.of(CallEnd(Outcome.FAILED, 503, f"{model.name}_open")),
    }  # fmt: skip
    program.add(**shared, code=kernel.ATTEMPT, next=first + 1)
    program.add(**shared, code=kernel.TRY, next=first + 2)
    program.add(**shared, code=kernel.TRIED, next=then, other=first + 3)
    program.add(**shared, code=kernel.RETRY, next=first + 1)
    return first


def _choice(program: Program, name: str, model: Choice, then: int, on_fail: int) -> int:
    begins = [
        _call(program, call, path, then, on_fail)
        for call, path in zip(nested_calls(model), nested_paths(model, name), strict=True)
    ]
    up_to = accumulate(each.share for each in model.branches)
    return program.add(
        code=kernel.CHOICE, on_fail=on_fail, word=word_of(f"{name}/choice"), count=len(begins),
        first=program.add_numbers(*up_to, *map(float, begins)),
    )  # fmt: skip


def _fork(program: Program, name: str, model: Fork, then: int, on_fail: int) -> int:
    begins = [
        _call(program, call, path)
        for call, path in zip(nested_calls(model), nested_paths(model, name), strict=True)
    ]
    shared = {
        "on_fail": on_fail, "count": len(begins), "most": model.needs or len(begins),
        "first": program.add_numbers(*map(float, begins)), "child_word": word_of(f"{name}/child"),
    }  # fmt: skip
    first = program.add(**shared, code=kernel.FORK, next=len(program.operations) + 1)
    program.add(**shared, code=kernel.FORKED, next=then)
    return first


def _lookup(program: Program, name: str, model: Lookup, then: int, on_fail: int) -> int:
    part, at_once = program.caches.index(model.cache), model.fills == "at_once"
    filled = then
    if not at_once:
        filled = program.add(code=kernel.FILL, next=then, on_fail=on_fail, part=part)
    return program.add(
        code=kernel.LOOKUP, next=then, on_fail=on_fail, part=part, is_at_once=at_once,
        first=_call(program, model.call, name, filled, on_fail), word=word_of(f"{name}/hit"),
        name=program.names.of(model.cache),
    )  # fmt: skip


def _read(program: Program, _name: str, _model: ReadStock, then: int, on_fail: int) -> int:
    return program.add(code=kernel.READ, next=then, on_fail=on_fail)


def _take(program: Program, name: str, model: TakeStock, then: int, on_fail: int) -> int:
    strategy = {
        "atomic": stock.ATOMIC,
        "optimistic": stock.OPTIMISTIC,
        "unchecked": stock.UNCHECKED,
        "bucketed": stock.BUCKETED_ON if model.fallback else stock.BUCKETED,
    }[model.strategy]
    return program.add(
        code=kernel.TAKE, next=then, on_fail=on_fail, strategy=strategy,
        word=word_of(f"{name}/bucket"), timeout=model.release_after_s,
    )  # fmt: skip


def _send(program: Program, name: str, model: Send, then: int, on_fail: int) -> int:
    begins = _call(program, model.call, name)
    word = word_of(f"{name}/child")
    return _sent(program, model.name, begins, word, then, on_fail, anew=model.anew)


def _sent(
    program: Program,
    name: str,
    begins: int,
    word: int,
    then: int,
    on_fail: int,
    *,
    anew: bool = False,
    is_background: bool = False,
) -> int:
    sent = program.add(code=kernel.SENT, next=then, on_fail=on_fail)
    return program.add(
        code=kernel.SEND, next=sent, on_fail=on_fail, first=begins, child_word=word,
        name=program.names.of(name), is_at_once=anew, is_background=is_background,
    )  # fmt: skip


def _fail(program: Program, name: str, model: Fail, then: int, on_fail: int) -> int:
    if model.end.outcome is Outcome.OK:
        return then
    return program.add(
        code=kernel.FAIL, next=then, on_fail=on_fail, word=word_of(f"{name}/fail"),
        probability=model.probability, end=program.ends.of(model.end),
    )  # fmt: skip


def _mark(program: Program, _: str, model: Mark, then: int, on_fail: int) -> int:
    return program.add(
        code=kernel.MARK, next=then, on_fail=on_fail, part=program.marks.of(model.name),
        name=program.names.of(model.name), within=model.within_s,
        by_day=math.inf if model.by_day is None else model.by_day,
    )  # fmt: skip


_WRITERS: Mapping[type, Callable[..., int]] = {
    Demand: _demand, Hold: _hold, Admission: _admission, Attempt: _attempt, Choice: _choice,
    Fork: _fork, Lookup: _lookup, ReadStock: _read, TakeStock: _take, Send: _send, Fail: _fail,
    Mark: _mark,
}  # fmt: skip
