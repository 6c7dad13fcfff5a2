"""Compressed bodies: what was packed comes out, and never more than the player takes."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.transport.failure import TransportError
from scenarios.transport.unpacking import decoded, unpacked

MEGABYTE = 1_000_000


def raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(body) + packing.flush()


@given(body=st.binary(max_size=2000), pack=st.sampled_from([gzip.compress, zlib.compress]))
def test_what_was_packed_comes_out(body, pack):
    assert unpacked(pack(body), most_bytes=2000) == body


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"ok", mtime=0)),
        ("X-GZIP", gzip.compress(b"ok", mtime=0)),
        ("deflate, gzip", gzip.compress(zlib.compress(b"ok"), mtime=0)),
        ("gzip,gzip", gzip.compress(gzip.compress(b"ok", mtime=0), mtime=0)),
        ("br, gzip", gzip.compress(b"ok", mtime=0)),
        ("identity", b"ok"),
        ("br", b"ok"),
        ("gzip, br", b"ok"),
    ],
)
def test_codings_are_undone_from_the_last_to_the_first_that_is_not_known(coding, body):
    """RFC 9110 section 8.4: "listed in the order in which they were applied"."""
    assert decoded(body, coding, most_bytes=1000) == b"ok"


def test_deflate_may_lack_its_header():
    assert unpacked(raw_deflate(b"ok"), most_bytes=10) == b"ok"


def test_gzip_may_have_several_members_and_padding():
    """RFC 1952 section 2.2: a file of members, "with no additional information before, between,
    or after them"; gzip itself passes over zeros."""
    raw = gzip.compress(b"first ") + gzip.compress(b"") + gzip.compress(b"last") + bytes(8)
    assert unpacked(raw, most_bytes=10) == b"first last"


@pytest.mark.parametrize(
    "raw",
    [
        b"plain text",
        gzip.compress(b"cut" * 99, mtime=0)[:-8],
        gzip.compress(b"cut" * 99, mtime=0)[:5],
        gzip.compress(b"one", mtime=0) + b"something else",
        gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0)[:-1],
        zlib.compress(b"sum")[:-1] + b"!",
        raw_deflate(b"cut" * 99)[:-4],
    ],
)
def test_a_damaged_body_is_told_as_such(raw):
    with pytest.raises(TransportError) as caught:
        unpacked(raw, most_bytes=MEGABYTE)
    assert caught.value.kind == "bad_encoding"


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("members", [1, 2])
def test_the_largest_body_is_taken_and_one_byte_more_is_not(members, extra):
    raw = gzip.compress(bytes(500)) + (gzip.compress(bytes(500)) if members == 2 else b"")
    most_bytes = 500 * members - extra
    if not extra:
        assert unpacked(raw, most_bytes=most_bytes) == bytes(most_bytes)
        return
    with pytest.raises(TransportError) as caught:
        unpacked(raw, most_bytes=most_bytes)
    assert caught.value.kind == "too_large"


def test_a_gzip_bomb_takes_no_more_memory_than_the_largest_reply():
    bomb = gzip.compress(bytes(200 * MEGABYTE), compresslevel=1)
    tracemalloc.start()
    try:
        with pytest.raises(TransportError, match="too_large"):
            unpacked(bomb, most_bytes=MEGABYTE)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * MEGABYTE
