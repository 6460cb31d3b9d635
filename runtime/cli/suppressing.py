"""`nurture suppress` and `nurture lift`: what a salesperson decides about mail to one contact."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from dsl import civil
from runtime.cli.database import database, now, who
from runtime.cli.failures import Failure
from runtime.cli.output import Format, plain, print_json
from runtime.people import instant
from runtime.reporting.words import reason_of
from runtime.store import Store, StoreError, find_contact, load_published, overriding
from runtime.store.overriding import Decided
from runtime.suppression import BY_HAND, LET_THROUGH


def suppress(
    contact: str,
    *,
    until: str | None = None,
    reason: str = "",
    by: str | None = None,
    format: Format = "text",
) -> int:
    """Let no marketing reach one contact, in any journey, from the next decision on. Service mail goes.

    Parameters
    ----------
    contact
        The contact's id or email address.
    until
        Until when, such as 2026-12-31 (its beginning) or 2026-12-31T12:00. For ever unless given.
    reason
        Why, for those who look at the contact.
    by
        Who says so. Your name on this machine, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    name = who(by)

    async def decide(store: Store, id_: str, end: int | None) -> Decided:
        return await overriding.suppress(store, id_, name, now(), end, reason)

    done, end = _decided(contact, until, decide)
    said = (
        f"No marketing reaches {done.contact} from now on{_until(end)}. Lift it: nurture lift {done.contact}"
    )
    return _said(done, said, format)


def lift(
    contact: str,
    *,
    anyway: bool = False,
    end: bool = False,
    until: str | None = None,
    reason: str = "",
    by: str | None = None,
    format: Format = "text",
) -> int:
    """Take back what `nurture suppress` has set; or let one contact be mailed although rules forbid it.

    With --anyway marketing goes although a journey has suppressed the contact, or a policy skips it by its
    facts or lists. What it has said itself is never overridden (unsubscribed, complained, no consent), nor
    are bounces, limits, quiet hours, and holds after events.

    Parameters
    ----------
    contact
        The contact's id or email address.
    anyway
        Let it through.
    end
        Let it through no more.
    until
        With --anyway: until when. For ever unless given.
    reason
        With --anyway: why, for those who look at the contact.
    by
        Who says so. Your name on this machine, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    if anyway and end:
        raise Failure("Say one of --anyway and --end.")
    if not anyway and (until is not None or reason):
        raise Failure("--until and --reason go with --anyway.")
    name = who(by)

    async def decide(store: Store, id_: str, limit: int | None) -> Decided:
        if anyway:
            return await overriding.let_through(store, id_, name, now(), limit, reason)
        return await overriding.lift(store, id_, name, now(), LET_THROUGH if end else BY_HAND)

    done, limit = _decided(contact, until, decide)
    if anyway:
        said = (
            f"{done.contact} is let through what journeys and policies by facts forbid{_until(limit)}. "
            f"End it: nurture lift {done.contact} --end"
        )
    elif not done.changed:
        what = "let through" if end else "suppressed"
        said = f"{done.contact} was not {what} by hand; nothing was done."
    else:
        said = f"{done.contact} is {'let through no more' if end else 'no longer suppressed by hand'}."
    return _said(done, said, format)


def _decided(
    contact: str, until: str | None, decide: Callable[[Store, str, int | None], Awaitable[Decided]]
) -> tuple[Decided, int | None]:
    async def done() -> tuple[Decided, int | None]:
        async with database() as store:
            end = None if until is None else await moment_of(store, until, "--until")
            return await decide(store, await find_contact(store, contact), end), end

    return asyncio.run(done())


async def moment_of(store: Store, text: str, option: str) -> int:
    """Read a moment; one without an offset is by the clock of the workspace."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return instant(text, option)  # which says what is wrong
    try:
        zone = civil.zone(None, (await load_published(store)).definitions.time_zone)
    except StoreError:
        zone = civil.zone(None, "UTC")
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def _until(end: int | None) -> str:
    return "" if end is None else f", until {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC"


def _said(done: Decided, sentence: str, format: Format) -> int:
    if format == "json":
        print_json(plain(done))
        return 0
    print(sentence)
    if done.remains and done.remains != "suppressed by hand":
        print(f"No marketing reaches it nevertheless: {reason_of(done.remains)}.")
    return 0
