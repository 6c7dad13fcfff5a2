"""Colours of a report. Charts are drawn in stand-in colours that become CSS variables.

The hues are those of Okabe and Ito (2008), which people with any colour vision tell apart, in a
lighter set for dark pages. No meaning hangs on a colour alone: words or signs stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "page": "#fbfaf8",
    "card": "#ffffff",
    "ink": "#1d1f24",
    "muted": "#676c76",
    "line": "#e4e2dd",
    "band": "#f1efea",
    "planned": "#b9b6ae",
    "first": "#0067a5",
    "second": "#c26a00",
    "third": "#56a5d8",
    "limit": "#c8442b",
    "good": "#00795a",
    "bad": "#c2371d",
    "unsure": "#8f6400",
    "void": "#7d4a8d",
    "ok": "#7fb4d6",
    "rejected": "#e0a020",
    "failed": "#c8442b",
    "timed_out": "#a5588f",
    "not_sent": "#55585f",
    "abandoned": "#3c8f7c",
}
DARK: Final[Mapping[str, str]] = {
    "page": "#14161a",
    "card": "#1b1e24",
    "ink": "#eceae6",
    "muted": "#9aa0ab",
    "line": "#2e323a",
    "band": "#22262d",
    "planned": "#666b75",
    "first": "#5fb0ea",
    "second": "#f0a03c",
    "third": "#a5d3f2",
    "limit": "#ff7f66",
    "good": "#3ecb9b",
    "bad": "#ff7f66",
    "unsure": "#e6b84a",
    "void": "#cf9be0",
    "ok": "#34709c",
    "rejected": "#e0a83a",
    "failed": "#f2694f",
    "timed_out": "#c884b8",
    "not_sent": "#a4a8b0",
    "abandoned": "#5cc0a8",
}
assert set(LIGHT) == set(DARK)
STAND_IN: Final[Mapping[str, str]] = {
    name: f"#01fe{number:02x}" for number, name in enumerate(LIGHT, start=16)
}


def stylesheet() -> str:
    """The colours as CSS variables, light and dark."""
    light = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    dark = "".join(f"--{name}:{colour};" for name, colour in DARK.items())
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{color-scheme:light;{light}}}}}"
    )


def with_variables(svg: str) -> str:
    """`svg` with each stand-in colour replaced by its CSS variable."""
    for name, colour in STAND_IN.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg
