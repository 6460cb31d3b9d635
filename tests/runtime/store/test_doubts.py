"""Effects in doubt: a person says what became of them, and what is sent again passes all a send must pass."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from dsl.plan import Arm, Arms, Notify, SendEmail
from runtime.machine import Done
from runtime.store import (
    Claim,
    Doubt,
    StaleAttempt,
    Store,
    StoreError,
    Taken,
    again,
    doubts,
    enter_journey,
    offer,
    pending,
    record_event,
    schema,
    settle_doubt,
    take_turn,
)
from runtime.store.interventions import interventions
from runtime.store.snapshot import of_contact
from runtime.store.switches import Scope, stop, stop_sends
from tests.runtime.store.world import DAY, HOUR, MONDAY, do, populate, quiet

SENDS = frozenset({"send", "notify"})
RUN = "mails/cnt_1/-/1"


async def in_doubt(store: Store, effect: SendEmail | Notify | None = None, last: bool = False) -> Doubt:
    """A mail whose worker died after it had offered it."""
    waits = Arms(id="wait", line=2, text="wait", arms=(Arm(interest=0, to=None),), until=None, timeout=None)
    first = do("send:a", effect or SendEmail(email="A"), None if last else 1)
    await populate(store, quiet("Mails", steps=(first,) if last else (first, waits)))
    await enter_journey(store, "Mails", "cnt_1", MONDAY)
    claim = await take_turn(store, RUN, 0, MONDAY, SENDS)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY, "<1@x>")
    assert isinstance(await take_turn(store, RUN, 0, MONDAY + 60, SENDS), Taken)
    (doubt,) = await doubts(store)
    return doubt


async def row(store: Store) -> tuple[str, str | None, str, str | None, str | None, int | None]:
    ledger = schema.ledger
    names = ("status", "outcome", "reason", "answer", "answered_by", "answered_at")
    async with store.reading() as connection:
        found = await connection.execute(select(*(ledger.c[name] for name in names)))
        return tuple(found.one())  # type: ignore[return-value]


async def sent_mails(store: Store) -> list[str]:
    async with store.reading() as connection:
        return [sent.email for sent in (await of_contact(store, connection, "cnt_1")).facts.sent]


async def test_a_doubt_says_whom_it_concerns_and_how_to_find_it(store: Store) -> None:
    doubt = await in_doubt(store)
    assert (doubt.contact, doubt.journey, doubt.kind, doubt.name) == ("cnt_1", "Mails", "send", "A")
    assert (doubt.message_id, doubt.offered_at, len(doubt.key)) == ("<1@x>", MONDAY, 10)
    assert await doubts(store, "cnt_2") == []
    assert await sent_mails(store) == ["A"]


async def test_it_arrived(store: Store) -> None:
    doubt = await in_doubt(store)
    assert await settle_doubt(store, doubt.key[:6], sent=True, by="ana", at=MONDAY + DAY) == doubt
    assert await row(store) == ("settled", "sent", "by hand", "sent", "ana", MONDAY + DAY)
    assert await doubts(store) == []
    (told,) = await interventions(store)
    assert (told.what, told.scope, told.name, told.by) == ("sent", "effect", f"{RUN} send:a 1", "ana")
    assert await sent_mails(store) == ["A"]


async def test_it_did_not_arrive_and_is_not_sent_again_unasked(store: Store) -> None:
    doubt = await in_doubt(store)
    await settle_doubt(store, doubt.key, sent=False, by="ana", at=MONDAY + DAY)
    assert await row(store) == ("settled", "failed", "by hand", "not sent", "ana", MONDAY + DAY)
    assert await sent_mails(store) == []
    assert "again" not in [word.kind for word in await pending(store)]
    # Nobody else can send it either.
    assert await again.begin(store, RUN, "send:a", 1, MONDAY + DAY) == Done("skipped", "settled")


async def test_it_is_sent_again_with_its_old_key(store: Store) -> None:
    doubt = await in_doubt(store, last=True)
    await settle_doubt(store, doubt.key, sent=False, again=True, by="ana", at=MONDAY + HOUR)
    (word,) = [word for word in await pending(store) if word.kind == "again"]
    assert word.payload == {"run": RUN, "step": "send:a", "visit": 1, "kind": "send"}
    assert await sent_mails(store) == []
    first = await again.begin(store, RUN, "send:a", 1, MONDAY + HOUR)
    second = await again.begin(store, RUN, "send:a", 1, MONDAY + HOUR)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert second.key == f"{RUN} send:a 1"
    with pytest.raises(StaleAttempt):
        await offer(store, first, MONDAY + HOUR)
    await offer(store, second, MONDAY + HOUR, "<1@x>")
    await again.finish(store, second, Done("sent"), MONDAY + HOUR, "250 OK")
    assert (await row(store))[:4] == ("settled", "sent", "", "not sent")
    assert await again.begin(store, RUN, "send:a", 1, MONDAY + DAY) == Done("skipped", "settled")


async def test_a_second_death_is_in_doubt_once_more(store: Store) -> None:
    doubt = await in_doubt(store)
    await settle_doubt(store, doubt.key, sent=False, again=True, by="ana", at=MONDAY + HOUR)
    claim = await again.begin(store, RUN, "send:a", 1, MONDAY + HOUR)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY + HOUR, "<1@x>")
    assert await again.begin(store, RUN, "send:a", 1, MONDAY + 2 * HOUR) == Done("in doubt")
    assert [found.key for found in await doubts(store)] == [doubt.key]


async def test_what_is_sent_again_passes_all_that_a_send_must_pass(store: Store) -> None:
    doubt = await in_doubt(store)
    await settle_doubt(store, doubt.key, sent=False, again=True, by="ana", at=MONDAY + HOUR)
    await stop_sends(store, Scope(), "ana", MONDAY + HOUR)
    held = await again.begin(store, RUN, "send:a", 1, MONDAY + HOUR)
    assert held == Done("held", "sends stopped", MONDAY + HOUR + 900)
    await record_event(store, message_id="u", name="Unsubscribed", at=MONDAY + HOUR, contact="cnt_1")
    assert await again.begin(store, RUN, "send:a", 1, MONDAY + DAY) == Done("skipped", "unsubscribed")
    assert (await row(store))[:3] == ("settled", "skipped", "unsubscribed")


async def test_what_waits_to_go_again_is_dropped_when_its_run_is_left(store: Store) -> None:
    doubt = await in_doubt(store)
    await settle_doubt(store, doubt.key, sent=False, again=True, by="ana", at=MONDAY + HOUR)
    await stop(store, Scope("run", RUN), "ana", MONDAY + HOUR)
    await take_turn(store, RUN, 1, MONDAY + HOUR, SENDS)
    assert await again.begin(store, RUN, "send:a", 1, MONDAY + DAY) == Done("skipped", "settled")
    assert (await row(store))[:3] == ("settled", "skipped", "left")


async def test_who_has_left_gets_nothing_again(store: Store) -> None:
    doubt = await in_doubt(store)
    await stop(store, Scope("run", RUN), "ana", MONDAY + HOUR)
    await take_turn(store, RUN, 1, MONDAY + HOUR, SENDS)
    with pytest.raises(StoreError, match=r"has left “Mails” \(stopped by hand\), so"):
        await settle_doubt(store, doubt.key, sent=False, again=True, by="ana", at=MONDAY + DAY)
    assert (await row(store))[1] == "in doubt"


async def test_a_note_to_a_team_is_not_sent_again(store: Store) -> None:
    doubt = await in_doubt(store, Notify(team="SDR", message="Hi"))
    with pytest.raises(StoreError, match="a note to “SDR”"):
        await settle_doubt(store, doubt.key, sent=False, again=True, by="ana", at=MONDAY + DAY)


async def test_a_key_that_means_none_or_is_too_short_is_a_sentence(store: Store) -> None:
    doubt = await in_doubt(store)
    for key in ("ffffffffff", doubt.key[:5], ""):
        with pytest.raises(StoreError, match="No effect in doubt has the key"):
            await settle_doubt(store, key, sent=True, by="ana", at=MONDAY)


async def test_of_two_who_settle_it_one_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    doubt = await in_doubt(store)
    found = [doubt]

    async def stale(_store: Store) -> list[Doubt]:
        return found

    monkeypatch.setattr("runtime.store.doubtful.doubts", stale)
    async with store.writing() as connection:
        await connection.execute(update(schema.ledger).values(outcome="sent"))
    with pytest.raises(StoreError, match="Somebody else has settled"):
        await settle_doubt(store, doubt.key, sent=False, by="ana", at=MONDAY)
    assert await interventions(store) == []
