"""What happens to the tasks of traced visits, on its way to the sink."""

from __future__ import annotations

from sim.kernel_engine.compiled import inlined
from sim.kernel_engine.layout import NOBODY, World
from sim.kernel_engine.memory import seldom, task_at, trace_at

WHATS = (
    "start", "arrive", "serve", "done", "refuse", "abandon", "error", "hit", "miss", "take",
    "sold_out", "conflict", "try", "timeout", "retry", "open", "poll", "send", "mark", "end",
)  # fmt: skip
(
    START, ARRIVE, SERVE, DONE, REFUSE, ABANDON, ERROR, HIT, MISS, TAKE,
    SOLD_OUT, CONFLICT, TRY, TIMEOUT, RETRY, OPEN, POLL, SEND, MARK, END,
) = range(len(WHATS))  # fmt: skip


@inlined
def note(w: World, slot: int, what: int, name: int) -> None:
    """`what` happens to the task, at the part or operation with that name."""
    task = task_at(w, slot)
    if seldom(task.is_traced != 0):
        trace(w, task.visit, task.action, what, name, 0)


@inlined
def note_sku(w: World, slot: int, what: int, sku: int) -> None:
    """`what` happens to the task, with its SKU."""
    task = task_at(w, slot)
    if seldom(task.is_traced != 0):
        trace(w, task.visit, task.action, what, NOBODY, sku)


@inlined
def trace(w: World, visit: int, action: int, what: int, name: int, sku: int) -> None:
    """One entry: of a part or operation with that name, or of a SKU when it has none."""
    entry = trace_at(w, w.written_traces)
    w.written_traces += 1
    entry.at = w.now
    entry.visit = visit
    entry.action = action
    entry.what = what
    entry.where = name
    entry.sku = sku
