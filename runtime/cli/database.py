"""What the commands that use the database share. The clock of the command line is read here."""

from __future__ import annotations

import getpass
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from runtime.cli.failures import Failure
from runtime.config import Config, load_config
from runtime.published import Published
from runtime.store import Store, load_published, open_store


@asynccontextmanager
async def database(config: Config | None = None, *, create: bool = False) -> AsyncIterator[Store]:
    """Open the configured database while the block lasts.

    Raises:
        StoreError: it cannot be used.
        Failure: it is a file that is not there, and the command is none that begins one (`create`).
    """
    config = load_config() if config is None else config
    url = config.database_url.get_secret_value()
    if not create:
        _refuse_new_file(url)
    secret = config.secret
    store = await open_store(url, None if secret is None else secret.get_secret_value().encode())
    try:
        yield store
    finally:
        await store.close()


def begun() -> bool:
    """Whether the configured database is there, as far as a look at the files can tell."""
    return _missing(load_config().database_url.get_secret_value()) is None


def _missing(url: str) -> str | None:
    """Return the file of a SQLite database that is not there."""
    parsed = make_url(url)
    file = parsed.database
    return file if parsed.get_backend_name() == "sqlite" and file and not Path(file).exists() else None


def _refuse_new_file(url: str) -> None:
    if (file := _missing(url)) is not None:
        raise Failure(
            f"There is no database {file} here. Say where it is with NURTURE_DATABASE_URL, or begin one with "
            "`nurture deploy`."
        )


def now() -> int:
    """Return the time in whole seconds."""
    return int(time.time())


def who(by: str | None) -> str:
    """Return who does something by hand: as named, else the user of this machine."""
    if by is not None:
        if not by.strip():
            raise Failure("--by names nobody. Say who does it with --by NAME, or leave it out.")
        return by.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Failure("Say who does it with --by NAME; this machine does not know you.") from None


async def published_journey(store: Store, journey: str) -> Published:
    """Return what is published, `journey` among it.

    Raises:
        StoreError: nothing is published.
        Failure: this journey is not.
    """
    published = await load_published(store)
    if journey not in published.active:
        raise Failure(_unknown("journey", journey, published.active))
    return published


async def published_event(store: Store, event: str) -> Published:
    """Return what is published, `event` declared in it. Raises as `published_journey` does."""
    published = await load_published(store)
    if event not in published.definitions.events:
        raise Failure(_unknown("event", event, published.definitions.events))
    return published


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    from dsl.spelling import nearest

    names = sorted(known)
    guess = nearest(name, names)
    advice = f'Did you mean "{guess}"?' if guess else f"There are: {', '.join(names)}."
    return f'There is no {kind} "{name}" in what is published. {advice}'
