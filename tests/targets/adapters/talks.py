"""Conversations with an adapter, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

from reports.documents.located_yaml import parse_yaml
from reports.documents.mistake import DocumentError
from scenarios.workload.visit import Action, Visit
from targets.adapters.adapter_file import FileAdapter, adapter_of
from targets.adapters.contract import Adapter, Call, Memory, Reply, StepResult

Answer = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What an adapter asked in one step, how it ended, what the shopper remembers."""

    calls: list[Call]
    result: StepResult
    memory: Memory

    @property
    def call(self) -> Call:
        (only,) = self.calls
        return only

    @property
    def ended(self) -> tuple[str, str]:
        return self.result.outcome, self.result.reason


def visit_of(*actions: Action, index: int = 7, tier: str = "gold") -> Visit:
    return Visit(
        index=index,
        intended_s=0.0,
        phase="burst",
        persona="student",
        channel="search",
        tier=tier,
        patience_s=10.0,
        actions=actions,
    )


def action_of(step: str, *, sku: int = 3, quantity: int = 2, path: str | None = None) -> Action:
    return Action(step=step, think_s=0.0, sku=sku, quantity=quantity, path=path)


def talk(
    adapter: Adapter,
    action: Action | str,
    answer: Answer | Iterable[Reply],
    *,
    memory: Memory | None = None,
    visit: Visit | None = None,
) -> Talk:
    """One action played against `answer`: a function, or replies in turn."""
    action = action_of(action) if isinstance(action, str) else action
    if not callable(answer):
        replies: Iterator[Reply] = iter(answer)
        answer = lambda _: next(replies)  # noqa: E731
    memory = {} if memory is None else memory
    calls: list[Call] = []
    conversation = adapter.play(visit or visit_of(action), action, memory)
    try:
        call = next(conversation)
        while True:
            calls.append(call)
            call = conversation.send(answer(call))
    except StopIteration as stop:
        return Talk(calls=calls, result=stop.value, memory=memory)


def json_reply(value: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=json.dumps(value).encode())


def page(text: str, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=text.encode())


def adapter_from(text: str) -> FileAdapter:
    return adapter_of(parse_yaml(text, "shop.yaml"))


def mistakes_of(text: str) -> list[str]:
    """The mistakes of an adapter file as a person sees them."""
    with pytest.raises(DocumentError) as caught:
        adapter_from(text)
    return [str(each) for each in caught.value.mistakes]
