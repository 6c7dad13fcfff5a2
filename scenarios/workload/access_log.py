"""An access log read line by line: plain or gzip, whatever bytes its visitors sent."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, cast

from reports.documents.mistake import mistake_in_file
from scenarios.workload.log_format import LogFormat
from scenarios.workload.log_instant import instant_of
from scenarios.workload.log_misfit import check_fit
from scenarios.workload.query_secrets import scrubbed_line

LINES_TRIED = 1_000
LONGEST_LINE_BYTES = 65_536
SHOWN_MALFORMED = 3

_MAGIC = {b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}
_GZIP = b"\x1f\x8b"
_REQUEST = re.compile(r"([A-Za-z][A-Za-z_-]*) +(.+?)(?: +HTTP/[\d.]+)?", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One line of a log. `instant_s` is when the request began, in epoch seconds.

    `method` and `target` are empty where the line holds no request (a broken connection).
    `duration_s` is how long the server took, None where the format does not tell.
    """

    line: int
    instant_s: float
    client: str
    agent: str
    method: str
    target: str
    status: int | None
    duration_s: float | None


@dataclass(slots=True, kw_only=True)
class LogTally:
    """What was counted while a log was read; complete when the reading is."""

    lines: int = 0
    requests: int = 0
    backwards: int = 0
    malformed: int = 0
    first_malformed: list[tuple[int, str]] = field(default_factory=list)


def logged_requests(file: Path, layout: LogFormat, tally: LogTally) -> Iterator[LoggedRequest]:
    """The requests of `file` in its order, in constant memory; malformed lines only count.

    Raises DocumentError when the file cannot be read, is empty or binary, or when less than
    half of its first 1,000 lines fit `layout`.
    """
    last_s = float("-inf")
    for number, line in _fitting_lines(file, layout):
        tally.lines += 1
        request = parsed_line(line, layout, number)
        if request is None:
            tally.malformed += 1
            if len(tally.first_malformed) < SHOWN_MALFORMED:
                tally.first_malformed.append((number, scrubbed_line(line)))
            continue
        tally.requests += 1
        tally.backwards += request.instant_s < last_s
        last_s = request.instant_s
        yield request


def parsed_line(line: str, layout: LogFormat, number: int = 1) -> LoggedRequest | None:
    """The request of one line without its line end, or None when it does not fit `layout`."""
    if len(line) >= LONGEST_LINE_BYTES or (match := layout.pattern.fullmatch(line)) is None:
        return None
    found = match.groupdict()
    try:
        instant_s = instant_of(found, layout.date_parts)
    except (ValueError, OverflowError):
        return None
    duration_s = _duration_s(found)
    method, target = _method_and_target(found)
    status = found.get("status")
    return LoggedRequest(
        line=number,
        instant_s=instant_s - duration_s if layout.stamped_at_end and duration_s else instant_s,
        client=_client(found),
        agent=found.get("agent") or "",
        method=method,
        target=target,
        status=int(status) if status and status != "-" else None,
        duration_s=duration_s,
    )


def unescaped(text: str) -> str:
    r"""`text` without the escapes of Apache (`\"`, `\xhh`), nginx (`\x22`) and JSON (`\u0022`).

    A byte above 127 becomes the lone surrogate that stands for it in a `surrogateescape` text.
    """
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    byte, code, letter = escape.groups()
    if byte:
        value = int(byte, 16)
        return chr(value) if value < 128 else chr(0xDC00 + value)
    return chr(int(code, 16)) if code else _LETTERS.get(letter, letter)


def _method_and_target(found: dict[str, str | None]) -> tuple[str, str]:
    if (request := found.get("request")) is not None:
        match = _REQUEST.fullmatch(unescaped(request))
        return (match[1], match[2]) if match else ("", "")
    method, target = found.get("method") or "-", unescaped(found.get("path") or "")
    query = unescaped(found.get("query") or "-").removeprefix("?")
    if query not in ("", "-") and "?" not in target:
        target += f"?{query}"
    return ("", "") if method == "-" else (method, target)


def _client(found: dict[str, str | None]) -> str:
    """Behind a proxy the first address of X-Forwarded-For is the client's own."""
    forwarded = (found.get("forwarded") or "-").partition(",")[0].strip()
    return forwarded if forwarded not in ("", "-") else found.get("client") or ""


def _duration_s(found: dict[str, str | None]) -> float | None:
    for name, per_s in (("duration_us", 1e6), ("duration_ms", 1e3), ("duration_s", 1.0)):
        if (text := found.get(name)) and text != "-":
            return float(text) / per_s
    return None


def _fitting_lines(file: Path, layout: LogFormat) -> Iterator[tuple[int, str]]:
    """The lines of `file` that are not blank, after its first 1,000 have been tried."""
    lines = ((number, line) for number, line in _lines(file) if line and not line.isspace())
    head = list(islice(lines, LINES_TRIED))
    if not head:
        raise mistake_in_file(file, "is empty: expected a web server's access log")
    fitting = sum(parsed_line(line, layout, number) is not None for number, line in head)
    check_fit(file, layout, head, fitting)
    return chain(head, lines)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        with file.open("rb") as raw:
            for row in _rows(_plain(file, raw)):
                number += 1
                text = row.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
                yield number, text.removeprefix("\ufeff") if number == 1 else text
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        message = f"its gzip data is damaged after line {number} ({error}): is it complete?"
        raise mistake_in_file(file, message, line=number + 1) from None
    except OSError as error:
        raise mistake_in_file(file, f"cannot be read: {error.strerror or error}") from None


def _rows(stream: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends; of an overlong one only the beginning is kept in memory."""
    while row := stream.readline(LONGEST_LINE_BYTES):
        part = row
        while part and not part.endswith(b"\n"):
            part = stream.readline(LONGEST_LINE_BYTES)
        yield row


def _plain(file: Path, raw: BinaryIO) -> BinaryIO:
    """The uncompressed stream, told by its first bytes and not by its name."""
    head = raw.peek(8)[:8] if hasattr(raw, "peek") else b""
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            message = f"is compressed by {name}: expected a plain or a gzip log"
            raise mistake_in_file(file, message)
    return cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if head.startswith(_GZIP) else raw
