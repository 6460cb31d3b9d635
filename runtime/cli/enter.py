"""`nurture enter`: start a journey for one contact, without an event."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now, published_journey
from runtime.cli.failures import TOOL
from runtime.cli.output import Format, note, print_json
from runtime.reporting.words import reason_of
from runtime.store import enter_journey, find_contact
from runtime.writes import EntryRefused, RunEntered


def enter(journey: str, contact: str, *, format: Format = "text") -> int:
    """Start a journey for one contact. A worker carries the run from then on.

    Exits with 2 if the journey's own rules keep the contact out, and says why.

    Parameters
    ----------
    journey
        The name of a published journey.
    contact
        The contact's id or email address.
    format
        What to print: text for people, JSON for programs.
    """
    id_, made = asyncio.run(_enter(journey, contact))
    entered = isinstance(made, RunEntered)
    if format == "json":
        print_json(
            {
                "entered": entered,
                "journey": journey,
                "contact": id_,
                "run": made.id if isinstance(made, RunEntered) else None,
                "reason": made.reason if isinstance(made, EntryRefused) else None,
            }
        )
    elif isinstance(made, RunEntered):
        print(f"{id_} entered “{journey}”: run {made.id}.")
    else:
        note(f"{id_} did not enter “{journey}”: {reason_of(made.reason)}.")
    return 0 if entered else TOOL


async def _enter(journey: str, contact: str) -> tuple[str, RunEntered | EntryRefused]:
    async with database() as store:
        await published_journey(store, journey)
        id_ = await find_contact(store, contact)
        return id_, await enter_journey(store, journey, id_, now())
