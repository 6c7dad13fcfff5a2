"""The directives of a log format, one by one: Apache's `%h`, `%{Referer}i`, nginx's `$request`.

Sources: Apache HTTP Server 2.4, mod_log_config, "Custom Log Formats"; nginx,
ngx_http_log_module and the alphabetical index of variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reports.documents.mistake import DocumentError, Mistake
from scenarios.workload.log_instant import ISO_TIME, LOCAL_TIME, time_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """A literal or a field of a log line.

    `pattern` is its regular expression, or None for free text, which reaches as far as the
    quotes or blanks around it say; `role` names the group that captures free text. `at_end` is
    set on a stamp that is taken when the request is over.
    """

    label: str
    pattern: str | None = None
    role: str | None = None
    literal: bool = False
    at_end: bool = False


def format_mistake(text: str, position: int, message: str) -> DocumentError:
    """A mistake at character `position` (from 0) of the log format `text`."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    where = Mistake(file="--log-format", line=line, column=column, path="", message=message)
    return DocumentError([where])


def literal(text: str) -> LogPiece:
    return LogPiece(label=text, pattern=re.escape(text), literal=True)


_COUNT = r"(?:\d+|-)"
_STATUS = r"(?P<status>\d{3}|-)"
_REAL = r"\d+(?:\.\d+)?|-"

_APACHE_DIRECTIVE = re.compile(
    r"%(?:[<>]|!?\d{3}(?:,\d{3})*)*(?:\{(?P<argument>[^}]*)\})?(?P<letter>\^?[A-Za-z]{1,2}|%)"
)
_APACHE_FIELDS = {
    "h": LogPiece(label="client", role="client"),
    "a": LogPiece(label="client", role="client"),
    "l": LogPiece(label="identity"),
    "u": LogPiece(label="user", pattern=r"\S+(?: [^\s\[]+){0,4}?"),
    "r": LogPiece(label="request", role="request"),
    "m": LogPiece(label="method", role="method"),
    "U": LogPiece(label="path", role="path"),
    "q": LogPiece(label="query", pattern=r'(?P<query>(?:\?[^\s"]*)?)'),
    "H": LogPiece(label="protocol"),
    "s": LogPiece(label="status", pattern=_STATUS),
    "D": LogPiece(label="microseconds", pattern=r"(?P<duration_us>\d+|-)"),
    "%": literal("%"),
    **{each: LogPiece(label="bytes", pattern=_COUNT) for each in "bBIOS"},
}
_HEADERS = {"user-agent": "agent", "x-forwarded-for": "forwarded"}
_APACHE_TIMES = {
    "": rf"\[{time_pattern(LOCAL_TIME)}\]",
    "sec": r"(?P<epoch_s>\d+)",
    "msec": r"(?P<epoch_ms>\d+)",
    "usec": r"(?P<epoch_us>\d+)",
    "msec_frac": r"(?P<millisecond>\d{3})",
    "usec_frac": r"(?P<microsecond>\d{6})",
}
_APACHE_DURATIONS = {"": "duration_s", "s": "duration_s", "ms": "duration_ms", "us": "duration_us"}


def apache_pieces(text: str) -> Iterator[LogPiece]:
    """The pieces of an Apache format string. Raises DocumentError at what is no directive."""
    position = 0
    while position < len(text):
        sign = text.find("%", position)
        if sign != position:
            yield literal(text[position : sign if sign >= 0 else len(text)])
        if sign < 0:
            return
        match = _APACHE_DIRECTIVE.match(text, sign)
        if match is None:
            shown = text[sign : sign + 12]
            raise format_mistake(text, sign, f'"{shown}" is not an Apache directive')
        # two letters only after a caret: %^FB, %{VARNAME}^ti
        long = match["letter"] if match["letter"][0] == "^" else match["letter"][0]
        position = match.end("letter") - len(match["letter"]) + len(long)
        try:
            yield _apache_field(long, match["argument"])
        except ValueError as error:
            raise format_mistake(text, sign, str(error)) from None


def _apache_field(letter: str, argument: str | None) -> LogPiece:
    if letter == "t":
        return _apache_time(argument or "")
    if letter == "T":
        role = _APACHE_DURATIONS.get(argument or "")
        if role is None:
            raise ValueError(f"%{{{argument}}}T is not a duration: the units are ms, us and s")
        return LogPiece(label="duration", pattern=f"(?P<{role}>{_REAL})")
    if letter in ("i", "^ti") and argument:
        return LogPiece(label=argument, role=_HEADERS.get(argument.lower()))
    if argument and letter not in "hasu":
        return LogPiece(label=argument)
    return _APACHE_FIELDS.get(letter, LogPiece(label=f"%{letter}"))


def _apache_time(argument: str) -> LogPiece:
    layout = argument.removeprefix("begin:").removeprefix("end:")
    pattern = _APACHE_TIMES[layout] if layout in _APACHE_TIMES else time_pattern(layout)
    return LogPiece(label="time", pattern=pattern, at_end=argument.startswith("end:"))


_NGINX_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_LIST = r"(?:-|[^\s,]+)(?:(?:, | : )[^\s,]+)*?"
_NGINX_FIELDS = {
    "remote_addr": LogPiece(label="client", role="client"),
    "realip_remote_addr": LogPiece(label="client", role="client"),
    "proxy_protocol_addr": LogPiece(label="client", role="client"),
    "http_x_forwarded_for": LogPiece(label="X-Forwarded-For", role="forwarded"),
    "proxy_add_x_forwarded_for": LogPiece(label="X-Forwarded-For", role="forwarded"),
    "remote_user": LogPiece(label="user", pattern=_APACHE_FIELDS["u"].pattern),
    "time_local": LogPiece(label="time", pattern=time_pattern(LOCAL_TIME), at_end=True),
    "time_iso8601": LogPiece(label="time", pattern=time_pattern(ISO_TIME), at_end=True),
    "msec": LogPiece(label="time", pattern=r"(?P<epoch_s>\d+\.\d+)", at_end=True),
    "request": LogPiece(label="request", role="request"),
    "request_method": LogPiece(label="method", role="method"),
    "request_uri": LogPiece(label="path", role="path"),
    "uri": LogPiece(label="path", role="path"),
    "is_args": LogPiece(label="?", pattern=r"\??"),
    "args": LogPiece(label="query", pattern=r'(?P<query>[^\s"]*)'),
    "query_string": LogPiece(label="query", pattern=r'(?P<query>[^\s"]*)'),
    "status": LogPiece(label="status", pattern=_STATUS),
    "body_bytes_sent": LogPiece(label="bytes", pattern=_COUNT),
    "bytes_sent": LogPiece(label="bytes", pattern=_COUNT),
    "request_length": LogPiece(label="bytes", pattern=_COUNT),
    "request_time": LogPiece(label="duration", pattern=f"(?P<duration_s>{_REAL})"),
    "http_user_agent": LogPiece(label="User-Agent", role="agent"),
    "http_referer": LogPiece(label="Referer"),
}


def nginx_pieces(text: str) -> Iterator[LogPiece]:
    """The pieces of an nginx format string. Raises DocumentError at a `$` without a name."""
    position = 0
    while position < len(text):
        sign = text.find("$", position)
        if sign != position:
            yield literal(text[position : sign if sign >= 0 else len(text)])
        if sign < 0:
            return
        match = _NGINX_VARIABLE.match(text, sign)
        if match is None:
            shown = text[sign : sign + 12]
            raise format_mistake(text, sign, f'"{shown}" is not an nginx variable')
        name = match[1] or match[2]
        # several upstream servers leave a list: "0.001, 0.020 : 0.3"
        other = LogPiece(label=name, pattern=_LIST if name.startswith("upstream_") else None)
        yield _NGINX_FIELDS.get(name, other)
        position = match.end()
