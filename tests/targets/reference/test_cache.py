from __future__ import annotations

import asyncio

import pytest

from targets.reference.cache import BatchedReader, ReadThrough


class MemoryValkey:
    """Keys in a dictionary; notes the commands it was sent."""

    def __init__(self, **values):
        self.values = values
        self.commands = []

    async def execute_command(self, name, *keys):
        self.commands.append((name, *keys))
        await asyncio.sleep(0)
        return [self.values.get(key) for key in keys]

    async def set(self, key, value, ex):
        self.values[key] = value
        self.commands.append(("SET", key, ex))


class Counts:
    def __init__(self):
        self.hits = 0
        self.misses = 0

    def hit(self):
        self.hits += 1

    def miss(self):
        self.misses += 1


def test_reads_of_one_moment_are_one_command():
    valkey = MemoryValkey(a=b"1", b=b"2")
    reader = BatchedReader(valkey)

    async def read():
        return await asyncio.gather(reader.read("a", "b"), reader.read("x"), reader.read("b"))

    assert asyncio.run(read()) == [[b"1", b"2"], [None], [b"2"]]
    assert valkey.commands == [("MGET", "a", "b", "x", "b")]


def test_a_failed_read_fails_for_all_who_asked():
    class Broken:
        async def execute_command(self, *_):
            raise ConnectionError("gone")

    reader = BatchedReader(Broken())

    async def read():
        return await asyncio.gather(reader.read("a"), reader.read("b"), return_exceptions=True)

    assert [type(error) for error in asyncio.run(read())] == [ConnectionError, ConnectionError]


@pytest.mark.parametrize("found", [b"value", None])
def test_misses_of_one_moment_share_one_load(found):
    valkey, counts, loads = MemoryValkey(), Counts(), []
    cache = ReadThrough(valkey, counts, 60)

    async def load():
        loads.append("load")
        await asyncio.sleep(0)
        return found

    async def read():
        return await asyncio.gather(*(cache.value("k", None, load) for _ in range(10)))

    assert asyncio.run(read()) == [found] * 10
    assert loads == ["load"]
    assert (counts.hits, counts.misses) == (0, 10)


def test_a_hit_is_not_loaded_and_absence_is_remembered():
    valkey, counts = MemoryValkey(), Counts()
    cache = ReadThrough(valkey, counts, 60)

    async def nothing():
        return None

    async def read():
        assert await cache.value("k", b"value", nothing) == b"value"
        assert await cache.value("gone", None, nothing) is None
        return await cache.value("gone", valkey.values["gone"], nothing)

    assert asyncio.run(read()) is None
    assert (counts.hits, counts.misses) == (2, 1)


def test_a_failed_load_is_not_remembered():
    cache = ReadThrough(MemoryValkey(), Counts(), 60)

    async def broken():
        raise ConnectionError("gone")

    async def works():
        return b"value"

    async def read():
        with pytest.raises(ConnectionError):
            await cache.value("k", None, broken)
        return await cache.value("k", None, works)

    assert asyncio.run(read()) == b"value"
