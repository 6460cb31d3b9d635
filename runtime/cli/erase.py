"""`nurture erase`: forget a contact, everywhere."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now, who
from runtime.cli.failures import TOOL
from runtime.cli.output import Format, note, plain, print_json
from runtime.cli.reviewing import CHANGES
from runtime.reporting.words import count
from runtime.store import find_contact
from runtime.store.erasing import Erasure, erase, look, scrub


def erase_contact(
    contact: str, *others: str, yes: bool = False, by: str | None = None, format: Format = "text"
) -> int:
    """Forget contacts: their runs end, and their data leaves every table. It cannot be taken back.

    Without --yes, only say what would happen, and exit with 3. What is left is the id, the runs without
    their data, and that messages were sent. A digest of the address, made with NURTURE_SECRET, keeps
    imports and events from bringing a contact back. SQLite's file is rewritten, so that no trace stays.

    Parameters
    ----------
    contact
        The contact's id or email address.
    others
        More of them.
    yes
        Do it.
    by
        Who does it. Your name on this machine, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    found, clean = asyncio.run(_erase([contact, *others], yes, who(by)))
    done = {"erased": yes, "clean": clean, "contacts": plain(found)}
    if format == "json":
        print_json(done)
    else:
        print("\n".join(_line(one, yes) for one in found))
        if not yes:
            print("Nothing was erased. Do it with --yes; it cannot be taken back.")
    if not clean:
        note(
            "the database's file is busy or has no room, so traces may be left in it; give the command again."
        )
    return 0 if yes and clean else TOOL if yes else CHANGES


async def _erase(names: list[str], yes: bool, by: str) -> tuple[list[Erasure], bool]:
    async with database() as store:
        ids = [await find_contact(store, name) for name in names]
        if not yes:
            return [await look(store, id_) for id_ in ids], True
        found = [await erase(store, id_, by, now()) for id_ in ids]
        return found, await scrub(store)


def _line(one: Erasure, yes: bool) -> str:
    if one.erased_at is not None:
        return f"{one.contact} was erased before; nothing was done."
    runs = f"{count(one.runs, 'run')} {'leaves' if one.runs == 1 else 'leave'} the journey"
    goes = f"{count(one.events, 'event')} and all fields go"
    stays = f"that {count(one.sent, 'message')} went out stays on record"
    return f"{one.contact}{' is erased' if yes else ''}: {runs}, {goes}, {stays}."
