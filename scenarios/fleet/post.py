"""How messages come and go between a master and its workers, whatever carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message as it came in: from which client, of which kind, when (`time.perf_counter`)."""

    client: str
    kind: str
    data: Any
    at_s: float


class MasterPost(Protocol):
    """The master's end."""

    def receive(self, within_s: float) -> Parcel | None:
        """The next message, or None when there is none within `within_s` seconds."""

    def send(self, client: str, message: object) -> None: ...


class WorkerPost(Protocol):
    """A worker's end. What is sent may be lost: all messages are repeated."""

    def receive(self, within_s: float) -> Parcel | None:
        """The next message, or None when there is none within `within_s` seconds."""

    def send(self, message: object) -> None: ...
