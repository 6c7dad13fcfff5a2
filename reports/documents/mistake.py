"""A user's mistake: where it stands, what was expected, what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing wrong in what a person wrote. `line` and `column` count from 1; `line` 0 says that
    it stands in no file but on the command line, as the option or name `file`."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place} {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


def mistake_on_command_line(what: str, message: str) -> DocumentError:
    """The error for `what` (an option, or a name that was given) being wrong."""
    return DocumentError([Mistake(file=what, line=0, column=0, path="", message=message)])


def mistake_in_file(file: Path, message: str, *, line: int = 1) -> DocumentError:
    """The error for `file` being wrong as a whole, or in `line`, at no place that has a name."""
    return DocumentError([Mistake(file=str(file), line=line, column=1, path="", message=message)])


class DocumentError(Exception):
    """Every mistake of one document at once, in the order of its lines."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        assert mistakes, "a document error needs at least one mistake"
        self.mistakes = tuple(sorted(mistakes, key=lambda each: (each.line, each.column)))
        super().__init__("\n".join(str(each) for each in self.mistakes))
