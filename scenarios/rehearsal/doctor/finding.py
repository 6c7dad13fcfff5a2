"""One line of what the doctor found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verdict = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, what was found there, and whether a rehearsal can live with it.

    A `problem` keeps a rehearsal from working, a `warning` limits it; both come with `advice`,
    what to do. `figures` holds the numbers behind `found`, by names that end in their units.
    """

    check: str
    found: str
    verdict: Verdict = "ok"
    advice: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert bool(self.advice) == (self.verdict != "ok"), f"advice for {self.check}?"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
