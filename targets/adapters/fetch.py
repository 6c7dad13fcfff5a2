"""The adapter of a log replay: one step, `fetch`, that gets a path which the log named."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from scenarios.workload.visit import FETCH_STEP, Action, Visit
from targets.adapters.contract import Call, Conversation, Memory, Reply, StepResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Gets `action.path`.

    A reply is judged against the log. A 4xx where the log has one too is `rejected`: the address
    was wrong when the log was written, and a platform that still says so works. A 4xx that the
    log does not have is `failed`, so that a replay against the wrong host is never green.
    """

    @property
    def steps(self) -> frozenset[str]:
        return frozenset({FETCH_STEP})

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:  # noqa: ARG002 - the contract
        assert action.path is not None, "a fetch needs a path"
        # Where a redirect led is in the log itself.
        reply = yield Call(method="GET", path=action.path, follow=False)
        return _judged(reply, action.logged_status)


def _judged(reply: Reply, logged_status: int) -> StepResult:
    if reply.status < 400:
        return StepResult(outcome="ok")
    reason = f"status {reply.status}"
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return StepResult(outcome="rejected", reason=reason)
    if reply.status >= 500 or reply.status == HTTPStatus.REQUEST_TIMEOUT:
        return StepResult(outcome="failed", reason=reason)
    if 400 <= logged_status < 500:
        return StepResult(outcome="rejected", reason=f"{reason}, as logged")
    return StepResult(outcome="failed", reason=f"{reason}, not so in the log")
