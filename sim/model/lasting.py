"""How long calls last when nobody has to wait: a look ahead, by means alone."""

from __future__ import annotations

from sim.model.call import Call, Choice, Demand, Fork, Operation, Send
from sim.model.service_model import ServiceModel, nested_calls


def service_s(call: Call) -> float:
    """Of all operations of `call`, the longest way at each choice. What is sent takes no time, and
    what ends by the clock none of its own."""
    return sum(_operation_s(each, to_the_end=False) for each in call)


def followed_s(model: ServiceModel) -> float:
    """Of the longest step with all that follows from it: the parcel, and what comes back."""
    steps = model.steps.values()
    return max((_call_s(each.call) + _call_s(each.background) for each in steps), default=0.0)


def _call_s(call: Call) -> float:
    return sum(_operation_s(each, to_the_end=True) for each in call)


def _operation_s(operation: Operation, *, to_the_end: bool) -> float:
    if isinstance(operation, Demand):
        by_clock = operation.time.kind == "until"
        return 0.0 if by_clock and not to_the_end else operation.time.mean_s
    if isinstance(operation, Send) and not to_the_end:
        return 0.0
    inner = [
        sum(_operation_s(each, to_the_end=to_the_end) for each in call)
        for call in nested_calls(operation)
    ]
    return max(inner) if isinstance(operation, Choice | Fork) else sum(inner)
