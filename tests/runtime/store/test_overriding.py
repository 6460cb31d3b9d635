"""A salesperson decides about one contact; the next dispatch reads it in its own transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dsl.plan import HasTag, InList, Policy, SendEmail
from runtime.store import (
    Claim,
    Store,
    StoreError,
    enter_journey,
    import_contacts,
    publish,
    record_event,
    schema,
    take_turn,
    trace,
)
from runtime.store.interventions import interventions
from runtime.store.overriding import Decided, let_through, lift, suppress
from runtime.suppression import LET_THROUGH
from tests.runtime.store.world import DEFINITIONS, HOUR, MONDAY, do, populate, quiet

SENDS = frozenset({"send"})
RULES = DEFINITIONS.model_copy(
    update={
        "policies": (
            Policy(name="P", consents=("Marketing",), skips=(HasTag(tag="vip"), InList(list="Partners"))),
        )
    }
)


def mail() -> Any:
    steps = (do("send:a", SendEmail(email="A"), 1), do("send:b", SendEmail(email="B", service=True), None))
    return quiet("Mails", steps=steps, instants=(), interests=())


async def outcome(store: Store, contact: str = "cnt_1", at: int = MONDAY) -> list[str]:
    """Let a contact enter, and return what became of its first email, or that it may go."""
    run = (await enter_journey(store, "Mails", contact, at)).id  # type: ignore[union-attr]
    taken = await take_turn(store, run, 0, at, SENDS)
    if isinstance(taken, Claim) and taken.outer.step_id == "send:a":
        return ["goes"]
    return [f"{row.kind} {row.reason}" for row in await trace(store, run) if row.step == "send:a"]


async def test_who_is_suppressed_gets_service_mail_alone(store: Store) -> None:
    await populate(store, mail())
    done = await suppress(store, "cnt_1", "ana", MONDAY, reason="Talks to them herself")
    assert done == Decided("cnt_1", True, "suppressed by hand")
    await enter_journey(store, "Mails", "cnt_1", MONDAY)
    claim = await take_turn(store, "mails/cnt_1/-/1", 0, MONDAY, SENDS)
    assert isinstance(claim, Claim)
    assert claim.outer.step_id == "send:b"
    rows = [f"{row.kind} {row.reason}".strip() for row in await trace(store, "mails/cnt_1/-/1")]
    assert rows == ["entered", "skipped suppressed by hand"]
    assert await outcome(store, "cnt_2") == ["goes"]


async def test_it_ends_at_its_moment_and_as_it_is_lifted(store: Store) -> None:
    await populate(store, mail())
    for contact in ("cnt_1", "cnt_2"):
        await suppress(store, contact, "ana", MONDAY, until=MONDAY + HOUR)
    assert await lift(store, "cnt_2", "bo", MONDAY + 1) == Decided("cnt_2", True, None)
    assert await lift(store, "cnt_2", "bo", MONDAY + 2) == Decided("cnt_2", False, None)
    assert await outcome(store, "cnt_2", MONDAY + 3) == ["goes"]
    assert await outcome(store, "cnt_1", MONDAY + HOUR) == ["goes"]
    said = [(one.what, one.by, one.name) for one in await interventions(store)]
    assert said == [("lift", "bo", "cnt_2"), ("suppress", "ana", "cnt_2"), ("suppress", "ana", "cnt_1")]


@pytest.mark.parametrize("forbidden", ["journey", "fact", "list"])
async def test_a_person_lets_through_what_journeys_and_rules_forbid(store: Store, forbidden: str) -> None:
    await populate(store, mail())
    await publish(store, RULES, [mail()], MONDAY)
    async with store.writing() as connection:
        table, row = {
            "journey": (schema.suppressions, {"reason": "Dormant"}),
            "fact": (schema.tags, {"tag": "vip"}),
            "list": (schema.list_members, {"list": "Partners"}),
        }[forbidden]
        for contact in ("cnt_1", "cnt_2"):
            await connection.execute(table.insert().values(contact_id=contact, at=MONDAY, **row))
    assert await outcome(store) == [f"skipped {'Dormant' if forbidden == 'journey' else 'policy'}"]
    assert (await let_through(store, "cnt_2", "ana", MONDAY, until=MONDAY + HOUR)).remains is None
    assert await outcome(store, "cnt_2", MONDAY + 60) == ["goes"]


async def test_its_end_is_the_end_of_it(store: Store) -> None:
    await populate(store, mail())
    async with store.writing() as connection:
        for contact in ("cnt_1", "cnt_2"):
            values = {"contact_id": contact, "reason": "Dormant", "at": MONDAY}
            await connection.execute(schema.suppressions.insert().values(values))
    for contact in ("cnt_1", "cnt_2"):
        await let_through(store, contact, "ana", MONDAY, until=MONDAY + HOUR)
    assert await lift(store, "cnt_2", "ana", MONDAY + 1) == Decided("cnt_2", False, None)  # not suppressed
    done = await lift(store, "cnt_2", "ana", MONDAY + 1, LET_THROUGH)
    assert done == Decided("cnt_2", True, "Dormant")
    assert await outcome(store, "cnt_2", MONDAY + 2) == ["skipped Dormant"]
    assert await outcome(store, "cnt_1", MONDAY + HOUR) == ["skipped Dormant"]


@pytest.mark.parametrize(
    ("event", "properties", "said"),
    [
        ("Unsubscribed", {}, "has unsubscribed"),
        ("Complained", {}, "has complained"),
        ("Email Bounced", {"kind": "hard"}, "has an address that does not exist"),
    ],
)
async def test_what_the_contact_has_said_is_never_overridden(
    store: Store, event: str, properties: dict[str, str], said: str
) -> None:
    await populate(store, mail())
    await let_through(store, "cnt_1", "ana", MONDAY)
    for contact in ("cnt_1", "cnt_2"):
        await record_event(
            store, message_id=contact, name=event, at=MONDAY + 1, contact=contact, properties=properties
        )
    with pytest.raises(StoreError, match=f"{said}.*no person overrides that"):
        await let_through(store, "cnt_2", "ana", MONDAY + 2)
    (reason,) = await outcome(store, "cnt_1", MONDAY + 3)
    assert reason in ("skipped unsubscribed", "skipped complained", "skipped bounced")


async def test_consent_is_never_overridden(store: Store) -> None:
    await populate(store, mail())
    with pytest.raises(StoreError, match="has not agreed to marketing"):
        await let_through(store, "cnt_3", "ana", MONDAY)
    await import_contacts(store, [{"id": "cnt_9"}], RULES, MONDAY)
    assert await outcome(store, "cnt_3") == ["skipped no consent"]


async def test_a_moment_that_is_past_is_refused_and_the_last_decision_stands(store: Store) -> None:
    await populate(store, mail())
    with pytest.raises(StoreError, match="That moment is past"):
        await suppress(store, "cnt_1", "ana", MONDAY, until=MONDAY)
    await suppress(store, "cnt_1", "ana", MONDAY, reason="first")
    await let_through(store, "cnt_1", "bo", MONDAY + 1, reason="second")
    overrides = schema.overrides
    async with store.reading() as connection:
        found = (await connection.execute(select(overrides.c.what, overrides.c.by, overrides.c.reason))).all()
    assert found == [("let through", "bo", "second")]
