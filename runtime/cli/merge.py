"""`nurture merge`: two contacts that are one person become one."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now, who
from runtime.cli.output import Format, plain, print_json
from runtime.reporting.words import count
from runtime.store import find_contact
from runtime.store.merging import Merge
from runtime.store.merging import merge as merge_contacts


def merge(from_: str, into: str, *, by: str | None = None, format: Format = "text") -> int:
    """Let two contacts be one. It cannot be taken back.

    Of two runs of one journey and key the older one goes on. Consent is what both have given, all that
    suppresses either suppresses the one, limits count what both were sent, and the score is that of all
    events together. What comes for the first later goes to the second.

    Parameters
    ----------
    from_
        The contact that goes, by its id or email address.
    into
        The contact that stays.
    by
        Who does it. Your name on this machine, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    done = asyncio.run(_merge(from_, into, who(by)))
    if format == "json":
        print_json(plain(done))
    else:
        print(_said(done))
    return 0


async def _merge(from_: str, into: str, by: str) -> Merge:
    async with database() as store:
        stays = await find_contact(store, into)
        goes = await find_contact(store, from_)
        # By an id that it had before, a contact that was merged is the one that stays already.
        named = from_ if goes == stays else goes
        return await merge_contacts(store, named, stays, by, now())


def _said(done: Merge) -> str:
    if not done.changed:
        return f"{done.from_} was merged into {done.into} before; nothing was done."
    said = f"{done.from_} is {done.into} from now on, with {count(done.runs, 'run')} that it had"
    if done.ended:
        leaves = "leaves, for an older one goes on" if len(done.ended) == 1 else "leave, for older ones go on"
        said += f"; {count(len(done.ended), 'run')} {leaves}: {', '.join(done.ended)}"
    return f"{said}."
