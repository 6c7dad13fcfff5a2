"""The adapter of a log replay: one step, `fetch`, that gets a path which the log named."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import Call, Conversation, Memory, Reply, StepResult

FETCH = "fetch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Gets `action.path`.

    A 4xx is `rejected`, not `failed`: the log holds addresses that were wrong when it was
    written, and a platform that still says so works. 408 says that the platform gave up.
    """

    @property
    def steps(self) -> frozenset[str]:
        return frozenset({FETCH})

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:  # noqa: ARG002 - the contract
        assert action.path is not None, "a fetch needs a path"
        reply = yield Call(method="GET", path=action.path)
        return _judged(reply)


def _judged(reply: Reply) -> StepResult:
    if reply.status < 400:
        return StepResult(outcome="ok")
    reason = f"status {reply.status}"
    if reply.status >= 500 or reply.status == 408:
        return StepResult(outcome="failed", reason=reason)
    return StepResult(outcome="rejected", reason=reason)
