"""One replication of two variants of a model, with the same luck."""

from __future__ import annotations

from dataclasses import dataclass

from sim.answers.observations import Observations


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One replication of the model as written and of the changed one, and, when the luck was
    mirrored too, that of both again. `offered_work` is the control: what the plan asks for."""

    one: Observations
    other: Observations
    mirrored: tuple[Observations, Observations] | None = None
    offered_work: float = 0.0

    @property
    def halves(self) -> tuple[tuple[Observations, Observations], ...]:
        """Both variants, and both with mirrored luck if that was played."""
        straight = (self.one, self.other)
        return (straight, self.mirrored) if self.mirrored else (straight,)

    @property
    def runs(self) -> tuple[Observations, ...]:
        """All that were played."""
        return tuple(run for half in self.halves for run in half)

    def figure(self, name: str) -> tuple[float, float]:
        """The figure of both variants, the mean of both halves if the luck was mirrored."""
        ones, others = zip(
            *((a.figures[name], b.figures[name]) for a, b in self.halves), strict=True
        )
        return sum(ones) / len(ones), sum(others) / len(others)
