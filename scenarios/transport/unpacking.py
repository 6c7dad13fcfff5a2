"""Bodies that were compressed on their way, unpacked to a bounded size."""

from __future__ import annotations

import zlib
from typing import Final

from scenarios.transport.failure import TransportError

_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_RAW: Final = -zlib.MAX_WBITS


def decoded(raw: bytes, content_encoding: str, *, most_bytes: int) -> bytes:
    """The body of a reply with this `Content-Encoding`, which names the last coding last.

    A coding other than gzip and deflate, and what lies below it, stays as it came. Raises what
    `unpacked` raises.
    """
    for coding in reversed(content_encoding.lower().split(",")):
        if coding.strip() not in _PACKED:
            break
        raw = unpacked(raw, most_bytes=most_bytes)
    return raw


def unpacked(raw: bytes, *, most_bytes: int) -> bytes:
    """The body of a gzip or deflate reply. Gzip may have several members, one after the other.

    No more than `most_bytes` are ever held, however much a small body would grow to. Raises
    TransportError: `too_large`, or `bad_encoding` for a body that is damaged or cut short.
    """
    parts: list[bytes] = []
    left_bytes = most_bytes
    while raw:
        part, raw = _member(raw, left_bytes, first=not parts)
        parts.append(part)
        left_bytes -= len(part)
        raw = raw.lstrip(b"\0")  # padding, which gzip itself passes over
    return b"".join(parts)


def _member(raw: bytes, most_bytes: int, *, first: bool) -> tuple[bytes, bytes]:
    """One member and what follows it."""
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        part = unpacking.decompress(raw, most_bytes + 1)
    except zlib.error as error:
        if not first:
            raise TransportError("bad_encoding", "damaged") from error
        part, unpacking = _raw_deflate(raw, most_bytes)
    if len(part) > most_bytes:
        raise TransportError("too_large", f"more than {most_bytes:,} bytes unpacked")
    if not unpacking.eof:
        raise TransportError("bad_encoding", "cut short")
    return part, unpacking.unused_data


def _raw_deflate(raw: bytes, most_bytes: int) -> tuple[bytes, zlib._Decompress]:
    """Some servers leave the zlib header out of deflate."""
    unpacking = zlib.decompressobj(_RAW)
    try:
        return unpacking.decompress(raw, most_bytes + 1), unpacking
    except zlib.error as error:
        raise TransportError("bad_encoding", "damaged") from error
