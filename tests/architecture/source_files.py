"""The project's own Python files, parsed once."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("scenarios", "sim", "targets", "reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """`name` is the path from the root; `imports` are whole module names."""

    name: str
    text: str
    tree: ast.Module
    imports: tuple[str, ...]
    imports_at_the_top: tuple[str, ...]

    @property
    def room(self) -> str:
        """The folder that the file lives in: `scenarios/workload`, `sim`; the root is ""."""
        return self.name.rpartition("/")[0]


@functools.cache
def source_files() -> tuple[SourceFile, ...]:
    files = [ROOT / "doorbuster.py"]
    for package in PACKAGES:
        files += sorted((ROOT / package).rglob("*.py"))
    return tuple(_parsed(file) for file in files)


@functools.cache
def test_files() -> tuple[SourceFile, ...]:
    return tuple(_parsed(file) for file in sorted((ROOT / "tests").rglob("*.py")))


test_files.__test__ = False


def _parsed(file: Path) -> SourceFile:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    return SourceFile(
        name=file.relative_to(ROOT).as_posix(),
        text=text,
        tree=tree,
        imports=tuple(each for node in ast.walk(tree) for each in _imported(node)),
        imports_at_the_top=tuple(each for node in tree.body for each in _imported(node)),
    )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []
