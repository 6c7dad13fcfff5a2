"""What the operations of a step are called: a path that no other operation shares.

The call of a step is STEP/call, its background STEP/background, that of a poll STEP/poll. An
operation is its call's path and its label, with #1, #2, ... when the same label stood before in
the same call. A nested call has the path of the operation that holds it, the fallback of an
attempt that and `fallback`, branch i of a choice or a fork that and i. So
`pay/call/attempt wechat/hold threads/database#1` is the second visit to the database there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from sim.model.call import (
    Admission,
    Attempt,
    Call,
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

_WORDS: Mapping[type, str] = {
    Hold: "hold",
    Admission: "admit",
    Attempt: "attempt",
    Choice: "choice",
    Fork: "fork",
    Lookup: "lookup",
    ReadStock: "read",
    TakeStock: "take",
    Send: "send",
    Fail: "fail",
    Mark: "mark",
}


def label_of(operation: Operation) -> str:
    """The operation's own word and name; a demand has that of its station alone."""
    match operation:
        case Demand(station=station):
            return station
        case Hold(station=name) | Admission(bucket=name) | Lookup(cache=name):
            return f"{_WORDS[type(operation)]} {name}"
        case ReadStock() | TakeStock():
            return _WORDS[type(operation)]
        case _:
            return f"{_WORDS[type(operation)]} {operation.name}"


def named(call: Call, path: str) -> Iterator[tuple[str, Operation]]:
    """The operations of `call`, each with its name; nested ones are left to `nested_paths`."""
    seen: Counter[str] = Counter()
    for each in call:
        label = label_of(each)
        yield f"{path}/{label}" + (f"#{seen[label]}" if seen[label] else ""), each
        seen[label] += 1


def nested_paths(operation: Operation, name: str) -> tuple[str, ...]:
    """The paths of `sim.model.service_model.nested_calls(operation)`, in their order."""
    match operation:
        case Attempt():
            return (name, f"{name}/fallback")
        case Choice(branches=branches):
            return tuple(f"{name}/{index}" for index in range(len(branches)))
        case Fork(calls=calls):
            return tuple(f"{name}/{index}" for index in range(len(calls)))
        case Hold() | Lookup() | Send():
            return (name,)
        case _:
            return ()
