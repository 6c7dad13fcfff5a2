"""Which engine plays a model."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from reports.documents.mistake import mistake_on_command_line
from sim.engine.contract import Engine

EngineName = Literal["event", "kernel"]
EngineChoice = Literal["event", "kernel", "auto"]


def is_kernel_there() -> bool:
    """Whether the compiled engine can be used: it needs numba."""
    return find_spec("numba") is not None


def chosen_engine(choice: EngineChoice) -> tuple[EngineName, Engine]:
    """The engine and its name. `auto` is the compiled one where it can be used. Raises
    DocumentError when that is asked for by name and cannot."""
    name: EngineName = choice if choice != "auto" else "kernel" if is_kernel_there() else "event"
    if name == "kernel" and not is_kernel_there():
        what = "needs numba: pip install doorbuster[fast], or choose the engine event"
        raise mistake_on_command_line("engine kernel", what)
    engine: Engine = import_module(f"sim.{name}_engine.engine").play
    return name, engine
