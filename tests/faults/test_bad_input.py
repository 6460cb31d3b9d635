"""Bad input at run time: whatever a contact's record holds, the run goes on, and its story tells what failed.

Damage is written past the import, into the database: an edited schema or another system's hand does that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from temporalio.testing import WorkflowEnvironment

import dsl
from dsl import Compiled
from runtime.cli.app import run
from runtime.embedded import server_path
from runtime.hosting import Connections, build_host
from runtime.people import Contact
from runtime.relay import Relay
from runtime.sink import MailSink
from runtime.store import (
    Store,
    enter_journey,
    import_contacts,
    list_runs,
    publish,
    schema,
)
from runtime.worker import working
from tests.faults.stage import until

_SETTINGS = """
[workspace]
name = "Odd"
time_zone = "Europe/Berlin"
[email]
from = "Odd <hello@sender.example.com>"
postal_address = "1 Test Street"
"""

_DEFINITIONS = """
fields of contact
  field employees is number
  field renewal is date
  field amount is number

forms "Whitepaper"
tags "large", "soon", "not sent"
"""

_JOURNEY = """
journey "Odd"
  start when contact submits form "Whitepaper"
  runs once for each contact

  if contact.employees is more than 100
    add tag "large"
  if contact.renewal is in the next 30 days
    add tag "soon"
  send email "First"
  if contact has not been sent email "First"
    add tag "not sent"
  wait until 3 days before contact.renewal 10:00
  send email "Last"
"""

_FIRST = """---
name: First
class: marketing
subject: 'Hello {{ contact.first_name | default: "you" }}'
---
Twice is {{ contact.amount | times: 2 }}.
"""
_LAST = "---\nname: Last\nclass: marketing\nsubject: Last\n---\nBye.\n"

_INJECTED = "Ana\r\nBcc: eve@evil.example\r\n\r\n<b>Body</b>"


@dataclass(frozen=True, slots=True)
class Odd:
    """A contact with something wrong.

    `first`, `last`: how the emails come out, with the reason. `told`: what `nurture show` says of it.
    """

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    zone: str | None = None
    first: tuple[str, str] = ("sent", "")
    last: tuple[str, str] = ("sent", "")
    tags: tuple[str, ...] = ()
    told: str = ""


CONTACTS = [
    Odd("fine", {"employees": 500}, tags=("large",)),
    Odd(
        "text-for-a-number",
        {"employees": "many"},
        told="The field employees holds “many”, which is no number:",
    ),
    Odd(
        "list-for-a-number",
        {"employees": [500, None]},
        told="The field employees holds “[500, None]”, which is no number:",
    ),
    Odd(
        "text-for-a-date",
        {"renewal": "soon"},
        told="The field renewal holds “soon”, which is no date:",
    ),
    Odd(
        "number-for-a-date",
        {"renewal": 10**17},
        told="The field renewal holds “100000000000000000”, which is no date:",
    ),
    Odd(
        "list-for-a-date",
        {"renewal": ["2026-01-01"]},
        told="The field renewal holds “['2026-01-01']”, which is no date:",
    ),
    Odd(
        "no-such-zone",
        zone="Mars/Olympus",
        told="! “Mars/Olympus” is not a time zone, so Europe/Berlin counts.",
    ),
    Odd("zone-that-is-a-path", zone="../../etc/passwd", told="! “../../etc/passwd” is not a time zone"),
    Odd("formula-for-a-name", {"first_name": '=HYPERLINK("http://evil.example")'}),
    Odd("header-in-a-name", {"first_name": _INJECTED, "last_name": "\x1b[2J"}),
    Odd("number-for-a-name", {"first_name": 7, "last_name": {"x": 1}}),
    Odd(
        "object-for-an-amount",
        {"amount": {"a": [1]}},
        first=("failed", "template: template error"),
        tags=("not sent",),
        told="× Could not send “First”: template: template error",
    ),
    Odd(
        "nothing-for-an-amount",
        {"amount": None},
        first=("failed", "template: empty field"),
        tags=("not sent",),
        told="contact.amount, which is empty for this contact. Give it a default",
    ),
    Odd(
        "header-in-an-address",
        {"email": "ana@people.example.com\r\nRCPT TO:<eve@evil.example>"},
        first=("failed", "invalid address"),
        last=("failed", "invalid address"),
        tags=("not sent",),
        told="The contact's email address is not one; correct it and enter again.",
    ),
    Odd(
        "number-for-an-address",
        {"email": 5},
        first=("failed", "invalid address"),
        last=("failed", "invalid address"),
        tags=("not sent",),
        told="× Could not send “Last”: invalid address",
    ),
]


def compiled() -> Compiled:
    found = dsl.compile_workspace(
        {
            "nurture.toml": _SETTINGS.encode(),
            "definitions.journey": _DEFINITIONS.encode(),
            "odd.journey": _JOURNEY.encode(),
            "emails/first.md": _FIRST.encode(),
            "emails/last.md": _LAST.encode(),
        }
    )
    assert found.ok, "\n".join(d.message for d in found.diagnostics)
    return found


@asynccontextmanager
async def worker(store: Store, folder: Path, workspace: Compiled) -> AsyncIterator[MailSink]:
    """A real worker on a real server, and the mail server that it sends to."""
    async with AsyncExitStack() as stack:
        path = server_path("temporal")
        env = await stack.enter_async_context(
            await WorkflowEnvironment.start_local(dev_server_existing_path=path)
        )
        http = await stack.enter_async_context(httpx2.AsyncClient())
        sink = await stack.enter_async_context(MailSink(folder / "mail"))
        relay = Relay(store, env.client, lambda: int(time.time()))
        connections = Connections(sink.url, b"a secret of the tests", {}.get)
        host = build_host(workspace, store, http, connections, relay.nudge)
        await stack.enter_async_context(working(env.client, host, relay))
        yield sink


async def bring(store: Store, contacts: list[Odd], workspace: Compiled) -> None:
    """Import everybody as they should be, and damage them afterwards."""
    people = [
        Contact(one.id, {"email": f"{one.id}@people.example.com"}, None, None, 0, frozenset({"Marketing"}))
        for one in contacts
    ]
    now, table = int(time.time()), schema.contacts
    await publish(store, workspace.definitions, workspace.plans.values(), now)
    await import_contacts(store, people, workspace.definitions, now)
    async with store.writing() as connection:
        for one in contacts:
            found = await connection.scalar(select(table.c.fields).where(table.c.id == one.id))
            fields = {**dict(found or {}), "first_name": "Ana", "amount": 3, **one.fields}
            changed = {"fields": fields, "time_zone": one.zone}
            await connection.execute(update(table).where(table.c.id == one.id).values(changed))
    for one in contacts:
        await enter_journey(store, "Odd", one.id, now)


async def test_one_contacts_bad_data_stops_nobody_and_is_told(
    store: Store,
    tmp_path: Path,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    subtests: pytest.Subtests,
) -> None:
    workspace = compiled()
    await bring(store, CONTACTS, workspace)
    async with worker(store, tmp_path, workspace) as sink:

        async def all_ended() -> bool:
            return all(run.status == "ended" for run in await list_runs(store))

        await until("all runs have ended", all_ended)
    monkeypatch.setenv("NURTURE_DATABASE_URL", url)
    ledger, tags = schema.ledger, schema.tags
    for one in CONTACTS:
        with subtests.test(one.id):
            async with store.reading() as connection:
                rows = (await connection.execute(select(ledger).where(ledger.c.contact_id == one.id))).all()
                kept = (await connection.scalars(select(tags.c.tag).where(tags.c.contact_id == one.id))).all()
            outcomes = {row.name: (row.outcome, row.reason) for row in rows}
            shown = await asyncio.to_thread(run, ["show", one.id, "--full"])
            text = capsys.readouterr().out
            assert outcomes == {"First": one.first, "Last": one.last}
            assert sorted(kept) == sorted(one.tags)
            assert shown == 0
            assert one.told in " ".join(text.split())
            assert "\x1b" not in text
            assert "\nBcc" not in text
    for mail in sink.received:
        message = message_from_bytes(mail.content, policy=policy.default)
        assert message["Bcc"] is None
        (to,) = message["To"].addresses
        assert to.addr_spec == mail.recipient
    assert not any("evil" in recipient for recipient in sink.by_recipient)
