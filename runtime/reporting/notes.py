"""Notes: what people did about a contact by hand, and what came for one that was erased."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.reporting.record import Note
from runtime.store import schema
from runtime.suppression import BY_HAND

_SAID = {
    "pause": "Stands still by hand, in all journeys",
    "resume": "Goes on in all journeys",
    "stop": "Stopped in all journeys",
    "stop sends": "Gets nothing from now on",
    "resume sends": "Gets emails and messages again",
    "erase": "Erased",
    "suppress": "Gets no marketing any more",
    "lift": "Gets marketing again",
    "let through": "Let through what suppresses it",
    "let through no more": "Not let through any more",
}
_CAME = {
    "event": "An event came, and was not taken in: the contact was erased",
    "import": "An import brought the contact again, and was not taken in: it was erased",
}


async def notes(connection: AsyncConnection, contact: str) -> list[Note]:
    """Return the notes of a contact, the oldest first."""
    decided, overrides = {}, schema.overrides
    here = select(overrides).where(overrides.c.contact_id == contact)
    for row in (await connection.execute(here)).mappings():
        decided[row["at"], "suppress" if row["what"] == BY_HAND else row["what"]] = row
    acts, aliases, away = schema.interventions, schema.aliases, schema.turned_away
    found = []
    mine = select(acts.c.at, acts.c.what, acts.c.by).where(acts.c.scope == "contact", acts.c.name == contact)
    for at, what, by in await connection.execute(mine.order_by(acts.c.id)):
        if what in _SAID:
            found.append(Note(at, f"{_SAID[what]}{_details(decided.get((at, what)))}, by {by}"))
    merged = select(aliases.c.at, aliases.c.alias, aliases.c.by).where(aliases.c.contact_id == contact)
    for at, alias, by in await connection.execute(merged.order_by(aliases.c.at, aliases.c.alias)):
        found.append(Note(at, f"{alias} was merged into this contact, by {by}"))
    turned = select(away.c.at, away.c.what).where(away.c.contact_id == contact)
    for at, what in await connection.execute(turned.order_by(away.c.id)):
        found.append(Note(at, _CAME[what]))
    return sorted(found, key=lambda note: note.at)


def _details(row: RowMapping | None) -> str:
    """Say until when, and why, a person has decided something that still stands."""
    if row is None:
        return ""
    until = row["until"]
    end = "" if until is None else f" until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"
    return end + (f" (“{row['reason']}”)" if row["reason"] else "")
