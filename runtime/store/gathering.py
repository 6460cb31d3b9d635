"""Gathering: events that several requests bring at the same time share a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from runtime.store.errors import StoreError
from runtime.store.events import AT_ONCE, Unrecorded, record_events, record_together
from runtime.store.open import Store
from runtime.store.recording import Arrived, Recorded

_Asked = tuple[Sequence[Arrived], asyncio.Future[list[Recorded]]]


class Gathering:
    """Takes events in for many callers. While one transaction is under way, what comes waits for the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Asked] = []
        self._working: asyncio.Task[None] | None = None

    async def record(self, events: Sequence[Arrived]) -> list[Recorded]:
        """Take events in as `record_events` does.

        Raises:
            Unrecorded: one of them cannot be taken in. That concerns no other caller.
        """
        if not events or len(events) >= AT_ONCE:
            return await record_events(self._store, events)
        asked: asyncio.Future[list[Recorded]] = asyncio.get_running_loop().create_future()
        self._waiting.append((events, asked))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await asked

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._some()
        finally:
            self._working = None

    async def _some(self) -> None:
        """Take in what waits, as far as it fits into one transaction."""
        taken: list[_Asked] = []
        number = 0
        while self._waiting and (not taken or number + len(self._waiting[0][0]) <= AT_ONCE):
            number += len(self._waiting[0][0])
            taken.append(self._waiting.pop(0))
        try:
            found = await record_together(self._store, [one for events, _ in taken for one in events])
        except StoreError:
            await self._apart(taken)
        except BaseException as problem:
            for _, asked in taken:
                _answer(asked, problem)
            if not isinstance(problem, Exception):
                raise
        else:
            for events, asked in taken:
                mine, found = found[: len(events)], found[len(events) :]
                _answer(asked, mine)

    async def _apart(self, taken: Sequence[_Asked]) -> None:
        """Find out whose events cannot be taken in: nothing of them is on record."""
        for events, asked in taken:
            try:
                _answer(asked, await record_events(self._store, events))
            except Exception as problem:
                _answer(asked, problem)


def _answer(asked: asyncio.Future[list[Recorded]], said: list[Recorded] | BaseException) -> None:
    if asked.done():
        return  # whoever asked has gone
    if isinstance(said, BaseException):
        asked.set_exception(said)
    else:
        asked.set_result(said)


__all__ = ["Gathering", "Unrecorded"]
