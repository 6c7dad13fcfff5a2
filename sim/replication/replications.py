"""Replications side by side: a forked process each, which inherits the model and the plan.

Nothing but what a replication found is sent back, through a pipe. Results come in the order of
their numbers, whichever process is done first: to stop after the quick ones would prefer runs in
which little happened.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

import psutil

from sim.engine.streams import word_of

Found = TypeVar("Found")
MOST_MEMORY_RATIO = 0.5


class ReplicationError(Exception):
    """A replication did not end: its process died or what it played is wrong."""


class MemoryNeededError(Exception):
    """More replications than the memory of this machine can hold."""


@dataclass(frozen=True, slots=True)
class _Running(Generic[Found]):
    number: int
    process: BaseProcess
    pipe: Connection


def plan_seed(seed: int, replication: int) -> int:
    """The seed of the plan of a replication: that of the campaign for replication 0, and one of
    its own for each other, so that arrivals are drawn anew too. Below 2^63."""
    return word_of(f"plan {seed} replication {replication}") >> 1 if replication else seed


def refuse_beyond_memory(replications: int, bytes_each: int) -> None:
    """Raises MemoryNeededError when `replications` that leave `bytes_each` would take more than
    half of the memory that is free now."""
    free = psutil.virtual_memory().available
    needed = replications * bytes_each
    if needed > MOST_MEMORY_RATIO * free:
        most = int(MOST_MEMORY_RATIO * free / bytes_each)
        raise MemoryNeededError(
            f"--replications {replications:,}: at {bytes_each / 1000:,.0f} kB each they take "
            f"{needed / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free; at most {most:,} fit"
        )


def replicated(
    play: Callable[[int], Found], numbers: Iterable[int], *, cores: int | None = None
) -> Generator[tuple[int, Found], None, None]:
    """`play(number)` of each of `numbers`, in their order, `cores` at a time (by default all that
    this process may use).

    `numbers` may be endless: to stop is to close the iterator, which ends what still runs. So
    does Ctrl-C. Raises ReplicationError when a process dies or `play` fails in it.
    """
    cores = cores or len(os.sched_getaffinity(0))
    coming = iter(numbers)
    order: list[int] = []
    done: dict[int, Found] = {}
    running: list[_Running[Found]] = []
    try:
        while True:
            for number in _next(coming, cores - len(running)):
                order.append(number)
                running.append(_started(play, number))
            while order and order[0] in done:
                number = order.pop(0)
                yield number, done.pop(number)
            if not order:
                return
            running, found = _waited(running)
            done.update(found)
    finally:
        _end(running)


def _next(coming: Iterator[int], most: int) -> Iterator[int]:
    for _ in range(most):
        with suppress(StopIteration):
            yield next(coming)


def _started(play: Callable[[int], Found], number: int) -> _Running[Found]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_play, args=(play, number, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Running(number=number, process=process, pipe=ours)


def _play(play: Callable[[int], Any], number: int, pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the parent ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pipe.send((True, play(number)))
    except Exception as error:
        pipe.send((False, f"{type(error).__name__}: {error}"))
    finally:
        pipe.close()


def _waited(
    running: list[_Running[Found]],
) -> tuple[list[_Running[Found]], dict[int, Found]]:
    """Those that still run once at least one has ended, and what the others found."""
    ready = wait([each.pipe for each in running])
    ended = [each for each in running if each.pipe in ready]
    left = [each for each in running if each.pipe not in ready]
    return left, {each.number: _found(each) for each in ended}


def _found(ended: _Running[Found]) -> Found:
    try:
        held, found = ended.pipe.recv()
    except (EOFError, OSError):
        ended.process.join()
        raise ReplicationError(_how_it_died(ended)) from None
    finally:
        ended.pipe.close()
    ended.process.join()
    if not held:
        raise ReplicationError(f"replication {ended.number} failed: {found}")
    result: Found = found
    return result


def _how_it_died(ended: _Running[Found]) -> str:
    code = ended.process.exitcode or 0
    if code < 0:
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"replication {ended.number} was ended by {name}{hint}"
    return f"replication {ended.number} ended with code {code} and without a result"


def _end(running: list[_Running[Found]]) -> None:
    for each in running:
        each.process.terminate()
    for each in running:
        each.process.join()
        each.pipe.close()
