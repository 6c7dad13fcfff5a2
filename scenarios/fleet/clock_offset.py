"""How far a worker's clock is from the master's, from messages alone.

    worker   t0 ------\\                 /------ t3
    master              t1 --------- t2

    offset     = ((t1 - t0) + (t2 - t3)) / 2      master's clock minus worker's
    round trip =  (t3 - t0) - (t2 - t1)

Mills, RFC 5905 (NTPv4), section 8. However unequal the two ways are, the offset is wrong by at
most half the round trip, so the exchange with the least round trip is believed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from scenarios.fleet.protocol import Grant

LARGEST_UNCERTAINTY_S = 0.005
RECENT_EXCHANGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """`offset_s` is the master's clock minus the worker's."""

    offset_s: float
    round_trip_s: float

    @property
    def uncertainty_s(self) -> float:
        """The offset is within this much of the truth."""
        return self.round_trip_s / 2


def offset_of(t0_s: float, t1_s: float, t2_s: float, t3_s: float) -> ClockOffset:
    """What one exchange says; see the module for the four instants."""
    return ClockOffset(
        offset_s=((t1_s - t0_s) + (t2_s - t3_s)) / 2,
        round_trip_s=(t3_s - t0_s) - (t2_s - t1_s),
    )


class ClockComparison:
    """The exchanges so far. Clocks drift, so only the last RECENT_EXCHANGES count."""

    def __init__(self) -> None:
        self._recent: deque[ClockOffset] = deque(maxlen=RECENT_EXCHANGES)

    def add(self, grant: Grant, heard_at_s: float) -> None:
        """Takes up `grant`, which came at `heard_at_s`, if it answers a report."""
        if grant.echo_at_s is not None:
            exchange = offset_of(grant.echo_at_s, grant.heard_at_s, grant.sent_at_s, heard_at_s)
            self._recent.append(exchange)

    def __len__(self) -> int:
        return len(self._recent)

    def best(self) -> ClockOffset:
        """The exchange with the least round trip of the last ones; there must be one."""
        return min(self._recent, key=lambda each: each.round_trip_s)
