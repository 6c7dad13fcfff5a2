"""A Python adapter by its file, for a platform that the YAML format cannot express.

Two ways, whichever is shorter:

    STEPS = ("open_home", "view_product")

    def play(visit, action, memory):
        reply = yield Call(method="GET", path=f"/p/{action.sku}")
        return StepResult(outcome="ok" if reply.status == 200 else "failed")

or an object `ADAPTER` with `steps` and `play`. `METRICS` may hold a MetricsSource. The file is
run as it is: only point at files that you would run yourself.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from reports.documents.mistake import DocumentError, Mistake
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import Adapter, Conversation, Memory, MetricsSource

Play = Callable[[Visit, Action, Memory], Conversation]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonAdapter:
    """A file's `STEPS` and `play` as an adapter."""

    steps: frozenset[str]
    conversation: Play
    metrics: MetricsSource | None = None

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:
        return self.conversation(visit, action, memory)


def read_python_adapter(file: Path) -> Adapter:
    """The adapter that `file` defines. Raises DocumentError with the line that is wrong."""
    module = _run(file)
    if hasattr(module, "ADAPTER"):
        return _object_adapter(file, module.ADAPTER)
    play, steps = getattr(module, "play", None), getattr(module, "STEPS", None)
    if play is None or steps is None:
        what = "must define ADAPTER, or STEPS and play(visit, action, memory)"
        raise DocumentError([_mistake(file, what)])
    if not callable(play) or not inspect.isgeneratorfunction(play):
        what = "play: must be a generator function that yields each Call"
        raise DocumentError([_mistake(file, what, line=_line_of(play))])
    if not _are_names(steps):
        raise DocumentError([_mistake(file, "STEPS: must be the names of the steps")])
    metrics = getattr(module, "METRICS", None)
    if metrics is not None and not isinstance(metrics, MetricsSource):
        raise DocumentError([_mistake(file, "METRICS: must be a MetricsSource")])
    return PythonAdapter(steps=frozenset(steps), conversation=play, metrics=metrics)


def _run(file: Path) -> ModuleType:
    """The file run as a module that `sys.modules` does not hold. Its mistakes have their line."""
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    try:
        source = file.read_bytes()
        exec(compile(source, str(file), "exec"), module.__dict__)
    except OSError as error:
        raise DocumentError([_mistake(file, f"cannot be read: {error.strerror}")]) from error
    except SyntaxError as error:
        what = f"is not valid Python: {error.msg}"
        place = {"line": error.lineno or 1, "column": error.offset or 1}
        raise DocumentError([_mistake(file, what, **place)]) from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [each.lineno for each in frames if each.filename == str(file)]
        line = (lines[-1] if lines else None) or 1
        what = f"{type(error).__name__}: {error}"
        raise DocumentError([_mistake(file, what, line=line)]) from error
    return module


def _object_adapter(file: Path, adapter: Any) -> Adapter:
    if not _are_names(getattr(adapter, "steps", None)):
        raise DocumentError([_mistake(file, "ADAPTER.steps: must be the names of the steps")])
    if not callable(getattr(adapter, "play", None)):
        what = "ADAPTER.play: must be a method (visit, action, memory)"
        raise DocumentError([_mistake(file, what)])
    found: Adapter = adapter
    return found


def _are_names(steps: object) -> bool:
    if not isinstance(steps, tuple | list | set | frozenset):
        return False
    return bool(steps) and all(isinstance(each, str) and each for each in steps)


def _line_of(function: object) -> int:
    code = getattr(function, "__code__", None)
    return int(code.co_firstlineno) if code is not None else 1


def _mistake(file: Path, message: str, *, line: int = 1, column: int = 1) -> Mistake:
    return Mistake(file=str(file), line=line, column=column, path="", message=message)
