"""Reports: what a marketer reads."""

from __future__ import annotations

import pytest

from dsl.plan import AddTag, Block, DayOfRun, Schedule
from runtime.store import (
    Store,
    StoreError,
    counts,
    enter_journey,
    find_contact,
    import_contacts,
    take_turn,
)
from tests.runtime.store.world import DAY, DEFINITIONS, MONDAY, do, populate, quiet


async def walk(store: Store) -> None:
    """Two contacts in a journey of two blocks; one of them comes to the second."""
    schedule = Schedule(
        id="blocks",
        line=1,
        text="days",
        blocks=(Block(label="day 0", at=0, body=1), Block(label="day 2", at=1, body=2)),
    )
    steps = (schedule, do("tag:a", AddTag(tag="a"), None), do("tag:b", AddTag(tag="b"), None))
    lines = (1, 3, 5)
    placed = tuple(step.model_copy(update={"line": line}) for step, line in zip(steps, lines, strict=True))
    days = (DayOfRun(day=0), DayOfRun(day=2))
    await populate(store, quiet("Days", steps=placed, instants=days, interests=()))
    for contact in ("cnt_1", "cnt_2"):
        await enter_journey(store, "Days", contact, MONDAY)
        await enter_journey(store, "Days", contact, MONDAY)
        await take_turn(store, f"days/{contact}/-/1", 0, MONDAY)
    await take_turn(store, "days/cnt_1/-/1", 1, MONDAY + 2 * DAY)


async def test_counts_say_what_ended_what_was_refused_and_what_is_open(store: Store) -> None:
    await walk(store)
    found = await counts(store, "Days")
    assert (found.contacts, found.entered, found.open) == (3, 2, 1)
    assert found.ended == {("completed", ""): 1}
    assert found.refused == {"already running": 2}
    assert (await counts(store, "Nosuch")).entered == 0


async def test_a_contact_is_found_by_its_id_or_its_address(store: Store) -> None:
    await populate(store)
    assert await find_contact(store, "cnt_1") == "cnt_1"
    assert await find_contact(store, "ANA@example.com") == "cnt_1"
    with pytest.raises(StoreError, match="no contact eve@"):
        await find_contact(store, "eve@example.com")
    await import_contacts(store, [{"id": "cnt_9", "email": "ana@example.com"}], DEFINITIONS, MONDAY)
    with pytest.raises(StoreError, match="2 contacts have the address"):
        await find_contact(store, "ana@example.com")
