"""A user's mistake: where it stands, what was expected, what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing wrong in a file that a person wrote. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place} {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class DocumentError(Exception):
    """Every mistake of one document at once, in the order of its lines."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        assert mistakes, "a document error needs at least one mistake"
        self.mistakes = tuple(sorted(mistakes, key=lambda each: (each.line, each.column)))
        super().__init__("\n".join(str(each) for each in self.mistakes))
