"""A worker's rows on their way to the master: in segments, numbered, kept until received."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from reports.record import segment as rows
from scenarios.fleet.protocol import Segment

IN_THE_AIR = 8
RESEND_AFTER_S = 2.0


class SegmentOutbox:
    """In place of the writer of a record: takes rows, and sends what is cut of them.

    At most IN_THE_AIR segments are under way at once. When none of them is received for
    RESEND_AFTER_S, all are sent again. `write` may run in another thread than the rest.
    """

    def __init__(self, send: Callable[[Segment], None], now_s: Callable[[], float]) -> None:
        self._send = send
        self._now_s = now_s
        self._open = rows.OpenSegment()
        self.action = self._open.action
        self.gauge = self._open.gauge
        self._waiting: deque[Segment] = deque()
        self._numbered = 0
        self._sent_through = 0
        self._progress_s = now_s()

    @property
    def is_empty(self) -> bool:
        """Whether everything that has been written was received."""
        return not self._waiting

    def cut(self) -> rows.Segment:
        """The rows since the last cut, to be written."""
        return self._open.cut()

    def write(self, segment: rows.Segment) -> None:
        """Makes the files of `segment` and queues them."""
        for kind, content in segment.files():
            self._numbered += 1
            self._waiting.append(Segment(number=self._numbered, kind=kind, content=content))

    def flush(self) -> None:
        self.write(self.cut())

    def received(self, number: int) -> None:
        """The master has written the segments up to `number`."""
        while self._waiting and self._waiting[0].number <= number:
            self._waiting.popleft()
            self._progress_s = self._now_s()

    def post(self) -> None:
        """Sends what may be sent now."""
        waiting = list(self._waiting)[:IN_THE_AIR]
        if not waiting or waiting[0].number > self._sent_through:
            self._progress_s = self._now_s()
        elif self._now_s() - self._progress_s > RESEND_AFTER_S:
            self._sent_through = waiting[0].number - 1
            self._progress_s = self._now_s()
        for each in waiting:
            if each.number > self._sent_through:
                self._sent_through = each.number
                self._send(each)
