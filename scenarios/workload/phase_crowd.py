"""Who comes in a phase: one mix of personas, or one for each of the parts that it has at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from scenarios.workload.alias_table import AliasTable
from scenarios.workload.columns import Floats
from scenarios.workload.persona import Crowd, shares_of
from scenarios.workload.phase import Phase
from scenarios.workload.rate_curve import Piece
from scenarios.workload.superposition import Superposition

Mix = Mapping[str, Fraction] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCrowd:
    """`tables` draw a visit's cell of the crowd, one for each part; with a single one every visit
    is drawn from it and `parts` is None. `shares` are the personas' expected shares of the
    visits of the whole phase."""

    tables: tuple[AliasTable, ...]
    parts: Superposition | None
    shares: Floats

    def cells(self, t_s: Floats, *, who: Floats, whose: Floats) -> npt.NDArray[np.int32]:
        """The cells of visits that arrive `t_s` after the start of the phase. Of two uniform
        numbers in [0, 1) `whose` draws the part that a visit belongs to, `who` its cell."""
        if self.parts is None:
            return self.tables[0].at(who)
        part = self.parts.part_at(t_s, whose)
        cell = np.empty(len(t_s), dtype=np.int32)
        for index, table in enumerate(self.tables):
            here = part == index
            cell[here] = table.at(who[here])
        return cell


def phase_crowds(
    crowd: Crowd, phases: Sequence[Phase], pieces: Sequence[tuple[Piece, ...]]
) -> tuple[PhaseCrowd, ...]:
    """The crowd of each of `phases`, whose pieces of the rate curve are `pieces`."""
    own = crowd.cells()
    return tuple(
        _phase_crowd(crowd, own, each, its) for each, its in zip(phases, pieces, strict=True)
    )


def _phase_crowd(
    crowd: Crowd, own: AliasTable, phase: Phase, pieces: tuple[Piece, ...]
) -> PhaseCrowd:
    mixes = [phase.mix if each.mix is None else each.mix for each in phase.parts]
    shape = pieces[0].shape
    if not isinstance(shape, Superposition) or all(each == mixes[0] for each in mixes):
        return PhaseCrowd(
            tables=(_table(crowd, own, mixes[0]),), parts=None, shares=_shares(crowd, mixes[0])
        )
    visits = np.array([each.total for each in shape.parts])
    # A phase without visits has no shares; any will do.
    weights = visits / visits.sum() if visits.any() else np.full(len(visits), 1.0 / len(visits))
    return PhaseCrowd(
        tables=tuple(_table(crowd, own, each) for each in mixes),
        parts=shape,
        shares=weights @ np.array([_shares(crowd, each) for each in mixes]),
    )


def _table(crowd: Crowd, own: AliasTable, mix: Mix) -> AliasTable:
    return own if mix is None else crowd.cells(mix)


def _shares(crowd: Crowd, mix: Mix) -> Floats:
    return np.array([float(each) for each in shares_of(crowd.personas, mix)])
