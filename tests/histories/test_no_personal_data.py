"""Histories hold no personal data: every event of every history is searched for everything about everyone.

Among the runs are a recipient whom the server refuses by quoting the address, an outage, a CRM that fails
and refuses, a template that fails for want of a field, a handoff, and an entry key that is personal.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google.protobuf.json_format import MessageToDict
from temporalio.testing import WorkflowEnvironment

import dsl
from runtime.people import Account, Contact, RecordedEvent
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import (
    import_accounts,
    import_contacts,
    list_handoffs,
    list_runs,
    open_store,
    publish,
    trace,
)
from tests.equality.case import Case, Step
from tests.equality.drivers import Stage
from tests.histories.whitepaper import DAY, MONDAY

JOURNEY = """
journey "Private"
  start when contact does "Badge Scanned"
  runs once for each trigger.badge
  stop when contact does "Left Town"

  whenever contact visits page "/pricing"
    notify team "SDR" "On the pricing page"
  send email "Plain"
  sync to "CRM"
  send email "Personal"
  if contact.industry is "Secret Sector"
    add 40 to score
  wait 1 day
  send email "Plain"
  if score is at least "MQL"
    hand off to "SDR"
  wait 3 days
"""

DEFINITIONS = """
fields of contact
  field industry is text
  field nickname is text
  field title is text
fields of account
  field name is text
  field owner is text
event "Badge Scanned"
  field badge is text, key
event "Left Town"
scoring "Lead score"
  threshold "MQL" at 30
handoff "SDR"
  assign to account.owner, otherwise round robin
  notify team "SDR"
  respond within 24 hours
  escalate to team "Sales managers" when overdue
"""

SETTINGS = """
[workspace]
name = "Private"
time_zone = "Europe/Berlin"
[email]
from = "Sender <hello@sender.example.com>"
postal_address = "1 Test Street"
[teams."SDR"]
emails = ["sdr@sender.example.com"]
members = ["rep.zwetschge@sender.example.com"]
[teams."Sales managers"]
emails = ["managers@sender.example.com"]
[sync."CRM"]
url = "${CRM}"
"""

PEOPLE = {
    "c1": ("Quetzalcoatl", "Featherstonehaugh", "Secret Sector", "Quetzi"),
    "c2": ("Wilhelmina", "Ouagadougou", "Secret Sector", ""),  # no nickname: the template fails
    "c3": ("Bartholomew", "Zugzwang", "Hidden Industry", "Barty"),  # the server refuses the address
}
ACCOUNT = {"name": "Xylophone Holdings", "owner": "owner.kierkegaard@sender.example.com"}
BADGES = {"c1": "badge-of-quetzal-771", "c2": "badge-of-wilma-772", "c3": "badge-of-bart-773"}


def contacts() -> list[Contact]:
    return [
        Contact(
            id=id_,
            fields={
                "email": f"{first}.{last}@people.example.com".lower(),
                "first_name": first,
                "last_name": last,
                "industry": industry,
                "nickname": nick,
                "title": f"Head of {last} Affairs",
            },
            account_id="a1",
            time_zone="Pacific/Chatham",
            known_since=0,
            consents=frozenset({"Marketing"}),
        )
        for id_, (first, last, industry, nick) in PEOPLE.items()
    ]


def secrets() -> list[str]:
    """Everything about everyone that is not an id."""
    found = {value for c in contacts() for value in c.fields.values() if value}
    found |= set(ACCOUNT.values()) | set(BADGES.values()) | {"rep.zwetschge", "secret referrer", "Chatham"}
    return sorted(found)


def case() -> Case:
    files = {
        "nurture.toml": SETTINGS.encode(),
        "definitions.journey": DEFINITIONS.encode(),
        "private.journey": JOURNEY.encode(),
        "emails/plain.md": b"---\nname: Plain\nclass: marketing\nsubject: Plain\n---\nHello.\n",
        "emails/personal.md": b"---\nname: Personal\nclass: marketing\nsubject: For {{ contact.nickname }}\n"
        b"---\nHello {{ contact.nickname }}, {{ contact.last_name }} of {{ account.name }}.\n",
    }
    compiled = dsl.compile_workspace(files)
    assert compiled.ok, "\n".join(f"{d.code} {d.message}" for d in compiled.diagnostics)
    events = [
        RecordedEvent(f"e{n}", "Badge Scanned", MONDAY + n, id_, None, {"badge": BADGES[id_]})
        for n, id_ in enumerate(PEOPLE)
    ]
    events += [
        RecordedEvent(
            "v1", "Page Viewed", MONDAY + 7200, "c1", None, {"page": "/pricing", "from": "secret referrer"}
        ),
        RecordedEvent("v2", "Left Town", MONDAY + 2 * DAY + 60, "c2", None, {}),
    ]
    return Case(
        name="private",
        compiled=compiled,
        contacts=tuple(contacts()),
        steps=tuple(Step(e.at, "event", e) for e in events),
        outages=((MONDAY + DAY - 3600, MONDAY + DAY + 7200),),
        refused={"c3": "smtp 550"},
        start=MONDAY,
        until=MONDAY + 6 * DAY,
        limit=0,
        expect=(),
    )


@dataclass(slots=True)
class _Watched(Stage):
    """Also keeps what handoffs and queries say."""

    answers: list[Any] = field(default_factory=list)

    async def collect(self, env: WorkflowEnvironment) -> None:
        await Stage.collect(self, env)
        for run in await list_runs(self.store):
            self.answers.append(await env.client.get_workflow_handle(run.id).query("position"))
        for handoff in await list_handoffs(self.store):
            id_ = f"handoff/{handoff.id}"
            self.histories[id_] = await env.client.get_workflow_handle(id_).fetch_history()


async def _play(folder: Path) -> tuple[_Watched, dict[str, list[str]]]:
    this = case()
    store = await open_store(f"sqlite+aiosqlite:///{folder / 'private.db'}?synchronous=normal")
    try:
        await import_accounts(store, [Account("a1", ACCOUNT)], this.compiled.definitions, 0)
        await import_contacts(store, this.contacts, this.compiled.definitions, 0)
        await publish(store, this.compiled.definitions, this.compiled.plans.values(), 0)
        async with MailSink(folder / "mail") as sink, httpx2.AsyncClient(timeout=5) as client:
            with Sites() as sites:
                refused = next(c.fields["email"] for c in this.contacts if c.id == "c3")
                sink.refuse(refused)
                sites.answer(sites.crm_url, 500, text="cannot store Featherstonehaugh", times=2)
                sites.answer(sites.crm_url, 400, text="bad contact Zugzwang", times=1)
                stage = _Watched(this, store, sink, sites, client)
                await stage.play()
        rows = {
            run.id: [f"{r.kind} {r.reason}" for r in await trace(store, run.id)]
            for run in await list_runs(store)
        }
        return stage, rows
    finally:
        await store.close()


async def test_no_history_query_or_log_holds_anything_about_anyone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        stage, rows = await _play(tmp_path)
    _shows_what_it_is_there_for(stage, [row for found in rows.values() for row in found])
    histories = {id_: list(_texts(history)) for id_, history in stage.histories.items()}
    assert len(histories) == 5  # three runs and two handoffs
    spoken = [json.dumps(stage.answers), json.dumps(stage.timelines)]
    spoken += [record.getMessage() for record in caplog.records if not record.name.startswith(_LIBRARIES)]
    for secret in secrets():
        for id_, texts in histories.items():
            assert not _found(secret, texts), f"the history of {id_} holds {secret!r}"
        assert not _found(secret, spoken), f"a query or a log holds {secret!r}"


async def test_the_search_finds_what_is_planted() -> None:
    payload = base64.b64encode(b'{"to": "Quetzalcoatl"}').decode()
    planted = {"events": [{"attributes": {"input": {"payloads": [{"data": payload}]}}}]}
    assert _found("quetzalcoatl", list(_strings(planted)))


# Drivers of the database and of mail log what they are given; a worker does not turn that on.
_LIBRARIES = ("aiosqlite", "sqlalchemy", "mail.log", "asyncio", "httpx2", "httpcore2", "markdown_it")


def _shows_what_it_is_there_for(stage: _Watched, rows: list[str]) -> None:
    kinds = "\n".join(rows)
    assert "failed smtp 550" in kinds
    assert "failed template: empty field" in kinds
    assert "failed http 400" in kinds
    assert "held http 500" in kinds
    assert "held provider unreachable" in kinds
    assert "handed off SDR" in kinds
    assert "exit" in kinds
    assert len(stage.sink.received) > 3


def _texts(history: Any) -> Iterator[str]:
    for event in history.events:
        yield from _strings(MessageToDict(event))


def _strings(value: Any) -> Iterator[str]:
    """Yield every string of a message, and what it says if it is base64."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, str):
        yield value
        try:
            yield base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except ValueError:
            return


def _found(secret: str, texts: list[str]) -> bool:
    return any(secret.casefold() in text.casefold() for text in texts)
