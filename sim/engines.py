"""Which engine plays a model."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from sim.engine.contract import Engine

EngineName = Literal["event", "kernel"]
EngineChoice = Literal["event", "kernel", "auto"]
_NEEDED = ("numba", "sim.kernel_engine.engine")


def is_kernel_there() -> bool:
    """Whether the compiled engine can be used: it needs numba."""
    return all(find_spec(each) for each in _NEEDED)


def chosen_engine(choice: EngineChoice) -> tuple[EngineName, Engine]:
    """The engine and its name. `auto` is the compiled one where it can be used. Raises
    DocumentError when that is asked for by name and cannot."""
    name: EngineName = "kernel" if choice == "auto" and is_kernel_there() else "event"
    name = name if choice == "auto" else choice
    engine: Engine = import_module(f"sim.{name}_engine.engine").play
    return name, engine
