"""Context managers entered and left at the same time, each in a thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def entered_together(managers: Sequence[AbstractContextManager[T]]) -> Iterator[list[T]]:
    """Enter all at once, yield their values in order, leave all at once.

    When one cannot be entered, those that were are left and its error is raised. None of them
    learns of an error of the body. An error of leaving is raised after all have been left.
    """
    entering = []
    try:
        with ThreadPoolExecutor(max(1, len(managers))) as pool:
            entering = [pool.submit(manager.__enter__) for manager in managers]
        yield [entered.result() for entered in entering]
    finally:
        wait(entering)
        with ThreadPoolExecutor(max(1, len(managers))) as pool:
            leaving = [
                pool.submit(manager.__exit__, None, None, None)
                for manager, entered in zip(managers, entering, strict=False)
                if entered.exception() is None
            ]
        for left in leaving:
            left.result()
