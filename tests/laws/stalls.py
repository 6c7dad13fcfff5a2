"""A server that freezes, and what shoppers who arrive steadily must feel of it.

Run as `python -m tests.laws.stalls FREEZE_S PERIOD_S` it is a child server. It answers everything
at once, but for `FREEZE_S` at the start of every `PERIOD_S` it does nothing at all: it neither
accepts nor reads nor writes, like a process in a long garbage collection. What came meanwhile is
answered right after.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction

import uvloop

from scenarios.rehearsal.doctor.child_server import running_child, serve

REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
END_OF_REQUEST = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalls:
    """A freeze of `freeze_s` in every `period_s`."""

    freeze_s: float
    period_s: float

    def residual_s(self, instant_s: float) -> float:
        """How long who arrives at `instant_s` waits, when freezes begin at whole periods."""
        into_s = instant_s % self.period_s
        return max(0.0, self.freeze_s - into_s)

    def response_time_s(self, level: Fraction) -> float:
        """The quantile of the response time under steady arrivals and service without delay.

        Who arrives in a freeze of F, which are F / P of all, waits for the rest of it, uniform
        on (0, F): P(R > x) = (F - x) / P for 0 <= x < F. So the quantile is F - (1 - level) P,
        and 0 where that is negative.
        """
        return max(0.0, self.freeze_s - float(1 - level) * self.period_s)


def stalling_server(stalls: Stalls) -> AbstractContextManager[str]:
    """The URL of a server in a process of its own, which has ended afterwards."""
    return running_child("tests.laws.stalls", str(stalls.freeze_s), str(stalls.period_s))


class _Answering(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._rest = (self._rest + data).split(END_OF_REQUEST)
        self._transport.write(REPLY * len(requests))


async def serve_and_freeze(stalls: Stalls) -> None:
    """Serves until standard input ends."""
    freezing = asyncio.ensure_future(freeze(stalls))
    await serve(_Answering)
    freezing.cancel()


async def freeze(stalls: Stalls) -> None:
    loop = asyncio.get_running_loop()
    begins_s = loop.time()
    while True:
        await asyncio.sleep(begins_s - loop.time())
        time.sleep(max(0.0, begins_s + stalls.freeze_s - loop.time()))
        begins_s += stalls.period_s


if __name__ == "__main__":
    uvloop.run(serve_and_freeze(Stalls(freeze_s=float(sys.argv[1]), period_s=float(sys.argv[2]))))
