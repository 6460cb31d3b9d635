"""A worker sends what is in force in the database, whatever lies in its folder."""

from __future__ import annotations

import httpx2
import pytest
from sqlalchemy import text

import dsl
from activities.host import Host
from activities.sending import send_email
from activities.smtp import Patience
from dsl import Compiled
from runtime.hosting import Connections, build_host
from runtime.sink import MailSink
from runtime.store import Claim, Store, enter_journey, import_contacts, publish, take_turn
from runtime.store.deploying import before, deploy, deployed, rollback
from runtime.store.publishing import Contents
from runtime.writes import RunEntered

NOW = 1_772_442_000
SETTINGS = """
[workspace]
name = "Test"
time_zone = "Europe/Berlin"
[email]
from = "{0} <hello@sender.example.com>"
postal_address = "1 {0} Street"
"""
JOURNEY = """
forms "Whitepaper"

journey "Test"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "Hello"
"""
EMAIL = """---
name: Hello
class: marketing
subject: {0} subject
---
{0} body for {{{{ contact.first_name }}}}.
"""
VERSION = EMAIL.replace("class: marketing", "class: marketing\nversion: Fintech")


def workspace(word: str, *, versions: bool = False) -> Compiled:
    files = {"emails/hello.md": EMAIL.format(word)}
    journey = JOURNEY
    if versions:
        files["emails/fintech.md"] = VERSION.format("Fintech")
        journey = JOURNEY.replace('send email "Hello"', 'send email "Hello", version by contact.industry')
        journey = 'fields of contact\n  field industry is choice of ("Software", "Fintech")\n' + journey
    files |= {"nurture.toml": SETTINGS.format(word), "test.journey": journey}
    compiled = dsl.compile_workspace({path: content.encode() for path, content in files.items()})
    assert compiled.ok, compiled.diagnostics
    return compiled


def contents(compiled: Compiled) -> Contents:
    return Contents.of(compiled.definitions, compiled.plans.values(), compiled.texts())


@pytest.fixture
def host(store: Store, client: httpx2.AsyncClient, sink: MailSink) -> Host:
    """A worker that was started with a workspace that nobody has deployed."""

    async def nobody() -> None:
        return

    connections = Connections(sink.url, b"secret", lambda text: text, patience=Patience(pauses=()))
    return build_host(workspace("Folder"), store, client, connections, nobody)


class People:
    """Contacts who enter one after the other; each is sent what is in force then."""

    def __init__(self, store: Store, host: Host, sink: MailSink) -> None:
        self.store, self.host, self.sink, self.number = store, host, sink, 0

    async def enter(self, **fields: str) -> Claim:
        self.number += 1
        name = f"c{self.number}"
        person = {"id": name, "email": "a@example.com", "first_name": name, "consents": "Marketing", **fields}
        definitions = (await deployed(self.store)).contents.definitions
        await import_contacts(self.store, [person], definitions, NOW)
        entered = await enter_journey(self.store, "Test", name, NOW)
        assert isinstance(entered, RunEntered)
        claim = await take_turn(self.store, entered.id, 0, NOW, frozenset({"send"}))
        assert isinstance(claim, Claim)
        return claim

    async def mailed(self, **fields: str) -> str:
        """Return the mail that the next contact gets, as it went over the wire."""
        outcome = await send_email(self.host, await self.enter(**fields), NOW)
        assert outcome.kind == "sent", outcome
        return self.sink.received[-1].content.decode()


@pytest.fixture
def people(store: Store, host: Host, sink: MailSink) -> People:
    return People(store, host, sink)


async def test_a_deploy_brings_texts_and_letterhead_out_and_a_rollback_takes_them_back(
    store: Store, people: People
) -> None:
    for word in ("First", "Second"):
        await deploy(store, contents(workspace(word)), await deployed(store), NOW)
        mail = await people.mailed()
        assert f"Subject: {word} subject" in mail
        assert f"{word} body for c{people.number}." in mail
        assert f"From: {word} <hello@sender.example.com>" in mail
        assert f"1 {word} Street" in mail
        assert "Folder" not in mail
    await rollback(store, await before(store), await deployed(store), NOW)
    assert "Subject: First subject" in await people.mailed()
    store.sets.clear()
    store.emails.clear()  # as a worker that starts now
    assert "First body" in await people.mailed()


async def test_who_entered_before_a_deploy_gets_the_text_in_force_as_it_is_sent(
    store: Store, people: People
) -> None:
    await deploy(store, contents(workspace("First")), await deployed(store), NOW)
    name = "early"
    person = {"id": name, "email": "a@example.com", "first_name": name, "consents": "Marketing"}
    await import_contacts(store, [person], contents(workspace("First")).definitions, NOW)
    entered = await enter_journey(store, "Test", "early", NOW)
    assert isinstance(entered, RunEntered)
    await deploy(store, contents(workspace("Second")), await deployed(store), NOW)
    claim = await take_turn(store, entered.id, 0, NOW, frozenset({"send"}))
    assert isinstance(claim, Claim)
    await send_email(people.host, claim, NOW)
    assert "Second body for early." in people.sink.received[-1].content.decode()


async def test_versions_by_a_field_are_deployed_too(store: Store, people: People) -> None:
    await deploy(store, contents(workspace("First", versions=True)), await deployed(store), NOW)
    store.sets.clear()
    store.emails.clear()
    assert "Fintech body" in await people.mailed(industry="Fintech")
    assert "First body" in await people.mailed(industry="Software")


async def test_what_was_published_without_texts_is_sent_with_those_of_the_worker(
    store: Store, people: People
) -> None:
    compiled = workspace("Old")
    await publish(store, compiled.definitions, compiled.plans.values(), NOW)
    assert "Folder body" in await people.mailed()


async def test_an_email_that_is_not_deployed_any_more_or_damaged_is_held(
    store: Store, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    first = contents(workspace("First"))
    await deploy(store, first, await deployed(store), NOW)
    claim = await people.enter()
    async with store.writing() as connection:
        await connection.execute(text("UPDATE email_texts SET email = '{}'"))
    store.sets.clear()
    store.emails.clear()
    broken = await people.enter()
    outcome = await send_email(people.host, broken, NOW)
    assert (outcome.kind, outcome.reason) == ("retry", "email missing")
    assert "is damaged or missing in the database" in caplog.text
    assert (await send_email(people.host, claim, NOW)).kind == "sent"  # the set of its claim is at hand
    await deploy(store, first, await deployed(store), NOW)
    assert "First body" in await people.mailed()


async def test_equal_texts_are_kept_once(store: Store) -> None:
    for word in ("First", "Second", "First"):
        await deploy(store, contents(workspace(word)), await deployed(store), NOW)
    async with store.reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM email_texts")) == 2
        assert await connection.scalar(text("SELECT count(*) FROM published")) == 3
