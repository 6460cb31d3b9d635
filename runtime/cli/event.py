"""`nurture event`: record that something happened to a contact or an account."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from runtime.cli.database import database, now, published_event
from runtime.cli.failures import Failure
from runtime.cli.output import Format, note, print_json
from runtime.people import FUTURE, in_future, instant
from runtime.remarks import unknown_names
from runtime.reporting.words import reason_of
from runtime.store import ErasedError, Recorded, find_contact, record_event
from runtime.store.tombstones import note_turned_away


def event(
    name: str,
    *,
    contact: str | None = None,
    account: str | None = None,
    properties: Annotated[list[str] | None, Parameter(name="--property")] = None,
    id: str | None = None,
    at: str | None = None,
    format: Format = "text",
) -> int:
    """Record that something happened. Scores, journeys and waiting runs hear of it at once.

    Parameters
    ----------
    name
        The event, such as "Form Submitted".
    contact
        The contact's id or email address.
    account
        The account's id, for an event that is about an account.
    properties
        What belongs to it, such as form=Whitepaper. Repeat it for more.
    id
        The message id. A second event with the same id changes nothing. Made up unless given.
    at
        When it happened, such as 2026-03-02T09:30:00Z. Now, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    if (contact is None) == (account is None):
        raise Failure("An event is about one contact or one account. Name it with --contact or --account.")
    received = now()
    occurred = received if at is None else instant(at, "--at")
    if in_future(occurred, received):
        raise Failure(f"--at {at} {FUTURE}.")
    about = _Event(
        name=name,
        contact=contact,
        account=account,
        properties=dict(_property(text) for text in properties or ()),
        id=id or str(uuid.uuid4()),
        at=received,
        occurred=occurred,
    )
    recorded, notes = asyncio.run(_record(about))
    if recorded.status == "refused":
        raise Failure("The contact was erased. The event was not taken in; that it came is on record.")
    if format == "json":
        print_json(
            {
                "id": about.id,
                "status": recorded.status,
                "entered": recorded.entered,
                "refused": [{"journey": j, "reason": r} for j, r in recorded.refused],
                "notes": notes,
            }
        )
    else:
        for one in notes:
            note(one)
        _print_text(about, recorded)
    return 0


@dataclass(frozen=True, slots=True)
class _Event:
    name: str
    contact: str | None
    account: str | None
    properties: dict[str, str]
    id: str
    at: int
    occurred: int


def _property(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise Failure(f"A property is written name=value, such as form=Whitepaper, not {text!r}.")
    return name.strip(), value


async def _record(about: _Event) -> tuple[Recorded, list[str]]:
    """Record it; return what came of it, and what to look at."""
    async with database() as store:
        published = await published_event(store, about.name)
        try:
            contact = None if about.contact is None else await find_contact(store, about.contact)
        except ErasedError as erased:
            await note_turned_away(store, erased.contact, "event", about.at)
            return Recorded("refused"), []
        recorded = await record_event(
            store,
            message_id=about.id,
            name=about.name,
            at=about.at,
            occurred=about.occurred,
            contact=contact,
            account=about.account,
            properties=dict(about.properties),
        )
        if recorded.status != "recorded":
            return recorded, []
        return recorded, [*recorded.notes, *unknown_names(about.name, about.properties, published)]


def _print_text(about: _Event, recorded: Recorded) -> None:
    if recorded.status == "duplicate":
        print(f"An event with the id {about.id} is on record already; nothing changed.")
        return
    print(f"Recorded “{about.name}” ({about.id}).")
    for run in recorded.entered:
        print(f"Entered: run {run}.")
    for journey, reason in recorded.refused:
        print(f"Did not enter “{journey}”: {reason_of(reason)}.")
