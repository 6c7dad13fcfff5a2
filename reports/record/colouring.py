"""What a manifest says of the marks on a run's requests, and whether they came through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReported:
    """A mark that went out under the header `sent_as` and is looked for in the replies' header
    `reported_as`: there `right` replies had it as it was sent, `wrong` ones another one."""

    sent_as: str
    reported_as: str
    right: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColouringFacts:
    """The `colour` with its `value`, the `trace` (None when none was sent), and of how many
    sampled replies it was looked whether they report them.

    The trace id of visit k is `run_digits`, then k as 16 hex digits.
    """

    value: str
    run_digits: str
    colour: MarkReported
    trace: MarkReported | None
    sampled: int

    @property
    def marks(self) -> tuple[tuple[str, MarkReported], ...]:
        """The marks that were sent, with their names."""
        trace = (("trace id", self.trace),) if self.trace else ()
        return (("colour", self.colour), *trace)


def colouring_facts(raw: Mapping[str, Any]) -> ColouringFacts:
    """The facts as a manifest has them."""
    trace = raw["trace"]
    return ColouringFacts(
        value=raw["value"],
        run_digits=raw["run_digits"],
        colour=MarkReported(**raw["colour"]),
        trace=MarkReported(**trace) if trace else None,
        sampled=raw["sampled"],
    )
