"""Streams are told apart by their names alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from scenarios.workload.random_streams import stream


def test_stream_does_not_depend_on_what_was_asked_before() -> None:
    first = stream(1, "arrivals", 3).random(5)
    stream(1, "think", 3).random(1_000)
    stream(1, "arrivals", 2).random(1_000)
    assert np.array_equal(stream(1, "arrivals", 3).random(5), first)


def test_seed_name_and_chunk_each_make_another_stream() -> None:
    keys = [(1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1), (1, "ab", 0), (2**70, "a", 0)]
    draws = {stream(*key).random(3).tobytes() for key in keys}
    assert len(draws) == len(keys)


def test_streams_are_not_correlated() -> None:
    draws = [stream(1, name, chunk).random(10_000) for name in "ab" for chunk in range(3)]
    correlation = np.corrcoef(draws)[np.triu_indices(6, k=1)]
    assert np.abs(correlation).max() < 4 / np.sqrt(10_000)


def test_stream_is_the_same_in_every_process() -> None:
    """Python's own hash of a name differs from process to process."""
    code = "from scenarios.workload.random_streams import stream; print(stream(1, 'x').random())"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "123", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert float(said.stdout) == stream(1, "x").random()
