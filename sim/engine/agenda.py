"""What nobody in the model does: it happens at its instant, before all else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

NOBODY, SOMEBODY = 0, 1
"""Priorities at one instant: what nobody in the model does comes before what somebody does."""


class Agenda(Protocol):
    """The clock of a run, which does what it is asked to at the instant."""

    @property
    def now(self) -> float: ...
    def call_at(self, at_s: float, what: Callable[[], None], priority: int) -> None: ...
