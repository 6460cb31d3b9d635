"""Semantics row 24: two contacts become one; nothing of either is lost, and the stricter counts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from dsl.plan import Ref, Runs, SendEmail, Wait
from runtime.evaluate import score
from runtime.machine import Done
from runtime.store import (
    Claim,
    Store,
    StoreError,
    Taken,
    enter_journey,
    erasing,
    find_contact,
    get_run,
    import_contacts,
    list_handoffs,
    list_runs,
    merging,
    offer,
    open_store,
    record_event,
    schema,
    settle_turn,
    take_turn,
    trace,
)
from runtime.store.erasing import erase
from runtime.store.importing import import_page
from runtime.store.merging import Merge, merge
from runtime.store.snapshot import Snapshot, of_contact
from runtime.store.switches import Scope, pause, switches
from tests.runtime.store.world import (
    DAY,
    DEFINITIONS,
    HOUR,
    MONDAY,
    by_webinar,
    do,
    populate,
    quiet,
    whitepaper,
)

SENDS = frozenset({"send"})


@pytest.fixture
async def store(url: str) -> Any:
    store = await open_store(url, b"the key of the workspace")
    yield store
    await store.close()


async def snapshot(store: Store, contact: str) -> Snapshot:
    async with store.reading() as connection:
        return await of_contact(store, connection, contact)


async def clicked(store: Store, number: int, contact: str, at: int) -> None:
    properties = {"email": "Delivery"}
    await record_event(
        store, message_id=f"c{number}", name="Email Clicked", at=at, contact=contact, properties=properties
    )


async def reasons(store: Store, run: str) -> list[str]:
    return [f"{row.kind} {row.reason}".strip() for row in await trace(store, run)]


async def test_what_is_known_of_both_is_known_of_one(store: Store) -> None:
    await populate(store)
    rows: list[dict[str, Any]] = [
        {
            "id": "a",
            "email": "a@example.com",
            "first_name": "Ana",
            "tags": "x",
            "consents": "Marketing; News",
        },
        {
            "id": "b",
            "email": "b@example.com",
            "first_name": "Bea",
            "industry": "Fintech",
            "account": "acc_1",
            "tags": "x; y",
            "consents": "Marketing; Offers",
            "stage": "Known",
            "score": 7,
            "time_zone": "Asia/Tokyo",
            "known_since": 5,
        },
    ]
    await import_contacts(store, rows, DEFINITIONS, MONDAY)
    await record_event(
        store, message_id="u", name="Email Bounced", at=MONDAY, contact="b", properties={"kind": "hard"}
    )
    await clicked(store, 1, "a", MONDAY)
    await clicked(store, 2, "b", MONDAY + 60)
    assert await merge(store, "b", "a", "ana", MONDAY + HOUR) == Merge("b", "a")
    facts = (await snapshot(store, "a")).facts
    assert facts.contact == {
        "email": "a@example.com",
        "first_name": "Ana",
        "industry": "Fintech",
        "time_zone": "Asia/Tokyo",
    }
    assert (facts.account_id, facts.stage, facts.time_zone, facts.known_since) == (
        *("acc_1", "Known", "Asia/Tokyo"),
        5,
    )
    assert (facts.tags, facts.suppressed) == ({"x", "y"}, "bounced")
    assert facts.consents == {"Marketing"}
    events = schema.events
    async with store.reading() as connection:
        whose = await connection.execute(select(events.c.contact_id, events.c.at).order_by(events.c.id))
        assert whose.all() == [("a", MONDAY), ("a", MONDAY), ("a", MONDAY + 60)]
    assert score(facts, MONDAY + HOUR) == 17
    # Both ids and both addresses lead to the one that is left.
    for name in ("a", "b", "a@example.com", "B@example.com"):
        assert await find_contact(store, name) == "a"
    assert await merge(store, "b", "a", "ana", MONDAY + DAY) == Merge("b", "a", changed=False)


async def test_a_consent_that_was_taken_back_in_one_place_is_taken_back(store: Store) -> None:
    await populate(store)
    await import_contacts(
        store, [{"id": id_, "consents": "Marketing; News"} for id_ in ("a", "b")], DEFINITIONS, MONDAY
    )
    await record_event(store, message_id="u", name="Unsubscribed", at=MONDAY, contact="b")
    await merge(store, "b", "a", "ana", MONDAY + HOUR)
    facts = (await snapshot(store, "a")).facts
    assert (facts.consents, facts.suppressed) == ({"News"}, "unsubscribed")
    await import_page(store, "contact", [{"id": "a", "consents": "Marketing"}], DEFINITIONS, MONDAY + DAY)
    assert (await snapshot(store, "a")).facts.consents == {"News"}


@pytest.mark.parametrize(("first", "second"), [("cnt_1", "cnt_3"), ("cnt_3", "cnt_1")])
async def test_of_two_runs_for_one_key_the_older_goes_on(store: Store, first: str, second: str) -> None:
    await populate(store, quiet())
    await enter_journey(store, "Newsletter", first, MONDAY)
    await enter_journey(store, "Newsletter", second, MONDAY + HOUR)
    ids = [f"newsletter/{contact}/-/1" for contact in (first, second)]
    for run in ids:
        await take_turn(store, run, 0, MONDAY + HOUR)
    done = await merge(store, "cnt_3", "cnt_1", "ana", MONDAY + DAY)
    assert (done.runs, done.ended) == (1, (ids[1],))
    await take_turn(store, ids[1], 1, MONDAY + DAY)
    assert (await reasons(store, ids[1]))[-1] == "exit merged"
    assert (await get_run(store, ids[0])).status == "open"
    assert [run.id for run in await list_runs(store, contact="cnt_1")] == ids
    # The other one's events reach the run that goes on.
    await record_event(store, message_id="a", name="Answered", at=MONDAY + DAY + 1, contact="cnt_3")
    await take_turn(store, ids[0], 1, MONDAY + DAY + 1)
    assert (await reasons(store, ids[0]))[-1] == "completed"


async def test_runs_that_began_together_leave_the_one_of_the_contact_that_stays(store: Store) -> None:
    await populate(store, quiet())
    for contact in ("cnt_1", "cnt_3"):
        await enter_journey(store, "Newsletter", contact, MONDAY)
    assert (await merge(store, "cnt_1", "cnt_3", "ana", MONDAY)).ended == ("newsletter/cnt_1/-/1",)


async def test_runs_for_other_keys_and_of_other_journeys_all_go_on(store: Store) -> None:
    await populate(store, quiet(), by_webinar())
    for number, contact in enumerate(("cnt_1", "cnt_3")):
        await record_event(
            store,
            message_id=f"w{number}",
            name="Webinar Registered",
            at=MONDAY,
            contact=contact,
            properties={"webinar_id": f"w{number}"},
        )
    await enter_journey(store, "Newsletter", "cnt_3", MONDAY)
    done = await merge(store, "cnt_3", "cnt_1", "ana", MONDAY + HOUR)
    assert (done.runs, done.ended) == (2, ())
    # What the other has done counts for entries: once is once.
    await enter_journey(store, "Newsletter", "cnt_1", MONDAY + DAY)
    assert len(await list_runs(store, journey="Newsletter")) == 1


async def test_a_later_run_of_the_one_has_a_number_of_its_own(store: Store) -> None:
    await populate(store, quiet(runs=Runs(kind="again")))
    for contact in ("cnt_1", "cnt_3"):
        await enter_journey(store, "Newsletter", contact, MONDAY)
        await take_turn(store, f"newsletter/{contact}/-/1", 0, MONDAY + 3 * DAY)
    await merge(store, "cnt_3", "cnt_1", "ana", MONDAY + 4 * DAY)
    await enter_journey(store, "Newsletter", "cnt_1", MONDAY + 4 * DAY)
    assert (await list_runs(store, contact="cnt_1"))[-1].id == "newsletter/cnt_1/-/2"


def mail() -> Any:
    steps = (
        do("send:a", SendEmail(email="A"), 1),
        Wait(id="wait:2", line=2, text="wait 2 days", until=0, next=None),
    )
    return quiet("Mails", steps=steps, interests=())


async def test_what_is_in_flight_is_settled_and_counts_for_both(store: Store) -> None:
    await populate(store, mail())
    for contact in ("cnt_1", "cnt_2"):
        await enter_journey(store, "Mails", contact, MONDAY)
    claims = [await take_turn(store, f"mails/{c}/-/1", 0, MONDAY, SENDS) for c in ("cnt_1", "cnt_2")]
    for claim in claims:
        assert isinstance(claim, Claim)
        await offer(store, claim, MONDAY, "<1@x>")
    await merge(store, "cnt_2", "cnt_1", "ana", MONDAY + 1)
    for claim in claims:
        assert isinstance(claim, Claim)
        assert isinstance(await settle_turn(store, claim, Done("sent"), MONDAY + 2), Taken)
    facts = (await snapshot(store, "cnt_1")).facts
    assert [sent.run for sent in facts.sent] == ["mails/cnt_1/-/1", "mails/cnt_2/-/1"]
    assert await reasons(store, "mails/cnt_2/-/1") == ["entered", "sent", "exit merged"]


async def test_of_two_handoffs_that_wait_the_older_does(store: Store) -> None:
    await populate(store, whitepaper())
    for number, contact in enumerate(("cnt_1", "cnt_3")):
        at = MONDAY + number * HOUR
        form = {"form": "Whitepaper"}
        await record_event(
            store, message_id=f"f{number}", name="Form Submitted", at=at, contact=contact, properties=form
        )
        run = f"whitepaper-nurture/{contact}/-/1"
        claim = await take_turn(store, run, 0, at, SENDS)
        assert isinstance(claim, Claim)
        await offer(store, claim, at, "<1@x>")
        await settle_turn(store, claim, Done("sent"), at)
        await clicked(store, number, contact, at + 60)
        await take_turn(store, run, 1, at + 60, SENDS)
    await merge(store, "cnt_3", "cnt_1", "ana", MONDAY + DAY)
    found = [(one.contact, one.status, one.answer) for one in await list_handoffs(store)]
    assert found == [("cnt_1", "open", ""), ("cnt_1", "merged", "rejected")]


async def test_a_pause_of_either_holds_for_the_one(store: Store) -> None:
    await populate(store, quiet(), quiet("Other"))
    await enter_journey(store, "Newsletter", "cnt_1", MONDAY)
    await enter_journey(store, "Other", "cnt_3", MONDAY)
    await pause(store, Scope("contact", "cnt_3"), "ana", MONDAY)
    await merge(store, "cnt_3", "cnt_1", "ana", MONDAY + 1)
    assert [(one.scope, one.name) for one in await switches(store)] == [("contact", "cnt_1")]
    assert [run.by_hand for run in await list_runs(store, contact="cnt_1")] == ["paused", "paused"]


@pytest.mark.parametrize(
    ("mine", "theirs", "kept"),
    [
        (None, ("let through", None), None),
        (("let through", MONDAY + 9), ("let through", None), ("let through", MONDAY + 9)),
        (("let through", None), ("suppressed", MONDAY + 9), ("suppressed", MONDAY + 9)),
        (("suppressed", MONDAY + 9), ("suppressed", None), ("suppressed", None)),
        (("suppressed", MONDAY), ("let through", None), None),
    ],
)
async def test_the_stricter_decision_of_a_person_counts(
    store: Store, mine: Any, theirs: Any, kept: Any
) -> None:
    await populate(store)
    table = schema.overrides
    given = [("cnt_1", mine), ("cnt_3", theirs)]
    rows = [
        {"contact_id": c, "what": one[0], "until": one[1], "reason": "", "at": 0, "by": "x"}
        for c, one in given
        if one
    ]
    async with store.writing() as connection:
        await connection.execute(insert(table), rows)
    await merge(store, "cnt_3", "cnt_1", "ana", MONDAY + 1)
    async with store.reading() as connection:
        found = (await connection.execute(select(table.c.contact_id, table.c.what, table.c.until))).all()
    assert [tuple(row) for row in found] == ([("cnt_1", *kept)] if kept else [])


async def test_who_was_merged_does_not_come_back_by_an_import(store: Store) -> None:
    await populate(store)
    await merge(store, "cnt_3", "cnt_1", "ana", MONDAY)
    (judged,) = await import_page(store, "contact", [{"id": "cnt_3"}], DEFINITIONS, MONDAY)
    assert judged.reason == "The contact cnt_3 was merged into cnt_1. Import it under that id."
    # Merged further, every id that it had leads to the last one; and all are erased together.
    await merge(store, "cnt_1", "cnt_2", "ana", MONDAY + 1)
    assert await find_contact(store, "cnt_3") == "cnt_2"
    await erase(store, "cnt_2", "ana", MONDAY + 2)
    for address in ("ana@example.com", "bo@example.com", "cy@example.com"):
        (judged,) = await import_page(store, "contact", [{"id": "n", "email": address}], DEFINITIONS, MONDAY)
        assert judged.erased == "cnt_2"


async def test_what_cannot_be_merged_is_refused(store: Store) -> None:
    await populate(store)
    with pytest.raises(StoreError, match="There is no contact nobody"):
        await merge(store, "nobody", "cnt_1", "ana", MONDAY)
    with pytest.raises(StoreError, match="cnt_1 is one contact"):
        await merge(store, "cnt_1", "cnt_1", "ana", MONDAY)
    await erase(store, "cnt_3", "ana", MONDAY)
    with pytest.raises(StoreError, match="cnt_3 was erased"):
        await merge(store, "cnt_3", "cnt_1", "ana", MONDAY)


def test_every_table_that_is_about_contacts_is_dealt_with() -> None:
    """A table that comes new must be merged and erased too."""
    about = {
        t.name
        for t in schema.metadata.sorted_tables
        if any(f.column.table is schema.contacts for f in t.foreign_keys)
    }
    joined = {table.name for table in (*merging._MOVED, *merging._JOINED)}
    # A contact that was erased is not merged, so it brings no tombstone and nothing that was turned away.
    assert about == joined | {"consents", "opportunities", "overrides", "tombstones", "turned_away"}
    forgotten = {table.name for table in erasing._OWN}
    # These hold ids, enumerations and instants alone, or lose what is personal in them column by column.
    kept = {"runs", "ledger", "goals", "handoffs", "tombstones", "turned_away", "aliases"}
    assert about == forgotten | kept | {"events", "opportunities"}


async def test_a_key_of_a_trigger_is_not_lost(store: Store) -> None:
    plan = quiet(runs=Runs(kind="once", key=Ref(of="trigger", field="w")))
    await populate(store, plan)
    for number, contact in enumerate(("cnt_1", "cnt_3")):
        await record_event(
            store,
            message_id=str(number),
            name="Subscribed",
            at=MONDAY + number,
            contact=contact,
            properties={"w": "x"},
        )
    assert len((await merge(store, "cnt_1", "cnt_3", "ana", MONDAY + 9)).ended) == 1
