"""A database of any size, filled by the store's own code: people, and one open run for each."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dsl
from benchmarks.measure import EXAMPLE
from dsl import Compiled
from runtime.people import Account, Contact
from runtime.store import (
    Arrived,
    Store,
    import_accounts,
    import_contacts,
    open_store,
    publish,
    record_events,
)
from runtime.workspace import read_workspace
from tests.postgres import Server, binaries

MORNING = 1_772_442_000  # 2026-03-02T09:00:00Z

_SAFE = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on"}

_WATCHING = """journey "Watching"
  owner "Demand generation"
  start when contact submits form "Demo request"
  runs once for each contact

  whenever contact visits page "/docs"
    add 1 to score

  wait 90 days
"""


def compiled() -> Compiled:
    """Return the example's workspace with one more journey, whose runs hear of visits of one page."""
    files = {**read_workspace(EXAMPLE).files, "journeys/watching.journey": _WATCHING.encode()}
    return dsl.compile_workspace(files)


@asynccontextmanager
async def sqlite() -> AsyncIterator[Store]:
    """Open an empty database on a file, as safe against a power cut as it is by default."""
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite:///{folder}/nurture.db")
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def postgres() -> AsyncIterator[Store]:
    """Open an empty database on a PostgreSQL server of its own, with its own settings."""
    found = binaries()
    assert found is not None, "no PostgreSQL server is installed under /usr/lib/postgresql"
    server = Server(found, _SAFE).start()
    try:
        store = await open_store(server.database())
        try:
            yield store
        finally:
            await store.close()
    finally:
        server.stop()


async def fill(store: Store, people: int, at: int = MORNING) -> None:
    """Publish, and bring so many people in, ten to a company, each with one run that began at `at`."""
    found = compiled()
    definitions = found.definitions
    await publish(store, definitions, found.plans.values(), at)
    companies = [Account(f"a{n}", {"name": f"Company {n}"}) for n in range(people // 10)]
    await import_accounts(store, companies, definitions, at)
    await import_contacts(store, [_contact(n, at) for n in range(people)], definitions, at)
    begun = [_begun(n, at) for n in range(people)]
    assert all(one.entered for one in await record_events(store, begun))


def run_of(number: int) -> str:
    """Return the id of the run of a contact."""
    return f"watching/c{number}/-/1"


def _begun(number: int, at: int) -> Arrived:
    return Arrived(f"begin-{number}", "Form Submitted", at, f"c{number}", properties={"form": "Demo request"})


def _contact(number: int, at: int) -> Contact:
    fields = {"email": f"c{number}@example.com", "first_name": "Ann", "industry": "Software", "country": "DE"}
    return Contact(
        id=f"c{number}",
        fields=fields,
        account_id=f"a{number // 10}",
        time_zone="Europe/Berlin",
        known_since=at,
        consents=frozenset({"Marketing"}),
    )


__all__ = ["MORNING", "compiled", "fill", "postgres", "run_of", "sqlite"]
