"""How often levels are read: closely while visits arrive, and ever more rarely in the days after.

The last parcel comes weeks after a sale of a minute; read every second, its waiting would be a
million readings of nothing new.
"""

from __future__ import annotations

import math

SHARE = 100
"""A pause is a hundredth of the time since the arrivals ended."""


def intervals_until_next(since_end_s: float, every_s: float) -> int:
    """How many intervals of `every_s` lie between the gauge that was read `since_end_s` after the
    end of the arrivals (0 while they go on) and the next one."""
    return max(1, math.ceil(since_end_s / (SHARE * every_s)))
