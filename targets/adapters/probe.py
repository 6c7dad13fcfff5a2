"""A probe: one shopper walks every step of an adapter once, and everything is kept to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import (
    CHANNEL,
    COOKIES,
    DECIDED_BY,
    RUN,
    TRAIL,
    Adapter,
    Call,
    Hear,
    Memory,
    Open,
    Reply,
    Request,
    Say,
    StepResult,
)
from targets.adapters.conversation import Answer
from targets.adapters.cookie_jar import CookieJar

PROBING_VISIT = 1_000_000_000
"""The index of a probe's visit: far above those of plans, so that no run meets its shopper."""

PROBING_RUN = "probe"
"""What a probe's calls say in place of a run's id."""

_OF_THE_PLAYER = frozenset({CHANNEL, COOKIES, DECIDED_BY, RUN, TRAIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedCall:
    """One thing that was asked, the reply and what the adapter made of it.

    `carried` holds what the reply added to the shopper's memory. `rule` names the rule that
    judged the reply, where the adapter tells. `result` is set with a step's last call; a step
    that ends without a call has neither `asked` nor `reply`.
    """

    step: str
    asked: Request | None
    reply: Reply | None
    carried: Mapping[str, object]
    rule: str
    result: StepResult | None


def ordered_steps(adapter: Adapter) -> tuple[str, ...]:
    """The adapter's steps in its own order when it has one (`steps_in_order`), else by name."""
    ordered: tuple[str, ...] = getattr(adapter, "steps_in_order", ()) or tuple(
        sorted(adapter.steps)
    )
    return ordered


def probing_visit(
    adapter: Adapter, *, sku: int, quantity: int = 1, index: int = PROBING_VISIT
) -> Visit:
    """A visit of all the adapter's steps for one product, without think times."""
    actions = tuple(
        Action(step=step, think_s=0.0, sku=sku, quantity=quantity, path="/")
        for step in ordered_steps(adapter)
    )
    return Visit(
        index=index,
        intended_s=0.0,
        phase="probe",
        persona="probe",
        channel="direct",
        tier="regular",
        patience_s=60.0,
        actions=actions,
    )


def probe(adapter: Adapter, visit: Visit, answer: Answer) -> Iterator[ProbedCall]:
    """Every call of `visit` in turn, until a step does not end ok, as a shopper would."""
    memory: Memory = {COOKIES: CookieJar(), RUN: PROBING_RUN}
    try:
        for action in visit.actions:
            for probed in _probed_step(adapter, visit, action, memory, answer):
                yield probed
                if probed.result is not None and probed.result.outcome != "ok":
                    return
    finally:
        if channel := memory.pop(CHANNEL, None):
            channel.close()


def _probed_step(
    adapter: Adapter, visit: Visit, action: Action, memory: Memory, answer: Answer
) -> Iterator[ProbedCall]:
    conversation = adapter.play(visit, action, memory)
    asked: Request | None = None
    reply: Reply | None = None
    before = _shown(memory)
    while True:
        memory.pop(DECIDED_BY, None)
        result: StepResult | None = None
        coming: Request | None = None
        try:
            coming = next(conversation) if reply is None else conversation.send(reply)
        except StopIteration as stop:
            result = stop.value
        if asked is not None or result is not None:
            yield ProbedCall(
                step=action.step,
                asked=asked,
                reply=reply,
                carried=_added(before, memory),
                rule=str(memory.get(DECIDED_BY, "")),
                result=result,
            )
        if coming is None:
            return
        before = _shown(memory)
        asked = coming
        reply = answer(asked, memory)


def _shown(memory: Memory) -> dict[str, object]:
    shown = {key: value for key, value in memory.items() if key not in _OF_THE_PLAYER}
    return {**shown, **{f"cookie {each.name}": each.value for each in memory[COOKIES]}}


def _added(before: Mapping[str, object], memory: Memory) -> dict[str, object]:
    return {key: value for key, value in _shown(memory).items() if before.get(key) != value}


def in_words(request: Request) -> str:
    """What was asked, in one line: `POST /orders`, `open /live`, `hear for 10 s`."""
    match request:
        case Call():
            return f"{request.method} {request.path}"
        case Open():
            return f"open {request.path}"
        case Hear():
            return f"hear for {request.within_s:g} s"
        case _:
            return type(request).__name__.lower()


def sent_by(request: Request) -> bytes:
    """The body of a call, or what is said on a WebSocket."""
    if isinstance(request, Call):
        return request.body
    if isinstance(request, Say):
        said = request.message
        return said.encode() if isinstance(said, str) else said
    return b""
