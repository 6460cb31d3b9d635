"""`nurture doubts`: what may or may not have arrived, and what a person knows of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from cyclopts import App

from runtime.cli.database import database, now, who
from runtime.cli.failures import Failure
from runtime.cli.output import Format, plain, print_json
from runtime.store import Doubt, Store, doubts, find_contact, settle_doubt

app = App(
    name="doubts",
    help="List effects of which nobody knows whether they arrived, or settle one.",
    help_format="plaintext",
)


@app.default
def list_(*, contact: str | None = None, format: Format = "text") -> int:
    """List every effect in doubt: its worker died, or the connection, before the provider's answer.

    None of them is repeated. Look for the Message-ID at the provider, and settle it.

    Parameters
    ----------
    contact
        Only those of one contact, by its id or email address.
    format
        What to print: text for people, JSON for programs.
    """
    found = asyncio.run(_find(contact))
    if format == "json":
        print_json([{"key": doubt.key, **plain(doubt)} for doubt in found])
        return 0
    for doubt in found:
        print("\n".join(_lines(doubt)) + "\n")
    if found:
        print("Settle one: nurture doubts settle KEY --sent, or --not-sent, or --not-sent --send-again.")
    else:
        print("Nothing is in doubt.")
    return 0


@app.command
def settle(
    key: str,
    *,
    sent: bool = False,
    not_sent: bool = False,
    send_again: bool = False,
    by: str | None = None,
    format: Format = "text",
) -> int:
    """Write down whether an effect in doubt arrived, with who says so and when.

    Parameters
    ----------
    key
        The key that `nurture doubts` shows, or its beginning.
    sent
        It arrived.
    not_sent
        It did not. It counts as failed, and is not sent again unless that is asked for.
    send_again
        With --not-sent: send it again, if consent, suppression, conditions and hours still let it.
    by
        Who says so. Your name on this machine, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    if sent == not_sent:
        raise Failure("Say whether it arrived: --sent, or --not-sent.")
    if send_again and sent:
        raise Failure("What has arrived is not sent again. Leave --send-again out, or say --not-sent.")
    name = who(by)
    doubt = asyncio.run(_settle(key, sent, send_again, name))
    if format == "json":
        answer = {"answer": "sent" if sent else "not sent", "again": send_again, "by": name}
        print_json({"key": doubt.key, **plain(doubt), **answer})
        return 0
    what = "it arrived" if sent else "it did not arrive"
    then = ". A worker sends it again as soon as everything lets it" if send_again else ""
    print(f"{doubt.key}, {_what(doubt)} to {doubt.contact}: {what}, says {name}{then}.")
    return 0


async def _find(contact: str | None) -> list[Doubt]:
    async with database() as store:
        return await doubts(store, None if contact is None else await find_contact(store, contact))


async def _settle(key: str, sent: bool, again: bool, by: str) -> Doubt:
    async with database() as store:
        return await _settled(store, key, sent, again, by)


async def _settled(store: Store, key: str, sent: bool, again: bool, by: str) -> Doubt:
    return await settle_doubt(store, key, sent=sent, again=again, by=by, at=now())


def _lines(doubt: Doubt) -> list[str]:
    journey = f" in “{doubt.journey}”" if doubt.journey else ""
    lines = [f"{doubt.key}  {_what(doubt)} to {doubt.contact}{journey}"]
    rows = {
        "when": _moment(doubt.offered_at or doubt.settled_at),
        "run": f"{doubt.run}, {doubt.step}",
        "Message-ID": doubt.message_id or "",
        "provider": doubt.detail or "said nothing",
    }
    return lines + [f"  {name:<11} {said}" for name, said in rows.items() if said]


def _what(doubt: Doubt) -> str:
    kinds = {"send": "email", "notify": "note to", "message": "message"}
    return f"{kinds.get(doubt.kind, doubt.kind)} “{doubt.name}”"


def _moment(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
