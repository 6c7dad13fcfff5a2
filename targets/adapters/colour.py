"""How a platform tells rehearsal traffic from its customers': the marks on every request.

    colour:
      header: X-Doorbuster-Rehearsal      # the colour: routes to shadow tables, leaves statistics
      value: "{run_id}"
      trace: traceparent                  # the trace: finds one visit in the platform's traces
      reported_header: X-Doorbuster-Rehearsal
      reported_trace: X-Trace-Id

These are the defaults. The last two are headers of replies, by which the player sees that both
marks came through; a platform without them is rehearsed all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from pydantic import ConfigDict

from reports.documents.definition import STRICT_KEYS

REHEARSAL_HEADER: Final = "X-Doorbuster-Rehearsal"
TRACEPARENT: Final = "traceparent"
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""RFC 9110 section 5.6.2: a token."""
_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")
_TAKEN: Final = frozenset(
    {
        "accept-encoding", "authorization", "connection", "content-length", "content-type",
        "cookie", "host", "idempotency-key", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
"""Headers by which platforms do something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """The marks; see the module. In `value`, `{run_id}` stands for the run's id.

    `trace: traceparent` is W3C Trace Context; under any other name the bare trace id is sent,
    and without one (null) none. `reported_header` is `header` unless it says otherwise.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS

    header: str = REHEARSAL_HEADER
    value: str = "{run_id}"
    trace: str | None = TRACEPARENT
    reported_header: str | None = None
    reported_trace: str = "X-Trace-Id"


DEFAULT_COLOUR: Final = Colour()


def colour_mistakes(colour: Colour) -> Iterator[tuple[str, str]]:
    """Key and message of everything in `colour` that no request could carry."""
    for key in ("header", "trace", "reported_header", "reported_trace"):
        name = getattr(colour, key)
        if name is None:
            continue
        if not _NAME.fullmatch(name):
            yield key, f'must be the name of a header, got "{name}"'
        elif key in ("header", "trace") and name.lower() in _TAKEN:
            yield key, f'must be a header that means nothing else, got "{name}"'
    if colour.trace is not None and colour.header.lower() == colour.trace.lower():
        yield "trace", "must be another header than the colour's"
    if not colour.value.isprintable() or not colour.value.strip():
        yield "value", f"must be a word or a line of them, got {colour.value!r}"
    for unknown in set(_PLACEHOLDER.findall(colour.value)) - {"run_id"}:
        yield "value", f'knows {{run_id}} only, got "{{{unknown}}}"'
