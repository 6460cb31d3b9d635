"""Texts of emails as they were deployed: each kept once, by its digest, however many deployments have it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import EmailDefinition, Letterhead, Texts
from runtime.store import schema
from runtime.store.open import Store
from runtime.store.upserts import upsert

log = logging.getLogger("nurture.store")


async def keep_texts(store: Store, connection: AsyncConnection, texts: Texts | None) -> dict[str, Any] | None:
    """Write the emails down that are not there yet, and return what the published row says of them all."""
    if texts is None:
        return None
    digests = texts.digests()
    rows = [
        {"digest": digest, "email": texts.emails[name].model_dump_json()}
        for name, digest in digests.items()
        if digest not in store.emails
    ]
    await upsert(connection, schema.email_texts, rows, ("email",))
    letterhead = texts.letterhead
    return {"emails": digests, "letterhead": None if letterhead is None else letterhead.model_dump()}


async def texts_of(store: Store, connection: AsyncConnection, row: dict[str, Any] | None) -> Texts | None:
    """Return what a published row says of emails; None if it is from before they were deployed.

    An email that is damaged in the database is left out, and told: it is held until it is deployed again.
    """
    if row is None:
        return None
    await _hold(store, connection, row["emails"].values())
    emails = {name: store.emails[digest] for name, digest in row["emails"].items() if digest in store.emails}
    letterhead = row["letterhead"]
    return Texts(
        emails=emails, letterhead=None if letterhead is None else Letterhead.model_validate(letterhead)
    )


async def _hold(store: Store, connection: AsyncConnection, digests: Iterable[str]) -> None:
    missing = set(digests) - store.emails.keys()
    if not missing:
        return
    table = schema.email_texts
    found = await connection.execute(select(table).where(table.c.digest.in_(missing)))
    for digest, text in found.all():
        email = _read(text)
        if email is not None and email.digest() == digest:
            store.emails[digest] = email
    for digest in sorted(missing - store.emails.keys()):
        log.error(
            "The text %s of an email is damaged or missing in the database. The email is held; deploy the "
            "workspace that has it (`nurture deploy`), and it goes.",
            digest,
        )


def _read(text: str) -> EmailDefinition | None:
    try:
        return EmailDefinition.model_validate_json(text)
    except ValueError:  # no JSON, or no email
        return None
