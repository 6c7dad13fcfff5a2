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
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from reports.documents.mistake import DocumentError, Mistake
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import Conversation, Memory, MetricsSource, StepResult

Play = Callable[[Visit, Action, Memory], Conversation]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonAdapter:
    """A file's `STEPS` and `play` as an adapter."""

    file: str
    steps_in_order: tuple[str, ...]
    conversation: Play
    metrics: MetricsSource | None = None

    @property
    def steps(self) -> frozenset[str]:
        return frozenset(self.steps_in_order)

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:
        try:
            result = yield from self.conversation(visit, action, memory)
        except Exception as error:  # the file's author is told where, and the run goes on
            where = f"{Path(self.file).name}:{_line_in(self.file, error)}"
            return StepResult(outcome="failed", reason=f"{where} {type(error).__name__}: {error}")
        if isinstance(result, StepResult):
            return result
        what = f"{Path(self.file).name}: play returned no StepResult"
        return StepResult(outcome="failed", reason=what)


def read_python_adapter(file: Path) -> PythonAdapter:
    """The adapter that `file` defines. Raises DocumentError with the line that is wrong."""
    module = _run(file)
    adapter = getattr(module, "ADAPTER", None)
    prefix = "" if adapter is None else "ADAPTER."
    play = getattr(module if adapter is None else adapter, "play", None)
    steps = module.__dict__.get("STEPS") if adapter is None else getattr(adapter, "steps", None)
    metrics = getattr(adapter, "metrics", None) or module.__dict__.get("METRICS")
    if adapter is None and (play is None or steps is None):
        what = "must define ADAPTER, or STEPS and play(visit, action, memory)"
        raise DocumentError([_mistake(file, what)])
    mistakes = []
    if not inspect.isgeneratorfunction(play):
        what = f"{prefix}play: must be a generator function: it yields each Call"
        mistakes.append(_mistake(file, what, line=_line_of(play)))
    if not _are_names(steps):
        name = prefix + "steps" if prefix else "STEPS"
        mistakes.append(_mistake(file, f"{name}: must be the names of the steps"))
    if metrics is not None and not isinstance(metrics, MetricsSource):
        mistakes.append(_mistake(file, "METRICS: must be a MetricsSource"))
    if mistakes:
        raise DocumentError(mistakes)
    return PythonAdapter(
        file=str(file),
        steps_in_order=_in_order(cast(Collection[str], steps)),
        conversation=cast(Play, play),
        metrics=metrics,
    )


def _in_order(steps: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(steps) if isinstance(steps, set | frozenset) else steps)


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
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__}: {error}"
        line = _line_in(str(file), error)
        raise DocumentError([_mistake(file, what, line=line)]) from error
    return module


def _line_in(file: str, error: BaseException) -> int:
    """The innermost line of `file` on the way to `error`, 1 when there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.lineno for each in frames if each.filename == file and each.lineno]
    return lines[-1] if lines else 1


def _are_names(steps: object) -> bool:
    if not isinstance(steps, tuple | list | set | frozenset):
        return False
    return bool(steps) and all(isinstance(each, str) and each for each in steps)


def _line_of(function: object) -> int:
    code = getattr(function, "__code__", None)
    return int(code.co_firstlineno) if code is not None else 1


def _mistake(file: Path, message: str, *, line: int = 1, column: int = 1) -> Mistake:
    return Mistake(file=str(file), line=line, column=column, path="", message=message)
