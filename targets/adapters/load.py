"""An adapter by its name or by its file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reports.documents.mistake import mistake_on_command_line
from targets.adapters.contract import Adapter
from targets.adapters.fetch import Fetch
from targets.adapters.reference import ReferenceShop

NAMES = ("reference", "fetch")


def load_adapter(name_or_file: str) -> Adapter:
    """The adapter `reference` or `fetch`, or the one in a .yaml, .yml or .py file.

    Raises DocumentError with every mistake of the file, or when there is no such adapter.
    """
    if name_or_file == "reference":
        return ReferenceShop()
    if name_or_file == "fetch":
        return Fetch()
    file = Path(name_or_file)
    if file.suffix in (".yaml", ".yml"):
        from targets.adapters.adapter_file import read_adapter

        return read_adapter(file)
    if file.suffix == ".py":
        from targets.adapters.python_file import read_python_adapter

        return read_python_adapter(file)
    known = f"expected {', '.join(NAMES)}, or a file ending in .yaml, .yml or .py"
    what = f"is not an adapter: {known}"
    raise mistake_on_command_line(name_or_file, what)


def missing_steps(adapter: Adapter, steps: Iterable[str]) -> tuple[str, ...]:
    """Those of `steps` that `adapter` does not know, each once, in their order."""
    return tuple(step for step in dict.fromkeys(steps) if step not in adapter.steps)
