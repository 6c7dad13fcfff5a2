"""A token bucket that is filled up whenever somebody asks it."""

from __future__ import annotations

from sim.model.station import TokenBucketModel


class TokenBucket:
    """`admits` counts whom it lets in and whom it refuses."""

    __slots__ = ("_model", "_seen_s", "_tokens", "admitted", "refused")

    def __init__(self, model: TokenBucketModel) -> None:
        self._model = model
        self._tokens = model.burst
        self._seen_s = 0.0
        self.admitted = self.refused = 0

    def admits(self, now_s: float) -> bool:
        """Takes a token, if there is one."""
        model = self._model
        self._tokens = min(model.burst, self._tokens + (now_s - self._seen_s) * model.rate_per_s)
        self._seen_s = now_s
        if self._tokens < 1.0:
            self.refused += 1
            return False
        self._tokens -= 1.0
        self.admitted += 1
        return True
