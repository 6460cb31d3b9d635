"""Semantics row 38: an erased contact leaves every table, nothing is sent any more, and it stays away."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dsl.plan import AddTag, SendEmail
from runtime.machine import Done
from runtime.store import (
    Claim,
    ErasedError,
    StaleAttempt,
    Store,
    StoreError,
    Taken,
    enter_journey,
    find_contact,
    get_run,
    import_contacts,
    list_handoffs,
    list_runs,
    offer,
    open_store,
    record_event,
    schema,
    settle_turn,
    take_turn,
    trace,
)
from runtime.store.arrivals import import_events
from runtime.store.doubtful import settle_doubt
from runtime.store.erasing import erase, look, scrub
from runtime.store.importing import import_page
from runtime.store.switches import Scope, pause, resume, stop
from tests.histories import search
from tests.runtime.store.world import DAY, DEFINITIONS, HOUR, MONDAY, do, populate, quiet, whitepaper

SENDS = frozenset({"send"})
ALL = frozenset({"send", "notify"})
PERSON = {
    "id": "cnt_9",
    "account": "acc_1",
    "email": "Zoltan.Quixote@people-xyzzy.example.com",
    "first_name": "Zoltanímir",
    "last_name": "Kereszturyfy",
    "nickname": "Zolipolipoli",
    "time_zone": "Asia/Kathmandu",
    "employees": "739122",
    "consents": "Marketing",
    "tags": "a",
    "stage": "Known",
}
VALUES = {
    "zoltan.quixote",
    "people-xyzzy",
    "Zoltanímir",
    "Kereszturyfy",
    "Zolipolipoli",
    "Asia/Kathmandu",
    "739122",
    "grandmother Eusebia",
    "550 quoted mailbox",
    "too posh for us",
}


@pytest.fixture
async def store(url: str) -> Any:
    store = await open_store(url, b"the key of the workspace")
    yield store
    await store.close()


async def rows(store: Store) -> dict[str, list[str]]:
    """Return every row of every table, as text."""
    found = {}
    async with store.reading() as connection:
        for table in schema.metadata.sorted_tables:
            found[table.name] = [repr(tuple(row)) for row in await connection.execute(select(table))]
    return found


def in_file(url: str) -> list[str]:
    """Return the bytes of the database's files; nothing where the database is a server."""
    if "sqlite" not in url:
        return []
    file = Path(url.removeprefix("sqlite:///").partition("?")[0])
    found = [one.read_bytes() for one in file.parent.glob(f"{file.name}*")]
    assert found
    return [text for data in found for text in (data.decode("utf-8", "replace"), data.decode("latin-1"))]


async def lived(store: Store) -> str:
    """Let a person leave traces wherever there is room for one."""
    await populate(store, whitepaper(), quiet())
    await import_contacts(store, [PERSON], DEFINITIONS, MONDAY)
    said = {"form": "Whitepaper", "question": "May I bring my grandmother Eusebia?"}
    recorded = await record_event(
        store, message_id="m1", name="Form Submitted", at=MONDAY, contact="cnt_9", properties=said
    )
    (run,) = recorded.entered
    claim = await take_turn(store, run, 0, MONDAY, ALL)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY, "<1@x>")
    await settle_turn(store, claim, Done("sent"), MONDAY, "250 quoted mailbox zoltan.quixote@people-xyzzy")
    clicked = {"email": "Delivery", "agent": "Zolipolipoli"}
    await record_event(
        store, message_id="m2", name="Email Clicked", at=MONDAY + 60, contact="cnt_9", properties=clicked
    )
    claim = await take_turn(store, run, 1, MONDAY + 60, ALL)
    assert isinstance(claim, Claim)
    await settle_turn(
        store, claim, Done("failed", "smtp 550"), MONDAY + 60, "550 quoted mailbox Kereszturyfy"
    )
    async with store.writing() as connection:
        handoffs, values = schema.handoffs, {"rejected_as": "too posh for us", "owner": "zoltan.quixote"}
        await connection.execute(handoffs.update().values(values))
    await enter_journey(store, "Newsletter", "cnt_9", MONDAY + 70)
    await pause(store, Scope("contact", "cnt_9"), "ana", MONDAY + 80)
    return run


async def test_no_value_of_the_person_is_left_in_any_table_or_file(store: Store, url: str) -> None:
    await lived(store)
    before = [text for texts in (await rows(store)).values() for text in texts]
    assert search.found(VALUES, before) == VALUES
    if in_file(url):
        assert search.found(VALUES, in_file(url)) >= {"Kereszturyfy", "people-xyzzy"}
    told = await look(store, "cnt_9")
    assert await erase(store, "cnt_9", "ana", MONDAY + HOUR) == told
    assert (told.runs, told.events, told.sent, told.erased_at) == (1, 2, 1, None)
    assert await scrub(store)
    after = await rows(store)
    assert {name for name, texts in after.items() if search.found(VALUES, texts)} == set()
    assert search.found(VALUES, in_file(url)) == set()
    # Of its events is left that there were two.
    events = schema.events
    async with store.reading() as connection:
        left = await connection.execute(select(events.c.contact_id, events.c.name, events.c.properties))
        assert left.all() == [(None, "", {})] * 2
    # Others are as they were, and what was sent is known.
    assert any("Ana@Example.com" in row for row in after["contacts"])
    assert any("'send:delivery'" in row and "'sent'" in row for row in after["ledger"])
    assert after["switches"] == []
    # Done again, it changes nothing.
    assert (await erase(store, "cnt_9", "bo", MONDAY + DAY)).erased_at == MONDAY + HOUR
    assert await rows(store) == after


async def test_its_runs_end_before_anything_else_is_looked_at(store: Store) -> None:
    await lived(store)
    run = "newsletter/cnt_9/-/1"
    await record_event(store, message_id="m3", name="Answered", at=MONDAY + 90, contact="cnt_9")
    await erase(store, "cnt_9", "ana", MONDAY + HOUR)
    await stop(store, Scope("contact", "cnt_9"), "ana", MONDAY + HOUR)  # it has been told already
    # A paused run ends too, and one that has not begun does not begin: it does not score, nor get a stage.
    assert isinstance(await take_turn(store, run, 0, MONDAY + DAY, ALL), Taken)
    assert [f"{row.kind} {row.reason}" for row in await trace(store, run)] == ["exit erased"]
    ended = await get_run(store, run)
    assert (ended.status, ended.end_kind, ended.end_reason) == ("ended", "exit", "erased")
    assert (await rows(store))["score_changes"] == []
    assert await enter_journey(store, "Newsletter", "cnt_9", MONDAY + DAY)  # refused, not raised
    assert len(await list_runs(store, contact="cnt_9", open_only=True)) == 0
    assert await resume(store, Scope("contact", "cnt_9"), "ana", MONDAY + DAY)


def mails(count: int = 2) -> Any:
    last = do("tag:x", AddTag(tag="x"), None)
    steps = [do(f"send:{n}", SendEmail(email=str(n)), n + 1) for n in range(count)]
    return quiet("Mails", steps=(*steps, last), instants=(), interests=())


async def test_what_is_claimed_is_fenced_and_what_is_offered_is_settled(store: Store) -> None:
    await populate(store, mails())
    await enter_journey(store, "Mails", "cnt_1", MONDAY)
    await enter_journey(store, "Mails", "cnt_2", MONDAY)
    first = await take_turn(store, "mails/cnt_1/-/1", 0, MONDAY, SENDS)
    second = await take_turn(store, "mails/cnt_2/-/1", 0, MONDAY, SENDS)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    await offer(store, first, MONDAY, "<1@x>")
    for contact in ("cnt_1", "cnt_2"):
        await erase(store, contact, "ana", MONDAY + 1)
    # Offered: it may have arrived, so its outcome is written down. What the provider quotes is not.
    done = await settle_turn(store, first, Done("sent"), MONDAY + 2, "250 <ana@example.com> queued")
    assert isinstance(done, Taken)
    # Claimed: nothing goes out any more.
    with pytest.raises(StaleAttempt):
        await offer(store, second, MONDAY + 2, "<2@x>")
    assert isinstance(await take_turn(store, "mails/cnt_2/-/1", 0, MONDAY + 3, SENDS), Taken)
    said = {}
    for run in ("mails/cnt_1/-/1", "mails/cnt_2/-/1"):
        said[run] = [f"{row.kind} {row.step} {row.reason}".strip() for row in await trace(store, run)]
    assert said["mails/cnt_1/-/1"] == ["entered", "sent send:0", "skipped send:1 left", "exit  erased"]
    assert said["mails/cnt_2/-/1"] == ["entered", "skipped send:0 left", "exit  erased"]
    async with store.reading() as connection:
        ledger = schema.ledger
        found = await connection.execute(
            select(ledger.c.contact_id, ledger.c.status, ledger.c.outcome, ledger.c.detail)
        )
        assert set(found.all()) == {
            ("cnt_1", "settled", "sent", None),
            ("cnt_1", "settled", "skipped", None),
            ("cnt_2", "settled", "skipped", None),
        }
    assert (await rows(store))["tags"] == []


async def test_what_was_in_doubt_is_not_sent_again(store: Store) -> None:
    await populate(store, mails(1))
    await enter_journey(store, "Mails", "cnt_1", MONDAY)
    claim = await take_turn(store, "mails/cnt_1/-/1", 0, MONDAY, SENDS)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY, "<1@x>")
    await take_turn(store, "mails/cnt_1/-/1", 0, MONDAY + 1, SENDS)
    await erase(store, "cnt_1", "ana", MONDAY + 2)
    with pytest.raises(StoreError):
        await settle_doubt(store, "mails/cnt_1/-/1", sent=False, again=True, by="ana", at=MONDAY + 3)


async def test_its_open_handoffs_are_closed_and_their_workflows_told(store: Store) -> None:
    await lived(store)
    await erase(store, "cnt_9", "ana", MONDAY + HOUR)
    (handoff,) = await list_handoffs(store)
    assert (handoff.status, handoff.owner, handoff.rejected_as) == ("erased", None, None)
    assert handoff.answer == "rejected"
    outbox = schema.outbox
    async with store.reading() as connection:
        kinds = list(await connection.scalars(select(outbox.c.kind).where(outbox.c.target == handoff.id)))
    assert kinds == ["handoff", "rejected"]


async def test_it_does_not_come_back_and_that_it_came_is_on_record(store: Store) -> None:
    await lived(store)
    await erase(store, "cnt_9", "ana", MONDAY + HOUR)
    at = MONDAY + DAY
    recorded = await record_event(store, message_id="m9", name="Form Submitted", at=at, contact="cnt_9")
    assert (recorded.status, recorded.entered) == ("refused", ())
    address = "ZOLTAN.quixote@people-xyzzy.example.com"
    with pytest.raises(ErasedError, match="The contact cnt_9 was erased") as raised:
        await find_contact(store, address)
    assert raised.value.contact == "cnt_9"
    people = [{"id": "cnt_9", "email": "x@example.com"}, {"id": "new", "email": address}, {"id": "fine"}]
    judged = await import_page(store, "contact", people, DEFINITIONS, at)
    assert [one.what for one in judged] == ["refused", "refused", "new"]
    for person in people[:2]:
        with pytest.raises(ErasedError):
            await import_contacts(store, [person], DEFINITIONS, at)
    event = {"event": "Form Submitted", "account": None, "occurred": at, "properties": {}, "machine": False}
    arrived = [{**event, "id": "a", "contact": "cnt_9"}, {**event, "id": "b", "contact": address}]
    found, _ = await import_events(store, arrived, DEFINITIONS, at)
    assert [one.what for one in found] == ["refused", "refused"]
    kept = await rows(store)
    away = schema.turned_away
    async with store.reading() as connection:
        noted = (await connection.execute(select(away.c.contact_id, away.c.what))).all()
    assert sorted(noted) == [*[("cnt_9", "event")] * 3, *[("cnt_9", "import")] * 2]
    assert search.found(VALUES, [text for texts in kept.values() for text in texts]) == set()


async def test_without_the_key_nobody_is_erased_and_nobody_comes_back(store: Store, url: str) -> None:
    await lived(store)
    other = await open_store(url)
    try:
        with pytest.raises(StoreError, match="NURTURE_SECRET is not set"):
            await erase(other, "cnt_9", "ana", MONDAY)
        await import_page(other, "contact", [{"id": "n1", "email": "n1@example.com"}], DEFINITIONS, MONDAY)
        await erase(store, "cnt_9", "ana", MONDAY)
        with pytest.raises(StoreError, match="Set NURTURE_SECRET to the one"):
            await import_page(
                other, "contact", [{"id": "n2", "email": "n2@example.com"}], DEFINITIONS, MONDAY
            )
    finally:
        await other.close()


async def test_with_another_key_nobody_gets_in(store: Store, url: str) -> None:
    await lived(store)
    early = await open_store(url, b"the key of another")  # nobody has used one yet
    try:
        await erase(store, "cnt_9", "ana", MONDAY)
        back = [{"id": "n1", "email": "zoltan.quixote@people-xyzzy.example"}]
        with pytest.raises(StoreError, match="NURTURE_SECRET is another one"):
            await import_page(early, "contact", back, DEFINITIONS, MONDAY)
        with pytest.raises(StoreError, match="NURTURE_SECRET is another one"):
            await erase(early, "cnt_1", "ana", MONDAY)
        with pytest.raises(StoreError, match="NURTURE_SECRET is another one"):
            await early.keep_secret(MONDAY)
    finally:
        await early.close()
    with pytest.raises(StoreError, match="Set it to the one that the workers have") as raised:
        await open_store(url, b"the key of another")
    assert "key of" not in str(raised.value)
    kept = (await rows(store))["secrets"]
    assert len(kept) == 1
    assert "key of the workspace" not in kept[0]
    again = await open_store(url, b"the key of the workspace")
    await again.keep_secret(MONDAY + DAY)
    assert (await rows(store))["secrets"] == kept
    await again.close()


async def test_nobody_is_there_to_be_erased(store: Store) -> None:
    await populate(store)
    with pytest.raises(StoreError, match="There is no contact nobody"):
        await erase(store, "nobody", "ana", MONDAY)


async def test_a_reader_in_the_way_is_told(store: Store, url: str) -> None:
    if store.postgres:
        pytest.skip("PostgreSQL has no file of ours to rewrite")
    await lived(store)
    await erase(store, "cnt_9", "ana", MONDAY)
    reader = sqlite3.connect(url.removeprefix("sqlite:///").partition("?")[0], isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM contacts").fetchone()
        async with store.engine.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            await raw.execute("PRAGMA busy_timeout = 50")
        assert not await scrub(store)
        reader.execute("COMMIT")
        reader.execute("BEGIN IMMEDIATE")
        assert not await scrub(store)
        reader.execute("COMMIT")
        assert await scrub(store)
    finally:
        reader.close()
