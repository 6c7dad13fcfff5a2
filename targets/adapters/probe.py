"""A probe: one shopper walks every step of an adapter once, and everything is kept to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import (
    COOKIES,
    DECIDED_BY,
    RUN,
    Adapter,
    Call,
    Memory,
    Reply,
    StepResult,
)
from targets.adapters.conversation import Send

PROBING_VISIT = 1_000_000_000
"""The index of a probe's visit: far above those of plans, so that no run meets its shopper."""

PROBING_RUN = "probe"
"""What a probe's calls say in place of a run's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedCall:
    """One call, its reply and what the adapter made of it.

    `carried` holds what the reply added to the shopper's memory. `rule` names the rule that
    judged the reply, where the adapter tells. `result` is set with a step's last call; a step
    that ends without a call has neither `call` nor `reply`.
    """

    step: str
    call: Call | None
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


def probe(adapter: Adapter, visit: Visit, send: Send) -> Iterator[ProbedCall]:
    """Every call of `visit` in turn, until a step does not end ok, as a shopper would."""
    memory: Memory = {COOKIES: {}, RUN: PROBING_RUN}
    for action in visit.actions:
        for probed in _probed_step(adapter, visit, action, memory, send):
            yield probed
            if probed.result is not None and probed.result.outcome != "ok":
                return


def _probed_step(
    adapter: Adapter, visit: Visit, action: Action, memory: Memory, send: Send
) -> Iterator[ProbedCall]:
    conversation = adapter.play(visit, action, memory)
    call: Call | None = None
    reply: Reply | None = None
    before = _shown(memory)
    while True:
        memory.pop(DECIDED_BY, None)
        result: StepResult | None = None
        coming: Call | None = None
        try:
            coming = next(conversation) if reply is None else conversation.send(reply)
        except StopIteration as stop:
            result = stop.value
        if call is not None or result is not None:
            yield ProbedCall(
                step=action.step,
                call=call,
                reply=reply,
                carried=_added(before, memory),
                rule=str(memory.get(DECIDED_BY, "")),
                result=result,
            )
        if coming is None:
            return
        before = _shown(memory)
        call = _with_cookies(coming, memory)
        reply = send(call)
        memory[COOKIES].update(reply.cookies)


def _with_cookies(call: Call, memory: Memory) -> Call:
    """The call as a player sends it: with the cookies so far."""
    if not memory[COOKIES] or "Cookie" in call.headers:
        return call
    jar = "; ".join(f"{name}={value}" for name, value in memory[COOKIES].items())
    return replace(call, headers={**call.headers, "Cookie": jar})


def _shown(memory: Memory) -> dict[str, object]:
    shown = {key: value for key, value in memory.items() if key not in (COOKIES, DECIDED_BY, RUN)}
    return {**shown, **{f"cookie {name}": value for name, value in memory[COOKIES].items()}}


def _added(before: Mapping[str, object], memory: Memory) -> dict[str, object]:
    return {key: value for key, value in _shown(memory).items() if before.get(key) != value}
