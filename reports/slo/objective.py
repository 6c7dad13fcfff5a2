"""An objective: what is promised, of which actions, and the share of them that must be good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from reports.record.outcome import Outcome

Indicator = Literal["success", "acceptance", "availability", "response_time"]
GOOD: Mapping[Indicator, frozenset[Outcome]] = {
    "success": frozenset({Outcome.OK}),
    "acceptance": frozenset({Outcome.OK}),
    "availability": frozenset({Outcome.OK, Outcome.REJECTED}),
    "response_time": frozenset({Outcome.OK, Outcome.REJECTED}),
}
"""The outcomes of good actions; for `response_time` they must be in time as well."""
LEFT_OUT: Mapping[Indicator, frozenset[Outcome]] = {
    "success": frozenset({Outcome.REJECTED}),
    "acceptance": frozenset(),
    "availability": frozenset(),
    "response_time": frozenset(),
}
"""The outcomes of actions that do not count at all."""
SCOPES: Mapping[str, str] = {
    "steps": "step",
    "phases": "phase",
    "personas": "persona",
    "channels": "channel",
    "tiers": "tier",
}
"""The keys that narrow an objective down, and the word of an action that each looks at."""
Place = tuple[str, int, int, str]
"""File, line, column and dotted path of a word that a person wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """At least `target` (exact, 0 < target <= 1) of the actions must be good.

    `success`: good is ok; rejected actions are left out, for the business said no.
    `acceptance`: good is ok, and every action counts, so that a sold-out is a bad one.
    `availability`: good is ok or rejected; every action counts.
    `response_time`: good is answered (ok or rejected) within `below_s` seconds, the limit
    included; every action counts.
    Without `steps` every step counts, and so for `personas`, `channels` and `tiers`; without
    `phases` every judged phase does. `window_s` asks for the worst window of that length besides
    the whole.
    """

    name: str
    indicator: Indicator
    target: Fraction
    below_s: float | None = None
    steps: tuple[str, ...] | None = None
    phases: tuple[str, ...] | None = None
    personas: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    tiers: tuple[str, ...] | None = None
    window_s: float | None = None
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict, compare=False, repr=False)
    """Where a word of its scope was written, by (key of SCOPES, word)."""

    def __post_init__(self) -> None:
        assert 0 < self.target <= 1, self.target
        assert (self.below_s is not None) == (self.indicator == "response_time"), self.indicator
        assert self.window_s is None or self.window_s > 0, self.window_s

    @property
    def scope(self) -> Mapping[str, tuple[str, ...]]:
        """What it is narrowed down to: the words of each key of SCOPES that it has."""
        given = {key: getattr(self, key) for key in SCOPES}
        return {key: words for key, words in given.items() if words is not None}
