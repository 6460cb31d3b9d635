"""`nurture purge`: remove rows that no decision can need any more."""

from __future__ import annotations

import asyncio

from runtime.cli.database import database, now
from runtime.cli.failures import Failure
from runtime.cli.output import Format, plain, print_json
from runtime.store.purging import Purged
from runtime.store.purging import purge as remove

_DAY = 86_400


def purge(*, older_than: str, dry_run: bool = False, format: Format = "text") -> int:
    """Remove words that Temporal has, and what runs that have ended were told and did.

    Runs, events, points, consents and what was sent stay: decisions after it are those without it. Figures
    and stories no longer tell the steps of the runs concerned.

    Parameters
    ----------
    older_than
        How long ago it must have been settled, such as "90 days"; at least 7.
    dry_run
        Say how much it would be, and remove nothing.
    format
        What to print: text for people, JSON for programs.
    """
    older = _days(older_than) * _DAY

    async def work() -> Purged:
        async with database() as store:
            return await remove(store, now(), older, dry_run=dry_run)

    found = asyncio.run(work())
    if format == "json":
        print_json({"dry_run": dry_run, **plain(found)})
        return 0
    print("Would be removed:" if dry_run else "Removed:")
    print(f"  {found.words:,} words that Temporal has")
    print(f"  {found.inbox:,} rows of what runs were told, {found.journal:,} of what they did")
    print(f"  {found.refusals:,} triggers that started nothing")
    return 0


def _days(text: str) -> int:
    number, _, unit = text.strip().partition(" ")
    if not number.isdecimal() or unit not in ("", "day", "days"):
        raise Failure(f'Say how old in days, such as --older-than "90 days", not {text!r}.')
    return int(number)
