"""Names that are nowhere, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """That there is no `name`, and what was meant or what there is."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f'no {kind} "{name}", did you mean "{close[0]}"?'
    return f'no {kind} "{name}", known: {", ".join(names) or "none"}'
