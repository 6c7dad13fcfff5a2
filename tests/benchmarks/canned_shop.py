"""A shop that does not think: it says at once what the reference shop would say.

Run as `python -m tests.benchmarks.canned_shop` it is a child server. It is several times faster
than any client here, so that what is measured is the client. With the word `awake` it never
sleeps: to wake the core of a sleeping server is work that its client's kernel does where both are
on one machine, and on virtual cores it is dear and takes now this long, now that.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AbstractContextManager
from typing import cast

import uvloop

from scenarios.rehearsal.doctor.child_server import running_child, serve
from tests.benchmarks.own_core import has_core_of_its_own, keep_to_servers_core

END_OF_HEAD = b"\r\n\r\n"
PAGE = b"<!doctype html><title>shop</title>" + b"<p>a line of a page</p>" * 40


def reply_of(body: bytes, kind: str = "application/json") -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Date: Tue, 11 Nov 2025 00:00:00 GMT\r\n"
        "Server: canned\r\n"
        f"Content-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def said(**answer: object) -> bytes:
    return reply_of(json.dumps(answer).encode())


PRODUCT = said(sku="17", title="smartphone pro", price="4999.00", in_stock=True, about="x" * 600)
LIST = said(products=[{"sku": str(k), "title": "phone", "price": "1.00"} for k in range(20)])
REPLIES = (
    (b"GET / ", reply_of(PAGE, "text/html")),
    (b"GET /api/categories/", LIST),
    (b"GET /api/search", LIST),
    (b"GET /api/products/", PRODUCT),
    (b"POST /api/login ", said(token="eyJhbGciOiJIUzI1NiJ9." + "x" * 100)),
    (b"POST /api/cart/items ", said(items=1)),
    (b"POST /api/checkout ", said(total="4999.00")),
    (b"POST /api/flash-orders ", said(ticket="t-17")),
    (b"GET /api/flash-orders/", said(state="created", order="o-17")),
    (b"POST /api/payments ", said(state="paid")),
    (b"GET /api/orders/", said(state="shipped")),
)
OTHERWISE = reply_of(b"{}")
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Shopkeeper(asyncio.Protocol):
    """Answers requests one after the other, as they come in whole."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._end_of_request()) > 0:
            request, self._rest = self._rest[:end], self._rest[end:]
            self._transport.write(answer_to(request))

    def _end_of_request(self) -> int:
        """Where the first whole request ends, or 0 when it has not all come."""
        head = self._rest.find(END_OF_HEAD)
        if head < 0:
            return 0
        end = head + len(END_OF_HEAD)
        if not self._rest.startswith(b"GET "):
            lower = self._rest[:head].lower()
            _, found, length = lower.partition(b"content-length:")
            end += int(length.split(b"\r\n", 1)[0]) if found else 0
        return end if end <= len(self._rest) else 0


def answer_to(request: bytes) -> bytes:
    for beginning, reply in REPLIES:
        if request.startswith(beginning):
            return reply
    return EMPTY if request.startswith(b"HEAD ") else OTHERWISE


def running_canned_shop(*, awake: bool) -> AbstractContextManager[str]:
    """The URL of a canned shop in a process of its own, which has ended afterwards."""
    return running_child("tests.benchmarks.canned_shop", *(("awake",) if awake else ()))


async def open_shop(*, awake: bool) -> None:
    loop = asyncio.get_running_loop()

    def look_again() -> None:
        loop.call_soon(look_again)

    if awake and has_core_of_its_own():
        look_again()
    await serve(Shopkeeper)


if __name__ == "__main__":
    keep_to_servers_core()
    uvloop.run(open_shop(awake="awake" in sys.argv[1:]))
