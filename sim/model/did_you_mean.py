"""Names that are nowhere, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def close_to(name: str, known: Iterable[str]) -> str | None:
    """What was probably meant."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That there is no `name`, and what was meant or what there is."""
    names = list(known)
    if close := close_to(name, names):
        return f'no {kind} "{name}", did you mean "{close}"?'
    return f'no {kind} "{name}", known: {", ".join(names) or "none"}'
