"""A log format: an Apache or nginx format string made into one pattern with named fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from scenarios.workload.log_directive import (
    LogPiece,
    apache_pieces,
    format_mistake,
    literal,
    nginx_pieces,
)
from scenarios.workload.log_instant import DATE_PARTS, is_complete

_COMMON = '%h %l %u %t "%r" %>s %b'
_REFERER_AND_AGENT = '"%{Referer}i" "%{User-Agent}i"'
_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)
KNOWN_FORMATS = {
    "combined": f"{_COMMON} {_REFERER_AND_AGENT}",
    "common": _COMMON,
    "nginx": _NGINX,
    "nginx_main": f'{_NGINX} "$http_x_forwarded_for"',
    "combinedio": f"{_COMMON} {_REFERER_AND_AGENT} %I %O",
    "vhost_combined": f'%v:%p %h %l %u %t "%r" %>s %O {_REFERER_AND_AGENT}',
    "vhost_common": f"%v {_COMMON}",
}
"""The layouts that have a name: those of Apache's and nginx's own default configuration."""

_APACHE_DIRECTIVE_LINE = re.compile(r'LogFormat\s+"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NGINX_DIRECTIVE_LINE = re.compile(r"log_format\s+\w+\s+(?:escape=\w+\s+)?(.*?);?\s*", re.DOTALL)
_NGINX_STRING = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\\n": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat:
    """`pattern` matches a whole line without its line end.

    Its groups are among client, forwarded, agent, request, method, path, query, status,
    duration_s, duration_ms, duration_us and the parts of a time. `stamped_at_end` tells that
    the time is that of the reply and not of the request.
    """

    name: str
    text: str
    pieces: tuple[LogPiece, ...]
    pattern: re.Pattern[str]
    date_parts: tuple[str, ...]
    stamped_at_end: bool

    @property
    def layout(self) -> str:
        """What a line looks like: `<client> <identity> <user> [<time>] "<request>" ...`."""
        return "".join(each.label if each.literal else f"<{each.label}>" for each in self.pieces)


def compile_log_format(written: str) -> LogFormat:
    """The format of that name, or of that Apache or nginx format string.

    A whole `LogFormat "..." name` or `log_format name '...';` is taken as well. Raises
    DocumentError when it is neither, or has no time, no request or no client.
    """
    text = KNOWN_FORMATS.get(written.strip()) or _bare(written)
    nginx = re.search(r"\$\{?[a-z]", text) is not None and not re.search(r"%[>htr]", text)
    if not nginx and "%" not in text:
        names = ", ".join(KNOWN_FORMATS)
        what = "is neither a known layout nor a format string with %x or $name in it"
        raise format_mistake(text, 0, f'{what} (known: {names}), got "{written}"')
    pieces = tuple(_with_brackets(nginx_pieces(text) if nginx else apache_pieces(text)))
    _check_borders(text, pieces)
    pattern = re.compile(line_pattern(pieces), re.DOTALL)
    _check_fields(text, set(pattern.groupindex), nginx=nginx)
    stamps = [each.at_end for each in pieces if each.label == "time"]
    return LogFormat(
        name=written.strip() if written.strip() in KNOWN_FORMATS else "of its own",
        text=text,
        pieces=pieces,
        pattern=pattern,
        date_parts=tuple(each for each in DATE_PARTS if each in pattern.groupindex),
        stamped_at_end=stamps[0],
    )


def line_pattern(pieces: Iterable[LogPiece]) -> str:
    """The regular expression of `pieces`; a group that comes twice is captured once."""
    row = tuple(pieces)
    text = "".join(_piece_pattern(row, index) for index in range(len(row)))
    seen: set[str] = set()

    def first_only(match: re.Match[str]) -> str:
        if match[1] in seen:
            return "(?:"
        seen.add(match[1])
        return match[0]

    return re.sub(r"\(\?P<(\w+)>", first_only, text)


def _bare(written: str) -> str:
    """The format string inside a line of a server's configuration, its escapes undone."""
    text = written.strip()
    if match := _APACHE_DIRECTIVE_LINE.match(text):
        text = match[1]
    elif match := _NGINX_DIRECTIVE_LINE.fullmatch(text):
        text = "".join(each[1] or each[2] or "" for each in _NGINX_STRING.finditer(match[1]))
    return re.sub(r"\\(.)", lambda each: _ESCAPES.get(each[0], each[1]), text, flags=re.DOTALL)


def _with_brackets(pieces: Iterator[LogPiece]) -> Iterator[LogPiece]:
    """`%t` as the three pieces that a person sees, so that a layout shows its brackets."""
    for piece in pieces:
        if not piece.literal and piece.pattern and piece.pattern.startswith(r"\["):
            inner = piece.pattern.removeprefix(r"\[").removesuffix(r"\]")
            yield literal("[")
            yield LogPiece(label=piece.label, pattern=inner, at_end=piece.at_end)
            yield literal("]")
        else:
            yield piece


def _piece_pattern(row: tuple[LogPiece, ...], index: int) -> str:
    """Free text ends where the quote around it ends, or else at the next blank."""
    piece = row[index]
    before = row[index - 1].label if index and row[index - 1].literal else ""
    last = index == len(row) - 1
    after = row[index + 1].label if not last and row[index + 1].literal else ""
    if piece.pattern is not None:
        return piece.pattern if piece.literal else f"(?:{piece.pattern})"
    if before[-1:] in ('"', "'") and after[:1] == before[-1:]:
        free = rf"(?:[^{after[0]}\\]++|\\.)*+"
    elif before[-1:] == "[" and after[:1] == "]":
        free = r"[^\]]*"
    elif last or after[:1].isspace():
        free = r"\S++"
    elif piece.role == "path" and not after:
        free = r"[^\s?]+"  # a query follows at once
    else:
        free = r"\S+?"
    return f"(?P<{piece.role}>{free})" if piece.role else free


def _check_borders(text: str, pieces: tuple[LogPiece, ...]) -> None:
    for left, right in pairwise(pieces):
        if left.pattern is None and right.pattern is None:
            message = f"nothing stands between {left.label} and {right.label}, so no line is clear"
            raise format_mistake(text, 0, message)


def _check_fields(text: str, groups: set[str], *, nginx: bool) -> None:
    time, request, client = (
        ("$time_local, $time_iso8601 or $msec", "$request", "$remote_addr")
        if nginx
        else ("%t or %{...}t with a date and a time of day", "%r, or %m with %U%q", "%h or %a")
    )
    if not is_complete(tuple(groups)):
        raise format_mistake(text, 0, f"has no time: a replay needs {time}")
    if "request" not in groups and not {"method", "path"} <= groups:
        raise format_mistake(text, 0, f"has no request with its method: a replay needs {request}")
    if not groups & {"client", "forwarded"}:
        raise format_mistake(text, 0, f"has no client: sessions need {client}")
