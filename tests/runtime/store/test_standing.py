"""Lists, consents and suppression survive in the database as in the snapshot that changed them."""

from __future__ import annotations

from dsl.plan import (
    AddToList,
    Effect,
    GrantConsent,
    LiftSuppression,
    RemoveFromList,
    Suppress,
    WithdrawConsent,
)
from runtime import records
from runtime.facts import Facts
from runtime.store import Store, record_event
from runtime.store.applying import apply
from runtime.store.snapshot import of_contact
from tests.runtime.store.world import MONDAY, populate


async def change(store: Store, *effects: Effect) -> Facts:
    async with store.writing() as connection:
        snapshot = await of_contact(store, connection, "cnt_1")
        writes = [records.change(effect, snapshot.facts, "step", MONDAY)[0] for effect in effects]
        await apply(store, connection, snapshot, writes)
        changed = snapshot.facts
    async with store.writing() as connection:
        found = (await of_contact(store, connection, "cnt_1")).facts
    assert (found.lists, found.consents, found.suppressed) == (
        changed.lists,
        changed.consents,
        changed.suppressed,
    )
    return found


async def test_lists_are_kept(store: Store) -> None:
    await populate(store)
    assert (await change(store, AddToList(list="A"), AddToList(list="B"))).lists == {"A", "B"}
    assert (await change(store, AddToList(list="A"), RemoveFromList(list="B"))).lists == {"A"}


async def test_consents_are_granted_and_withdrawn(store: Store) -> None:
    await populate(store)
    before = (await change(store)).consents
    granted = await change(store, GrantConsent(consent="News"))
    assert granted.consents == before | {"News"}
    assert (await change(store, WithdrawConsent(consent="News"))).consents == before


async def test_a_lift_takes_away_all_that_journeys_imposed(store: Store) -> None:
    await populate(store)
    assert (await change(store, Suppress(reason="Dormant"), Suppress(reason="Other"))).suppressed == "Other"
    assert (await change(store, LiftSuppression())).suppressed is None


async def test_a_lift_leaves_an_unsubscription(store: Store) -> None:
    await populate(store)
    await record_event(store, message_id="u", name="Unsubscribed", at=MONDAY, contact="cnt_1", properties={})
    assert (await change(store, Suppress(reason="zzz"))).suppressed == "unsubscribed"
    assert (await change(store, LiftSuppression())).suppressed == "unsubscribed"
