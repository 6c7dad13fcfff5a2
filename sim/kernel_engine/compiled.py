"""What is compiled, and where the machine code is kept.

Everything else of this package is plain Python until numba compiles it: `inlined` for what the
entries call, `entry` for what Python calls. Machine code is kept on disk, in a folder of its own
for each version of these sources: numba looks only at the file of an entry, not at those of what
it calls. Where nothing can be written the code is compiled anew in each process.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config as numba_config

Function = TypeVar("Function", bound=Callable[..., Any])
_INNER = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_njit: Any = numba.njit
config: Any = numba_config
_SOURCES = (Path(__file__).parent, Path(__file__).parents[1] / "engine")


def inlined(function: Function) -> Function:
    """Compiled into whoever calls it. Division by zero gives infinity, as in numpy."""
    return cast(Function, _njit(forceinline=True, **_INNER)(function))


def called(function: Function) -> Function:
    """Compiled for other compiled code, which calls it or not as it sees fit."""
    return cast(Function, _njit(**_INNER)(function))


def entry(function: Function) -> Function:
    """Compiled for Python, kept on disk, and played without the lock of the interpreter."""
    folder = cache_folder()
    if folder is None:
        return cast(Function, _njit(error_model="numpy", nogil=True)(function))
    with _cached_in(folder):
        return cast(Function, _njit(error_model="numpy", nogil=True, cache=True)(function))


def with_words(function: Callable[..., Any], names: dict[str, Any]) -> Callable[..., Any]:
    """A copy of `function` whose whole numbers are unsigned words of 64 bits, as they are in the
    compiled engine, and which calls what `names` has."""
    code, given = function.__code__, function.__defaults__ or ()
    constants = tuple(_word(each) for each in code.co_consts)
    return types.FunctionType(
        code.replace(co_consts=constants), names, function.__name__, tuple(map(_word, given))
    )


def _word(value: Any) -> Any:
    return np.uint64(value) if type(value) is int else value


def cache_folder() -> Path | None:
    """Where the machine code of these sources is kept: in numba's own folder if the user has
    named one, else in the user's; None where nothing can be written."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    for parent in (Path(config.CACHE_DIR) if config.CACHE_DIR else home / "doorbuster",):
        folder = parent / f"kernel-{_version()}"
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
    return None


def _version() -> str:
    digest = hashlib.blake2b(f"{numba.__version__} {sys.version}".encode(), digest_size=8)
    for file in sorted(file for folder in _SOURCES for file in folder.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    """numba asks for the folder when a function is decorated."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before
