"""What a phase stands for: pieces of the rate curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

from scenarios.workload.curved_shape import Cosine, Lagged
from scenarios.workload.phase import Part, Phase
from scenarios.workload.rate_curve import Decay, Flat, Piece, Ramp, RateCurve, Shape
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.shape_keys import Hump, Series, Slots, Stairs
from scenarios.workload.superposition import Superposition

Recorded = Mapping[Series, Buckets]
"""What was read for each series, from its start on."""
NOTHING_RECORDED: Recorded = MappingProxyType({})


def pieces_of(phase: Phase, recorded: Recorded = NOTHING_RECORDED) -> tuple[Piece, ...]:
    """The pieces of the rate curve of `phase`, one after the other."""
    parts = [_pieces(each, phase.duration_s, recorded) for each in phase.parts]
    if phase.together is None:
        return parts[0]
    shape = Superposition(parts=tuple(RateCurve(pieces=each) for each in parts))
    return (Piece(duration_s=phase.duration_s, shape=shape),)


def _pieces(part: Part, duration_s: float, recorded: Recorded) -> tuple[Piece, ...]:
    if part.step is not None:
        return _stairs(part.step, duration_s)
    if part.hump is not None:
        return _hump(part.hump, duration_s)
    if part.slots is not None:
        return _slots(part.slots, duration_s)
    if part.series is not None:
        shape: Shape = recorded[part.series].between(0.0, duration_s)
    else:
        shape = _shape(part, duration_s)
    return (Piece(duration_s=duration_s, shape=shape),)


def _shape(part: Part, duration_s: float) -> Shape:
    if part.at_per_s is not None:
        return Flat(rate_per_s=part.at_per_s)
    if part.from_per_s is not None and part.to_per_s is not None:
        return Ramp(from_per_s=part.from_per_s, to_per_s=part.to_per_s, duration_s=duration_s)
    if (spike := part.spike) is not None:
        return Decay(
            to_per_s=spike.to_per_s,
            settle_per_s=spike.settle_per_s,
            half_life_s=spike.half_life_s,
        )
    if (wave := part.wave) is not None:
        return Cosine(
            mean_per_s=wave.mean_per_s,
            swing_per_s=wave.mean_per_s * wave.amplitude,
            period_s=wave.period_s,
            peak_at_s=wave.peak_at_s,
            duration_s=duration_s,
        )
    surge = part.surge
    assert surge is not None
    return Lagged(
        base_per_s=surge.base_per_s,
        top_per_s=surge.top_per_s,
        peak_after_s=surge.peak_after_s,
        duration_s=duration_s,
    )


def _stairs(stairs: Stairs, duration_s: float) -> tuple[Piece, ...]:
    count = max(1, math.ceil(duration_s / stairs.every_s - 1e-9))
    return tuple(
        Piece(
            duration_s=min(stairs.every_s, duration_s - index * stairs.every_s),
            shape=Flat(rate_per_s=stairs.from_per_s + index * stairs.by_per_s),
        )
        for index in range(count)
    )


def _hump(hump: Hump, duration_s: float) -> tuple[Piece, ...]:
    """Flat, one swing of a cosine, flat: what of them lies within the phase."""
    from_s = min(max(hump.peak_at_s - hump.width_s / 2, 0.0), duration_s)
    until_s = min(hump.peak_at_s + hump.width_s / 2, duration_s)
    swing_per_s = (hump.top_per_s - hump.base_per_s) / 2
    base, pieces = Flat(rate_per_s=hump.base_per_s), []
    if from_s > 0:
        pieces.append(Piece(duration_s=from_s, shape=base))
    if until_s > from_s:
        bend = Cosine(
            mean_per_s=hump.base_per_s + swing_per_s,
            swing_per_s=swing_per_s,
            period_s=hump.width_s,
            peak_at_s=hump.peak_at_s - from_s,
            duration_s=until_s - from_s,
        )
        pieces.append(Piece(duration_s=until_s - from_s, shape=bend))
    if until_s < duration_s:
        pieces.append(Piece(duration_s=duration_s - until_s, shape=base))
    return tuple(pieces)


def _slots(slots: Slots, duration_s: float) -> tuple[Piece, ...]:
    sale = Decay(
        to_per_s=slots.to_per_s, settle_per_s=slots.base_per_s, half_life_s=slots.half_life_s
    )
    pieces = []
    if slots.at_s[0] > 0:
        pieces.append(Piece(duration_s=slots.at_s[0], shape=Flat(rate_per_s=slots.base_per_s)))
    for at_s, end_s in pairwise((*slots.at_s, duration_s)):
        pieces.append(Piece(duration_s=end_s - at_s, shape=sale))
    return tuple(pieces)
