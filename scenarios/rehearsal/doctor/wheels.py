"""Whether everything that Doorbuster needs is installed and can be loaded.

The libraries are loaded in a process of its own (`python -m scenarios.rehearsal.doctor.wheels`),
so that one that crashes while it is loaded is found too.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from scenarios.rehearsal.doctor.finding import Finding

PROJECT_FILE = Path(__file__).resolve().parents[3] / "pyproject.toml"
BOUND_S = 30.0
MOST_NAMED = 3


def wheels_finding() -> Finding:
    """One finding over all dependencies: how many there are, and which are missing or broken."""
    required = required_wheels()
    words = [sys.executable, "-m", "scenarios.rehearsal.doctor.wheels", *required]
    try:
        child = subprocess.run(words, capture_output=True, timeout=BOUND_S, check=False)
        broken = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return _without_answer(required)
    return judged(len(required), broken)


def required_wheels() -> tuple[str, ...]:
    """The names of the dependencies: from the installed package, or from the checkout's file."""
    try:
        written = metadata.requires("doorbuster") or []
    except metadata.PackageNotFoundError:
        project = tomllib.loads(PROJECT_FILE.read_text(encoding="utf-8"))
        written = project["project"]["dependencies"]
    return wheel_names(written)


def wheel_names(requirements: Iterable[str]) -> tuple[str, ...]:
    """`valkey[libvalkey]>=6; python_version > "3"` as `valkey`; those of extras are left out."""
    wanted = [each for each in requirements if "extra ==" not in each]
    return tuple(re.split(r"[^A-Za-z0-9._-]", each.strip())[0] for each in wanted)


def judged(count: int, broken: dict[str, str]) -> Finding:
    """`broken` tells for each name what is wrong with it."""
    if not broken:
        return Finding(check="wheels", found=f"all {count} installed and loaded")
    named = [f"{name} {what}" for name, what in list(broken.items())[:MOST_NAMED]]
    rest = f" and {len(broken) - MOST_NAMED} more" if len(broken) > MOST_NAMED else ""
    return Finding(
        check="wheels",
        found=f"{'; '.join(named)}{rest}",
        verdict="problem",
        advice=f"pip install --force-reinstall {' '.join(broken)}",
    )


def _without_answer(required: Sequence[str]) -> Finding:
    return Finding(
        check="wheels",
        found=f"one of {len(required)} ends Python, or hangs, while it is loaded",
        verdict="problem",
        advice="make a new virtual environment and install Doorbuster there",
    )


def broken_wheels(names: Iterable[str]) -> dict[str, str]:
    """What is wrong with those of the installed libraries `names` that are not well."""
    modules = _modules_of_wheels()
    broken = {}
    for name in names:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            broken[name] = "is not installed"
            continue
        for module in modules.get(_normal(name), ()):
            try:
                importlib.import_module(module)
            except Exception as error:  # a broken wheel may raise anything
                broken[name] = f"cannot be loaded ({type(error).__name__}: {error})"[:160]
    return broken


def _modules_of_wheels() -> dict[str, list[str]]:
    """The modules to try of each wheel: that of the same name if it has one, else all public."""
    by_wheel: dict[str, list[str]] = {}
    for module, wheels in metadata.packages_distributions().items():
        if not module.startswith("_") and module.isidentifier():
            for wheel in wheels:
                by_wheel.setdefault(_normal(wheel), []).append(module)
    return {
        wheel: [each for each in modules if _normal(each) == wheel] or modules
        for wheel, modules in by_wheel.items()
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(names: Sequence[str]) -> None:
    # Locust first: it patches sockets, and says so when another library holds some already.
    ordered = sorted(names, key=lambda each: each != "locust")
    found: dict[str, Any] = broken_wheels(ordered)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
