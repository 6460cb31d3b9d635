"""What is purged is missed by no decision."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

import dsl
from dsl.plan import Definitions, Limit, Policy, Runs, SendEmail, Start
from runtime.machine import Done
from runtime.store import (
    Claim,
    Store,
    StoreError,
    Taken,
    delivered,
    get_run,
    import_contacts,
    inbox,
    list_runs,
    offer,
    open_store,
    pending,
    publish,
    record_event,
    schema,
    settle_turn,
    take_turn,
    trace,
)
from runtime.store.purging import Purged, purge
from runtime.store.standing import standing
from tests.databases import Databases
from tests.runtime.store.world import DAY, DEFINITIONS, MONDAY, do, quiet

OUTER = frozenset({"send"})
POLICY = Policy(name="Marketing", limits=(Limit(count=1, amount=400),))
RULES: Definitions = DEFINITIONS.model_copy(update={"policies": (POLICY,)})
MAILED = quiet(
    "Mailed",
    starts=(Start(event="Form Submitted"),),
    runs=Runs(kind="again", amount=200),
    steps=(do("send:a", SendEmail(email="A"), None),),
    interests=(),
)
ONCE = quiet("Once", steps=(do("send:b", SendEmail(email="B", service=True), None),), interests=())
OPEN = quiet("Open", starts=(Start(event="Opened"),))
LATER = MONDAY + 100 * DAY


async def happens(store: Store, name: str, at: int) -> list[str]:
    """Take an event in; return what came of it, run its runs to their ends, and deliver all words."""
    said = await record_event(store, message_id=f"{name} {at}", name=name, at=at, contact="c")
    came = [str(said)]
    for run in [one.id for one in await list_runs(store) if one.status == "open" and one.journey != "Open"]:
        turn: Taken | Claim = await take_turn(store, run, (await get_run(store, run)).turn_no, at, OUTER)
        while isinstance(turn, Claim):
            await offer(store, turn, at)
            turn = await settle_turn(store, turn, Done("sent"), at)
        came += [str(turn.transcript), str(await trace(store, run))]
    await delivered(store, [word.id for word in await pending(store)], at)
    return came


async def story(store: Store, *, purged: bool) -> list[Any]:
    """Let time go by, with a purge in between or without, and return what was decided after it."""
    await publish(store, RULES, (MAILED, ONCE, OPEN), MONDAY)
    person = {"id": "c", "email": "c@example.com", "consents": "Marketing"}
    await import_contacts(store, [person], RULES, MONDAY)
    for number, name in enumerate(("Opened", "Form Submitted", "Subscribed", "Form Submitted", "Answered")):
        await happens(store, name, MONDAY + number)
    if purged:
        found = await purge(store, LATER, 90 * DAY)
        assert found == Purged(words=4, inbox=0, journal=6, refusals=1)
    came: list[Any] = []
    for number, day in enumerate((100, 190, 201, 300, 402)):
        for name in ("Form Submitted", "Subscribed", "Answered"):
            came += await happens(store, name, MONDAY + day * DAY + number)
    (open_,) = [run.id for run in await list_runs(store) if run.journey == "Open"]
    came += [await inbox(store, open_), await take_turn(store, open_, 0, MONDAY + 402 * DAY, OUTER)]
    return [*came, (await standing(store, LATER)).effects]


async def test_decisions_after_a_purge_are_those_without_it(databases: Databases) -> None:
    stores = [await open_store(databases()) for _ in range(2)]
    try:
        without, with_ = [await story(store, purged=n == 1) for n, store in enumerate(stores)]
        assert with_ == without
        assert any("cap" in str(one) for one in with_)
        assert any("runs once" in str(one) for one in with_)
    finally:
        for store in stores:
            await store.close()


async def rows(store: Store) -> dict[str, int]:
    tables = (schema.outbox, schema.run_inbox, schema.journal, schema.entries_refused, schema.runs)
    async with store.reading() as connection:
        return {
            table.name: int(await connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in tables
        }


async def test_what_is_young_or_open_stays_and_a_dry_run_removes_nothing(store: Store) -> None:
    await publish(store, RULES, (MAILED, ONCE, OPEN), MONDAY)
    await import_contacts(store, [{"id": "c", "email": "c@example.com"}], RULES, MONDAY)
    for number, name in enumerate(("Opened", "Subscribed", "Answered")):
        await happens(store, name, MONDAY + number)
    await happens(store, "Subscribed", MONDAY + 95 * DAY)
    await record_event(store, message_id="last", name="Answered", at=MONDAY, contact="c")
    before = await rows(store)
    told = await purge(store, LATER, 90 * DAY, dry_run=True)
    assert await rows(store) == before
    assert await purge(store, LATER, 90 * DAY) == told
    after = await rows(store)
    # The run that is open keeps what it was told, and a word that Temporal does not have yet stays.
    assert (after["run_inbox"], after["runs"]) == (before["run_inbox"], before["runs"])
    assert (after["outbox"], after["entries_refused"]) == (1, 1)
    assert after["journal"] == 0 < before["journal"]
    assert await purge(store, LATER, 90 * DAY) == Purged()


async def test_a_week_is_kept_whatever_is_asked_for(store: Store) -> None:
    with pytest.raises(StoreError, match="at least 7 days"):
        await purge(store, LATER, 6 * DAY)


REPLYING = b"""
event "Survey"
  field answer is text
tags "yes"

journey "Replying"
  start when contact submits form "Ask"
  runs once for each contact
  wait up to 30 days
    when contact does "Survey" as reply
      wait 200 days
      if reply.answer is "yes"
        add tag "yes"
"""


async def replied(store: Store, *, purged: bool) -> list[Any]:
    """A wait names its reply, and is asked about it when all that the run was told is old."""
    settings = b'[workspace]\nname = "T"\ntime_zone = "UTC"\n'
    files = {"nurture.toml": settings, "forms.journey": b'forms "Ask"\n', "a.journey": REPLYING}
    compiled = dsl.compile_workspace(files)
    assert compiled.ok, compiled.diagnostics
    await publish(store, compiled.definitions, compiled.plans.values(), MONDAY)
    await import_contacts(store, [{"id": "c"}], compiled.definitions, MONDAY)
    about: dict[str, Any] = {"contact": "c"}
    await record_event(
        store, message_id="a", name="Form Submitted", at=MONDAY, properties={"form": "Ask"}, **about
    )
    run = "replying/c/-/1"
    for number, answer in enumerate(("yes", "no")):
        said = {"answer": answer}
        at = MONDAY + DAY + number
        await record_event(store, message_id=answer, name="Survey", at=at, properties=said, **about)
    await take_turn(store, run, 0, MONDAY + 2 * DAY, OUTER)
    unread = await inbox(store, run)
    if purged:
        await record_event(store, message_id="late", name="Survey", at=MONDAY + 3 * DAY, **about)
        assert (await purge(store, LATER, 90 * DAY, dry_run=True)).inbox == len(unread) - 1
        assert (await purge(store, LATER, 90 * DAY)).inbox == len(unread) - 1
        assert [row.n for row in await inbox(store, run)] == [1, 3]  # a reply, and what is not read
    await take_turn(store, run, 1, MONDAY + 202 * DAY, OUTER)
    return [(row.kind, row.step, row.at) for row in await trace(store, run)]


async def test_what_open_runs_have_read_goes_but_for_replies(databases: Databases) -> None:
    stores = [await open_store(databases()) for _ in range(2)]
    try:
        without, with_ = [await replied(store, purged=n == 1) for n, store in enumerate(stores)]
        assert with_ == without
        assert ("tagged", "tag:yes") in [row[:2] for row in with_]
    finally:
        for store in stores:
            await store.close()
