"""A log that does not fit its format: what was expected, what was found, what to try."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from reports.documents.mistake import mistake_in_file
from scenarios.workload.log_format import (
    KNOWN_FORMATS,
    LogFormat,
    compile_log_format,
    line_pattern,
)
from scenarios.workload.query_secrets import scrubbed_line

SHOWN_LINES = 3

Lines = Sequence[tuple[int, str]]


def check_fit(file: Path, layout: LogFormat, head: Lines, fitting: int) -> None:
    """Raises DocumentError when less than half of `head`, the log's first lines, fit `layout`.

    The message shows the first lines beside the layout, where they leave it, and the name of a
    known layout that they fit.
    """
    if 2 * fitting >= len(head):
        return
    if any("\0" in line for _, line in head):
        raise mistake_in_file(file, "is a binary file: expected a web server's access log")
    wrong = [(number, line) for number, line in head if not layout.pattern.fullmatch(line)]
    shown = (wrong or list(head))[:SHOWN_LINES]
    name = f"{layout.name} log format" if layout.name in KNOWN_FORMATS else "given log format"
    lines = [
        f"does not fit the {name}: {fitting} of its first {len(head):,} lines do",
        f"  expected: {layout.layout}",
        *(text for number, line in shown for text in _comparison(number, line, layout)),
        f"  {_advice(head)}",
    ]
    raise mistake_in_file(file, "\n".join(lines), line=shown[0][0])


def _comparison(number: int, line: str, layout: LogFormat) -> list[str]:
    row = f"  line {number}:".ljust(12)
    return [f"{row}{scrubbed_line(line)}", f"            {_difference(line, layout)}"]


def _difference(line: str, layout: LogFormat) -> str:
    """Where `line` leaves the layout: at the first piece that no longer matches."""
    for count in range(len(layout.pieces), 0, -1):
        match = re.match(line_pattern(layout.pieces[:count]), line, re.DOTALL)
        if match is None:
            continue
        rest = scrubbed_line(line[match.end() :], most=30)
        if count == len(layout.pieces):
            return f'fits up to its end, where "{rest}" follows' if rest else "has no such date"
        return f'{_expected(layout, count)} is expected at "{rest}"'
    return f"{_expected(layout, 0)} is expected at its beginning"


def _expected(layout: LogFormat, index: int) -> str:
    piece = layout.pieces[index]
    return f'"{piece.label}"' if piece.literal else f"<{piece.label}>"


def _advice(head: Lines) -> str:
    fits = {
        name: sum(compile_log_format(name).pattern.fullmatch(line) is not None for _, line in head)
        for name in KNOWN_FORMATS
    }
    best = max(fits, key=lambda name: fits[name])
    if 2 * fits[best] >= len(head):
        return f"try --log-format {best}: {fits[best]:,} of {len(head):,} lines fit it"
    first = head[0][1].lstrip()
    if first.startswith("{"):
        kind = "it looks like JSON: "
    elif first.startswith("#"):
        kind = "it looks like a W3C extended log: "
    else:
        kind = ""
    where = "the LogFormat (Apache) or log_format (nginx) string of the server that wrote it"
    return f"{kind}give --log-format {where}"
