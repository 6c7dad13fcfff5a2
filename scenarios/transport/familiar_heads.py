"""Heads of replies that were parsed before.

A server says the same head again and again: for the same page within a second, or to the same
refusal. The parser calls back for every header, which is most of the cost of a small reply; a
head that is the same byte by byte means the same as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from targets.adapters.contract import Reply

MOST_HEADS: Final = 1_000
_END_OF_HEAD: Final = b"\r\n\r\n"
_WITHOUT_BODY: Final = frozenset({204, 304})


class _Head(NamedTuple):
    body_bytes: int
    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    set_cookies: tuple[str, ...]


class FamiliarHeads:
    """Of the replies of one origin that end with their Content-Length, keep the connection and
    are not packed. To GET, POST and the like: a reply to HEAD has no body, whatever it says.

    Where every head is another one, because it has the id of a request or of a trace in it, none
    is kept any more: that would cost as much again as the parser.
    """

    def __init__(self) -> None:
        self._heads: dict[bytes, _Head] = {}
        self._known = 0
        self._gave_up = False

    def reply(self, data: bytes) -> Reply | None:
        """The reply that `data` is, exactly and whole; None when only the parser can tell."""
        if self._gave_up:
            return None
        body_at = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        head = self._heads.get(data[:body_at])
        if head is None:
            return None
        body_bytes, status, headers, cookies, set_cookies = head
        if len(data) != body_at + body_bytes:
            return None
        self._known += 1
        return Reply(status, headers, data[body_at:], cookies, (), 0, set_cookies)

    def learn(self, data: bytes, reply: Reply) -> None:
        """The parser has found that `data` is `reply`, whole, and that its connection may be used
        again."""
        if self._gave_up:
            return
        length = reply.headers.get("content-length", "")
        if (
            not length.isascii()
            or not length.isdigit()
            or "transfer-encoding" in reply.headers
            or "content-encoding" in reply.headers
            or reply.status in _WITHOUT_BODY
        ):
            return
        body_at = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        if len(data) != body_at + int(length):
            return  # an interim reply came before it
        if len(self._heads) >= MOST_HEADS:
            self._gave_up, self._known = self._known < MOST_HEADS, 0
            self._heads.clear()
        self._heads[data[:body_at]] = _Head(
            body_bytes=int(length),
            status=reply.status,
            headers=MappingProxyType(dict(reply.headers)),
            cookies=MappingProxyType(dict(reply.cookies)),
            set_cookies=reply.set_cookies,
        )
