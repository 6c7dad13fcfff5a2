"""Laws are tried on made-up cases without a deadline, so that a slow machine fails none."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("laws", deadline=None)
settings.load_profile("laws")
