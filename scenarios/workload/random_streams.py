"""Named streams of random numbers: adding one never shifts another."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, name: str, chunk: int = 0) -> np.random.Generator:
    """The generator of (`seed`, `name`, `chunk`), always at its start.

    It depends on nothing else: not on the order of asking, not on the process. The name enters
    as 128 bits of BLAKE2b, as Python's own hash differs from process to process. SFC64 is
    numpy's fastest bit generator on 64-bit machines.
    """
    assert seed >= 0
    assert chunk >= 0
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(
        np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(*words, chunk)))
    )
