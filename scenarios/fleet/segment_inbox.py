"""The segments of a fleet's workers, as the master writes them into the one record."""

from __future__ import annotations

import os
from pathlib import Path

from reports.record.manifest import RecordError
from reports.record.worker_visits import worker_segment
from scenarios.fleet.protocol import ProtocolError, Segment

KINDS = ("actions", "gauges")


class SegmentInbox:
    """Writes each worker's segments into `directory`, each once and in order, whatever is sent
    twice or gets lost on the way."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._received: dict[int, int] = {}

    def received(self, worker: int) -> int:
        """The number up to which all segments of `worker` have been written."""
        return self._received.get(worker, 0)

    def take(self, worker: int, segment: Segment) -> None:
        """Writes `segment` if it is the next; another one was written before or will be sent
        again. Raises RecordError when it cannot be written, ProtocolError for another kind."""
        if segment.kind not in KINDS:
            raise ProtocolError(f"no segment has kind {segment.kind!r}")
        if segment.number != self.received(worker) + 1:
            return
        final = self._directory / worker_segment(segment.kind, worker, segment.number)
        part = final.with_suffix(".part")
        try:
            part.write_bytes(segment.content)
            os.replace(part, final)
        except OSError as error:
            raise RecordError(f"{final}: cannot be written: {error.strerror}") from error
        self._received[worker] = segment.number
