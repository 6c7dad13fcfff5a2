"""How an action can end. The order is the code in the record and never changes."""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """`ok` done · `rejected` the business said no (sold out, limit, 429) · `failed` an error ·
    `timed_out` no reply within the player's time-out · `not_sent` the in-flight limit was full:
    one row for the whole visit · `abandoned` the shopper's patience ended before the reply."""

    OK = 0
    REJECTED = 1
    FAILED = 2
    TIMED_OUT = 3
    NOT_SENT = 4
    ABANDONED = 5

    @property
    def word(self) -> str:
        return self.name.lower()
