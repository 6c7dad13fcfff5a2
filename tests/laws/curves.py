"""Random rate curves: every shape, alone, one after the other and at once."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from scenarios.workload.curved_shape import Cosine, Lagged
from scenarios.workload.rate_curve import Decay, Flat, Piece, Ramp, RateCurve, Shape
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.superposition import Superposition

durations_s = st.floats(0.1, 1e4)
rates_per_s = st.one_of(st.just(0.0), st.floats(0.01, 1e4))
KINDS = ("flat", "ramp", "decay", "cosine", "lagged", "buckets")


@st.composite
def shapes(draw: st.DrawFn, duration_s: float) -> Shape:
    low, high = sorted([draw(rates_per_s), draw(rates_per_s)])
    wide_s = duration_s * draw(st.floats(0.02, 20.0))
    kind = draw(st.sampled_from(KINDS))
    if kind == "flat":
        return Flat(rate_per_s=low)
    if kind == "decay":
        return Decay(to_per_s=high, settle_per_s=low, half_life_s=wide_s)
    if kind == "cosine":
        return Cosine(
            mean_per_s=(low + high) / 2,
            swing_per_s=(high - low) / 2,
            period_s=wide_s,
            peak_at_s=duration_s * draw(st.floats(0.0, 1.0)),
            duration_s=duration_s,
        )
    if kind == "lagged":
        return Lagged(base_per_s=low, top_per_s=high, peak_after_s=wide_s, duration_s=duration_s)
    if kind == "buckets":
        return draw(buckets(duration_s))
    ends = (low, high) if draw(st.booleans()) else (high, low)
    return Ramp(from_per_s=ends[0], to_per_s=ends[1], duration_s=duration_s)


@st.composite
def buckets(draw: st.DrawFn, duration_s: float) -> Buckets:
    widths = np.array(draw(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=20)))
    counts = draw(
        st.lists(st.integers(0, 10_000), min_size=len(widths), max_size=len(widths)).map(np.array)
    )
    edges_s = np.concatenate([[0.0], np.cumsum(widths / widths.sum())]) * duration_s
    edges_s[-1] = duration_s
    return Buckets(edges_s=edges_s, counts=counts.astype(float))


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    duration_s = draw(durations_s)
    return Piece(duration_s=duration_s, shape=draw(shapes(duration_s)))


curves = st.builds(RateCurve, pieces=st.lists(pieces(), min_size=1, max_size=6).map(tuple))


@st.composite
def superpositions(draw: st.DrawFn) -> Superposition:
    """Two or three curves of one duration, each of one or two pieces."""
    duration_s = draw(durations_s)
    parts = []
    for _ in range(draw(st.integers(2, 3))):
        cut_s = duration_s * draw(st.floats(0.1, 0.9))
        lengths_s = [duration_s] if draw(st.booleans()) else [cut_s, duration_s - cut_s]
        whole = [Piece(duration_s=each, shape=draw(shapes(each))) for each in lengths_s]
        parts.append(RateCurve(pieces=tuple(whole)))
    return Superposition(parts=tuple(parts))
