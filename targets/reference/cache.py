"""Cache-aside over Valkey: reads of one instant share a command, misses share one load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Load = Callable[[], Awaitable[bytes | None]]

_KEYS_AT_ONCE = 256
# A missing thing is remembered briefly, so that asking for it does not reach the database.
_ABSENT = b""
_ABSENT_LIFE_S = 5


class CacheCounts(Protocol):
    """Told of every look-up of the cache."""

    def hit(self) -> None: ...

    def miss(self) -> None: ...


class BatchedReader:
    """Reads keys; all reads asked for in one turn of the event loop become one MGET."""

    def __init__(self, valkey: Any) -> None:
        self._valkey = valkey
        self._asked: list[tuple[tuple[str, ...], asyncio.Future[list[bytes | None]]]] = []
        self._reading: set[asyncio.Task[None]] = set()

    def read(self, *keys: str) -> asyncio.Future[list[bytes | None]]:
        """The values of `keys`, None where there is none."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[bytes | None]] = loop.create_future()
        if not self._asked:
            loop.call_soon(self._start)
        self._asked.append((keys, answer))
        return answer

    def _start(self) -> None:
        asked, self._asked = self._asked, []
        for first in range(0, len(asked), _KEYS_AT_ONCE):
            task = asyncio.create_task(self._fetch(asked[first : first + _KEYS_AT_ONCE]))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _fetch(
        self, asked: list[tuple[tuple[str, ...], asyncio.Future[list[bytes | None]]]]
    ) -> None:
        try:
            values = await self._valkey.execute_command(
                "MGET", *(key for keys, _ in asked for key in keys)
            )
        except Exception as error:
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return
        start = 0
        for keys, answer in asked:
            if not answer.done():
                answer.set_result(values[start : start + len(keys)])
            start += len(keys)


class ReadThrough:
    """One kind of cached thing; `counts` hears of hits and misses."""

    def __init__(self, valkey: Any, counts: CacheCounts, life_s: int) -> None:
        self._valkey = valkey
        self._counts = counts
        self._life_s = life_s
        self._loading: dict[str, asyncio.Task[bytes | None]] = {}

    async def value(self, key: str, cached: bytes | None, load: Load) -> bytes | None:
        """`cached` when the cache had it, else what `load` finds, which is then cached.

        Misses of one key at one time share one load. None when there is no such thing.
        """
        if cached is not None:
            self._counts.hit()
            return cached or None
        self._counts.miss()
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._fill(key, load))
            task.add_done_callback(lambda _: self._loading.pop(key, None))
        return await asyncio.shield(task)

    async def _fill(self, key: str, load: Load) -> bytes | None:
        value = await load()
        if value is None:
            await self._valkey.set(key, _ABSENT, ex=_ABSENT_LIFE_S)
        else:
            await self._valkey.set(key, value, ex=self._life_s)
        return value
