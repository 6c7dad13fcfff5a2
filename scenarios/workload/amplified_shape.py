"""A shape with its rate multiplied: the same ups and downs by more or fewer visitors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scenarios.workload.columns import Floats
from scenarios.workload.rate_curve import Piece, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplified:
    """`by` times the rate of `shape`, and so `by` times its area."""

    shape: Shape
    by: float

    def __post_init__(self) -> None:
        assert self.by > 0

    def rate(self, t_s: Floats) -> Floats:
        return self.by * self.shape.rate(t_s)

    def area(self, t_s: Floats) -> Floats:
        return self.by * self.shape.area(t_s)

    def time_of(self, area: Floats) -> Floats:
        return self.shape.time_of(area / self.by)

    def turns_s(self) -> Floats:
        return self.shape.turns_s()


def amplified(pieces: Iterable[Piece], by: float) -> tuple[Piece, ...]:
    """`pieces` at `by` times their rate; themselves at 1."""
    if by == 1:
        return tuple(pieces)
    return tuple(
        Piece(duration_s=each.duration_s, shape=Amplified(shape=each.shape, by=by))
        for each in pieces
    )
