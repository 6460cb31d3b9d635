"""On PostgreSQL, a worker that stands still within a transaction does not hold a contact for ever."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import Store, lease, schema
from runtime.store.open import IDLE
from tests.runtime.store.world import populate

HELD = select(schema.contacts.c.id).where(schema.contacts.c.id == "cnt_1").with_for_update()


async def test_every_connection_is_ended_that_idles_in_a_transaction(store: Store) -> None:
    if not store.postgres:
        pytest.skip("SQLite has no server that could end it; there the transaction dies with its process")
    assert IDLE < lease.SECONDS
    shown = text("SELECT current_setting('idle_in_transaction_session_timeout')")
    async with store.writing() as one, store.reading() as other:
        assert [await each.scalar(shown) for each in (one, other)] == ["1min", "1min"]


async def test_who_stands_still_loses_the_contact_and_what_it_has_not_committed(store: Store) -> None:
    if not store.postgres:
        pytest.skip("SQLite has no server that could end it; there the transaction dies with its process")
    await populate(store)
    holding, free = asyncio.Event(), asyncio.Event()

    async def stand_still(connection: AsyncConnection) -> None:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '200ms'"))
        await connection.execute(HELD)
        await connection.execute(text("UPDATE contacts SET stage = 'lost' WHERE id = 'cnt_1'"))
        holding.set()
        await free.wait()
        await connection.execute(text("SELECT 1"))

    async def go_on(connection: AsyncConnection) -> None:
        await connection.execute(HELD)  # waits until the server has ended the other one

    frozen = asyncio.create_task(store.transact(stand_still))
    await holding.wait()
    await store.transact(go_on)
    free.set()
    with pytest.raises(DBAPIError):
        await frozen
    async with store.reading() as connection:  # and the pool has no dead connection to offer
        assert await connection.scalar(text("SELECT stage FROM contacts WHERE id = 'cnt_1'")) is None
