"""What a schedule asks for becomes one row, or none."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from runtime.store import Store, import_contacts, publish, schema
from runtime.store.admissions import admissions, admit_all, admit_due
from runtime.store.rounds import KNOWN, NOT_DUE, OPENED, WITHDRAWN, open_round
from tests.runtime.store.test_admissions import PEOPLE, SHARED, everyone
from tests.runtime.store.world import DAY, HOUR, MONDAY

WAY = '["Senior", null, "08:00"]'
FIRST = MONDAY + DAY - 2 * HOUR  # 08:00 in Berlin


async def deployed(store: Store, at: int = MONDAY) -> None:
    await import_contacts(store, PEOPLE, SHARED, at)
    await publish(store, SHARED, (everyone("Daily", clock="08:00"),), at)


async def opened(store: Store) -> list[int]:
    return [one.round for one in await admissions(store)]


async def known(store: Store) -> list[int]:
    """Return the rounds of the journey, those that are over too."""
    table = schema.admissions
    async with store.reading() as connection:
        query = (
            select(table.c.round).where(table.c.round > 0, table.c.journey == "Daily").order_by(table.c.round)
        )
        return list(await connection.scalars(query))


async def test_a_round_is_opened_once(store: Store) -> None:
    await deployed(store)
    assert await open_round(store, "Daily", WAY, FIRST, FIRST) == (OPENED, FIRST)
    assert await open_round(store, "Daily", WAY, FIRST, FIRST + 5) == (KNOWN, FIRST)
    await admit_all(store, FIRST + 10)
    assert await open_round(store, "Daily", WAY, FIRST, FIRST + HOUR) == (KNOWN, FIRST)


async def test_the_last_of_the_missed_rounds_is_made_up_for_within_a_day(store: Store) -> None:
    await deployed(store)
    # All workers were away for two days: their first tasks ask for what is long over.
    late = FIRST + 2 * DAY + HOUR
    assert await open_round(store, "Daily", WAY, FIRST, late) == (OPENED, FIRST + 2 * DAY)
    assert await open_round(store, "Daily", WAY, FIRST + 2 * DAY, late) == (KNOWN, FIRST + 2 * DAY)
    assert await opened(store) == [FIRST + 2 * DAY]


async def test_a_moment_before_the_journey_was_published_is_none_of_its_rounds(store: Store) -> None:
    await deployed(store, FIRST + 60)
    assert await open_round(store, "Daily", WAY, FIRST, FIRST + 120) == (NOT_DUE, FIRST)
    assert await opened(store) == []


async def test_a_person_may_ask_for_a_round_out_of_turn_and_asking_twice_is_asking_once(
    store: Store,
) -> None:
    await deployed(store)
    await admit_all(store, FIRST)
    by_hand = FIRST + HOUR + 7
    for now in (by_hand, by_hand + 3):
        await open_round(store, "Daily", WAY, by_hand, now)
    assert await opened(store) == [by_hand]


async def test_summer_time_ends_and_the_second_pass_through_the_hour_is_no_round(store: Store) -> None:
    autumn = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())  # 02:30 in Berlin, the first time
    await import_contacts(store, PEOPLE, SHARED, autumn - DAY)
    await publish(store, SHARED, (everyone("Night", clock="02:30"),), autumn - DAY)
    way = WAY.replace("08:00", "02:30")
    assert await open_round(store, "Night", way, autumn, autumn) == (OPENED, autumn)
    assert await open_round(store, "Night", way, autumn + HOUR, autumn + HOUR) == (KNOWN, autumn)


async def test_a_journey_that_no_longer_starts_so_opens_none(store: Store) -> None:
    assert await open_round(store, "Daily", WAY, FIRST, FIRST) == (WITHDRAWN, FIRST)
    await deployed(store)
    assert await open_round(store, "Gone", WAY, FIRST, FIRST) == (WITHDRAWN, FIRST)
    assert await open_round(store, "Daily", '["Senior", 2, "08:00"]', FIRST, FIRST) == (WITHDRAWN, FIRST)


async def test_workers_leave_rounds_to_their_schedules_for_a_minute_and_paused_ones_alone(
    store: Store,
) -> None:
    await deployed(store)
    await admit_due(store, FIRST + 59, 60)
    assert await opened(store) == []
    await admit_due(store, FIRST + HOUR, 60, {("Daily", WAY)})
    assert await opened(store) == []
    assert await admit_due(store, FIRST + 60, 60) == len(PEOPLE)


async def test_what_was_due_while_a_journey_was_withdrawn_is_none_of_its_rounds(store: Store) -> None:
    daily, other = everyone("Daily", clock="08:00"), everyone("Other", clock="23:00")
    await deployed(store)
    await admit_due(store, MONDAY + HOUR)
    await publish(store, SHARED, (other,), FIRST - HOUR)
    await publish(store, SHARED, (daily, other), FIRST + HOUR)
    await admit_due(store, FIRST + HOUR)
    assert await known(store) == []
    assert await open_round(store, "Daily", WAY, FIRST, FIRST + HOUR) == (NOT_DUE, FIRST)
    assert await open_round(store, "Daily", WAY, FIRST + DAY, FIRST + DAY) == (OPENED, FIRST + DAY)


async def test_a_deployment_while_a_round_is_due_and_not_open_yet_does_not_take_it_away(store: Store) -> None:
    daily, other = everyone("Daily", clock="08:00"), everyone("Other", clock="23:00")
    await deployed(store)
    await publish(store, SHARED, (daily, other), FIRST + 1)
    await publish(store, SHARED, (everyone("Daily", clock="08:00", priority="low"), other), FIRST + 2)
    assert await open_round(store, "Daily", WAY, FIRST, FIRST + 3) == (OPENED, FIRST)
    await admit_due(store, FIRST + DAY + 30, 60)
    assert await known(store) == [FIRST]
    await publish(store, SHARED, (daily,), FIRST + DAY + 31)
    await admit_due(store, FIRST + DAY + 90, 60)
    assert await known(store) == [FIRST, FIRST + DAY]


async def test_another_zone_makes_nothing_due_that_is_over(store: Store) -> None:
    await deployed(store)
    await admit_all(store, FIRST)
    # 08:00 of the day before in New York is after the first publication, and was no round of anybody's.
    abroad = SHARED.model_copy(update={"time_zone": "America/New_York"})
    await publish(store, abroad, (everyone("Daily", clock="08:00"),), FIRST + HOUR)
    await admit_due(store, FIRST + HOUR)
    assert await known(store) == [FIRST]
    await admit_due(store, FIRST + 6 * HOUR)
    assert await known(store) == [FIRST, FIRST + 6 * HOUR]


async def test_a_round_that_nobody_has_ended_for_weeks_goes_on_beside_the_newest(store: Store) -> None:
    await deployed(store)
    await open_round(store, "Daily", WAY, FIRST, FIRST)
    later = FIRST + 20 * DAY
    looked = await admit_due(store, later + 60, 60)
    assert looked == 2 * len(PEOPLE)
    assert await known(store) == [FIRST, later]
    assert (await admit_due(store, later + 60, 60), await opened(store)) == (0, [])
    assert await known(store) == [FIRST, later]
