"""What a person pauses, resumes and stops: it holds from the next decision on, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dsl.plan import After, Arm, Arms, Plan, SendEmail, SendMessage, Wait
from runtime.machine import Done
from runtime.store import (
    Claim,
    Store,
    StoreError,
    Taken,
    enter_journey,
    get_run,
    offer,
    record_event,
    schema,
    settle_turn,
    take_turn,
    trace,
)
from runtime.store.interventions import interventions
from runtime.store.switches import (
    Scope,
    Told,
    pause,
    resume,
    resume_sends,
    stop,
    stop_sends,
    switches,
)
from tests.runtime.store.world import DAY, HOUR, MONDAY, do, populate, quiet

SENDS = frozenset({"send", "message"})
RUN = "mails/cnt_1/-/1"


def mails() -> Plan:
    """A mail, two days, a mail."""
    steps = (
        do("send:a", SendEmail(email="A", service=True), 1),
        Wait(id="wait:2", line=2, text="wait 2 days", until=0, next=2),
        do("send:b", SendEmail(email="B", service=True), None),
    )
    return quiet("Mails", steps=steps, instants=(After(amount=2, unit="day"),), interests=())


async def entered(store: Store, contact: str = "cnt_1", at: int = MONDAY) -> str:
    await enter_journey(store, "Mails", contact, at)
    return f"mails/{contact}/-/1"


async def sent(store: Store, claim: Taken | Claim, clock: int) -> Taken | Claim:
    assert isinstance(claim, Claim)
    await offer(store, claim, clock, "<1@x>")
    return await settle_turn(store, claim, Done("sent"), clock)


async def kinds(store: Store, run: str = RUN) -> list[str]:
    return [f"{row.kind} {row.reason}".strip() for row in await trace(store, run)]


async def effects(store: Store) -> list[tuple[str, str, str | None, str]]:
    ledger = schema.ledger
    columns = (ledger.c.step, ledger.c.status, ledger.c.outcome, ledger.c.reason)
    async with store.reading() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(ledger.c.step))]


async def test_no_send_goes_from_the_next_decision_on_until_it_is_lifted(store: Store) -> None:
    await populate(store, mails())
    run = await entered(store)
    assert await stop_sends(store, Scope(), "ana", MONDAY) == Told(True, 0)
    assert await stop_sends(store, Scope(), "bo", MONDAY + 1) == Told(False, 0)
    assert isinstance(await take_turn(store, run, 0, MONDAY, SENDS), Taken)
    assert await effects(store) == [("send:a", "held", "held", "sends stopped")]
    assert [(s.what, s.scope, s.by, s.since) for s in await switches(store)] == [
        ("sends", "all", "ana", MONDAY)
    ]
    # Nothing is due before it is lifted, and then at once.
    assert (await get_run(store, run)).due == MONDAY + 7 * DAY
    assert await resume_sends(store, Scope(), "bo", MONDAY + HOUR) == Told(True, 1)
    await sent(store, await take_turn(store, run, 1, MONDAY + HOUR, SENDS), MONDAY + HOUR)
    assert await kinds(store) == ["entered", "held sends stopped", "sent", "waiting"]
    assert await switches(store) == []
    assert [(i.what, i.scope, i.by) for i in await interventions(store)] == [
        ("resume sends", "all", "bo"),
        ("stop sends", "all", "ana"),
    ]


async def test_sends_of_one_journey_are_stopped_alone(store: Store) -> None:
    await populate(store, mails(), quiet())
    await entered(store)
    await stop_sends(store, Scope("journey", "Newsletter"), "ana", MONDAY)
    assert isinstance(await take_turn(store, RUN, 0, MONDAY, SENDS), Claim)
    await stop_sends(store, Scope("contact", "cnt_2"), "ana", MONDAY)
    await stop_sends(store, Scope("journey", "Mails"), "ana", MONDAY)
    assert isinstance(await take_turn(store, await entered(store, "cnt_3"), 0, MONDAY, SENDS), Taken)


async def test_a_message_on_a_channel_is_a_send(store: Store) -> None:
    effect = SendMessage(channel="sms", message="Hi", service=True)
    await populate(store, quiet("Mails", steps=(do("sms:hi", effect, None),), interests=()))
    await stop_sends(store, Scope(), "ana", MONDAY)
    assert isinstance(await take_turn(store, await entered(store), 0, MONDAY, SENDS), Taken)
    assert await effects(store) == [("sms:hi", "held", "held", "sends stopped")]


async def test_a_paused_run_waits_longer_by_the_pause(store: Store) -> None:
    await populate(store, mails())
    run = await entered(store)
    await sent(store, await take_turn(store, run, 0, MONDAY, SENDS), MONDAY)
    assert await pause(store, Scope("run", run), "ana", MONDAY + DAY) == Told(True, 1)
    assert await pause(store, Scope("run", run), "ana", MONDAY + DAY) == Told(False, 0)
    await take_turn(store, run, 1, MONDAY + DAY, SENDS)
    assert (await get_run(store, run)).due is None
    assert await resume(store, Scope("run", run), "ana", MONDAY + 4 * DAY) == Told(True, 1)
    await take_turn(store, run, 2, MONDAY + 4 * DAY, SENDS)
    assert (await get_run(store, run)).due == MONDAY + 5 * DAY
    assert await kinds(store) == ["entered", "sent", "waiting", "paused by hand", "resumed"]


async def test_what_is_paused_twice_goes_on_when_both_are_lifted(store: Store) -> None:
    await populate(store, mails())
    run = await entered(store)
    await sent(store, await take_turn(store, run, 0, MONDAY, SENDS), MONDAY)
    assert (await pause(store, Scope("contact", "cnt_1"), "ana", MONDAY)).runs == 1
    assert await pause(store, Scope("journey", "Mails"), "ana", MONDAY) == Told(True, 0)
    assert await resume(store, Scope("contact", "cnt_1"), "ana", MONDAY) == Told(True, 0)
    assert await resume(store, Scope("journey", "Mails"), "ana", MONDAY) == Told(True, 1)
    assert await resume(store, Scope("journey", "Mails"), "ana", MONDAY) == Told(False, 0)


async def test_who_enters_in_a_pause_stands_still_at_the_door(store: Store) -> None:
    await populate(store, mails())
    await pause(store, Scope(), "ana", MONDAY)
    run = await entered(store, at=MONDAY + 5)
    assert isinstance(await take_turn(store, run, 0, MONDAY + 7, SENDS), Taken)
    assert await effects(store) == []
    assert [(r.kind, r.at) for r in await trace(store, run)] == [
        ("paused", MONDAY + 5),
        ("entered", MONDAY + 5),
    ]
    assert (await resume(store, Scope(), "ana", MONDAY + HOUR)).runs == 1
    await sent(store, await take_turn(store, run, 1, MONDAY + HOUR, SENDS), MONDAY + HOUR)
    assert await kinds(store) == ["paused by hand", "entered", "resumed", "sent", "waiting"]


async def test_a_pause_that_the_run_has_not_heard_of_holds_its_next_send(store: Store) -> None:
    steps = (
        do("send:a", SendEmail(email="A", service=True), 1),
        do("send:b", SendEmail(email="B", service=True), None),
    )
    await populate(store, quiet("Mails", steps=steps, interests=()))
    run = await entered(store)
    claim = await take_turn(store, run, 0, MONDAY, SENDS)
    await pause(store, Scope(), "ana", MONDAY)
    assert isinstance(await sent(store, claim, MONDAY), Taken)
    await resume(store, Scope(), "ana", MONDAY + DAY)
    assert isinstance(await take_turn(store, run, 1, MONDAY + DAY, SENDS), Claim)
    assert await kinds(store) == ["entered", "sent", "held paused", "paused by hand", "resumed"]


async def test_a_stopped_run_leaves_at_once_and_drops_what_it_holds(store: Store) -> None:
    await populate(store, mails())
    run = await entered(store)
    await stop_sends(store, Scope(), "ana", MONDAY)
    await take_turn(store, run, 0, MONDAY, SENDS)
    assert await stop(store, Scope("journey", "Mails"), "ana", MONDAY + HOUR) == Told(True, 1, 1)
    assert await stop(store, Scope("journey", "Mails"), "ana", MONDAY + HOUR) == Told(False, 0)
    await take_turn(store, run, 1, MONDAY + HOUR, SENDS)
    found = await get_run(store, run)
    assert (found.status, found.end_kind, found.end_reason) == ("ended", "exit", "stopped by hand")
    assert await kinds(store) == ["entered", "held sends stopped", "skipped left", "exit stopped by hand"]
    assert await effects(store) == [("send:a", "settled", "skipped", "left")]
    assert (await resume_sends(store, Scope(), "ana", MONDAY + HOUR)).runs == 0


async def test_a_paused_run_can_be_stopped_and_a_stopped_one_stays_stopped(store: Store) -> None:
    await populate(store, mails())
    run = await entered(store)
    await stop(store, Scope("run", run), "ana", MONDAY)
    assert (await pause(store, Scope(), "ana", MONDAY)).runs == 0
    assert (await resume(store, Scope(), "ana", MONDAY)).runs == 0
    await take_turn(store, run, 0, MONDAY, SENDS)
    assert await effects(store) == []
    assert await kinds(store) == ["exit stopped by hand"]


async def test_many_runs_are_told_some_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.store.switches._AT_ONCE", 2)
    await populate(store, mails())
    for contact in ("cnt_1", "cnt_2", "cnt_3"):
        await entered(store, contact)
    assert (await pause(store, Scope(), "ana", MONDAY)).runs == 3
    assert (await stop(store, Scope(), "ana", MONDAY)).runs == 3


@pytest.mark.parametrize("kind", ["run", "contact", "journey"])
async def test_nobody_meant_is_a_sentence(store: Store, kind: str) -> None:
    await populate(store, mails())
    with pytest.raises(StoreError, match=f"There is no {kind} nobody. Look at how it is written"):
        await pause(store, Scope(kind, "nobody"), "ana", MONDAY)
    assert await switches(store) == []


async def test_a_stop_comes_before_the_news_of_its_second(store: Store) -> None:
    arms = Arms(id="wait", line=1, text="wait", arms=(Arm(interest=0, to=1),), until=None, timeout=None)
    mail = do("send:a", SendEmail(email="A", service=True), None)
    await populate(store, quiet("Mails", steps=(arms, mail)))
    run = await entered(store)
    await take_turn(store, run, 0, MONDAY, SENDS)
    await record_event(store, message_id="m", name="Answered", at=MONDAY + HOUR, contact="cnt_1")
    await stop(store, Scope("run", run), "ana", MONDAY + HOUR)
    assert isinstance(await take_turn(store, run, 1, MONDAY + HOUR, SENDS), Taken)
    assert await kinds(store) == ["entered", "waiting", "exit stopped by hand"]
