"""Why replications that stop by themselves stopped, and which objective decided how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.answers.figure_wording import figure_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReason:
    """`imprecise` names what was not known as closely as asked when the most that is allowed had
    been played. Without any, `decided_by` names what was known so last; where the fewest
    replications were enough for all, nothing did."""

    imprecise: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """`enough once "orders are placed" was known as closely as asked`."""
        if self.imprecise:
            return f"the most that are played; known less closely than asked: {_of(self.imprecise)}"
        if not self.decided_by:
            return "the fewest that are played were enough for every objective"
        return f"enough once {_of(self.decided_by)} was known as closely as asked"

    def as_json(self) -> dict[str, Any]:
        return {"imprecise": list(self.imprecise), "decided_by": list(self.decided_by)}


def _of(names: tuple[str, ...]) -> str:
    return ", ".join(figure_in_words(each) for each in names)
