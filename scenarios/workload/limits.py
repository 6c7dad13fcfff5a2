"""What bounds the play of a plan, by both players alike, unless the user asks otherwise."""

from __future__ import annotations

from typing import Final

IN_FLIGHT_LIMIT: Final = 5_000
"""Visits in play at once; above it visits are recorded as not_sent."""
TIMEOUT_S: Final = 10.0
"""The longest time for an action, from its start."""
