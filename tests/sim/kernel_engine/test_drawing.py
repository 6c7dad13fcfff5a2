"""The functions of `sim.engine.streams`, compiled, give the very bits that Python gives."""

from __future__ import annotations

import random

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from sim.engine import log_bins, streams  # noqa: E402
from sim.kernel_engine import drawing  # noqa: E402

WORDS = [streams.word_of(f"step/call/station {k}/time") for k in range(2_000)]
KEYS = [streams.seed_key(k) for k in range(2_000)]
EDGES = [0, 1, 2**63 - 1, 2**63, 2**64 - 1]
PAIRS = [*zip(KEYS, WORDS, strict=True), *((key, word) for key in EDGES for word in EDGES)]


@numba.njit
def compiled_keys(key, word, number):
    return drawing.root_key(key, word, number), drawing.child_key(key, word, number)


@numba.njit
def compiled_draw(key, word, number, antithetic):
    return drawing.draw(key, word, number, antithetic)


@numba.njit
def compiled_durations(key, word, u, mean_s, every_s, of_lognormal, of_gamma):
    return (
        drawing.exponential(u, mean_s),
        drawing.lognormal(u, *of_lognormal),
        drawing.gamma(key, word, *of_gamma, False),
        drawing.until_next(u * 1e6, mean_s, every_s),
    )


@numba.njit
def compiled_bin(duration_s):
    return drawing.bin_of(duration_s)


def words(*values: int) -> tuple[np.uint64, ...]:
    return tuple(np.uint64(each) for each in values)


@pytest.mark.parametrize("number", [0, 1, 7, 2**40])
def test_keys_are_the_same_bits(number):
    for key, word in PAIRS:
        expected = streams.root_key(key, word, number), streams.child_key(key, word, number)
        assert tuple(map(int, compiled_keys(*words(key, word, number)))) == expected


@pytest.mark.parametrize("antithetic", [False, True])
def test_uniform_numbers_are_the_same_bits(antithetic):
    for key, word in PAIRS:
        drawn = compiled_draw(*words(key, word, 3), antithetic)
        assert drawn == streams.draw(key, word, 3, antithetic)


@pytest.mark.parametrize("cv", [0.1, 1.0, 3.0])
def test_durations_are_the_same_bits(cv):
    terms = streams.lognormal_terms(0.25, cv), streams.gamma_terms(0.25, cv)
    for key, word in PAIRS:
        u = streams.uniform(key, word)
        assert compiled_durations(*words(key, word), u, 0.25, cv, *terms) == (
            streams.exponential(u, 0.25),
            streams.lognormal(u, *terms[0]),
            streams.gamma(key, word, *terms[1]),
            streams.until_next(u * 1e6, 0.25, cv),
        )


def test_bins_are_the_same():
    draw = random.Random(1)
    for _ in range(5_000):
        duration_s = 10 ** draw.uniform(-8, 9)
        assert compiled_bin(duration_s) == log_bins.bin_of(duration_s)
