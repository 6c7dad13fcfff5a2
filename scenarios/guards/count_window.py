"""Two running counts, seen over the last so many seconds."""

from __future__ import annotations

from collections import deque


class CountWindow:
    """Of counts that only grow, what was added within the last `window_s`.

    Counts are read now and then (by a look each 0.25 s), not at each event, so the window reaches
    back to the last look that is at least `window_s` ago: it is longer by less than the time
    between two looks. Before the run is `window_s` old it reaches back to its start.
    """

    def __init__(self, window_s: float) -> None:
        assert window_s > 0, window_s
        self._window_s = window_s
        self._looks: deque[tuple[float, int, int]] = deque([(0.0, 0, 0)])

    def added(self, now_s: float, bad: int, total: int) -> tuple[int, int]:
        """How many `bad` and `total` came within the window that ends at `now_s`, when there have
        been so many of each since the start."""
        looks = self._looks
        while len(looks) > 1 and looks[1][0] <= now_s - self._window_s:
            looks.popleft()
        _, bad_before, total_before = looks[0]
        looks.append((now_s, bad, total))
        return bad - bad_before, total - total_before
