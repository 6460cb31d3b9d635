"""Events over HTTP: a real server and a real client, 202 or a sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select

from runtime.endpoint import Endpoint
from runtime.receiving import MOST, Receiver
from runtime.store import Store, open_store, schema
from runtime.store.erasing import erase
from runtime.store.merging import merge
from tests.runtime.store.world import MONDAY, populate

EVENT = {"id": "m1", "event": "Form Submitted", "contact": "cnt_1", "properties": {"form": "Whitepaper"}}


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    await populate(store)
    yield store
    await store.close()


class Post:
    """Posts to the endpoint; `told` counts how often the relay was."""

    def __init__(self, url: str, client: httpx2.AsyncClient) -> None:
        self.url, self.client, self.told = url, client, 0

    async def tell(self) -> None:
        self.told += 1

    async def __call__(self, value: Any, path: str = "/events", **headers: str) -> httpx2.Response:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        headers = {"Content-Type": "application/json", **headers}
        return await self.client.post(self.url + path, content=content, headers=headers)


@pytest.fixture
async def post(store: Store) -> AsyncIterator[Post]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        poster = Post("", client)
        with Endpoint({("POST", "/events"): Receiver(store, lambda: MONDAY, poster.tell)}) as endpoint:
            poster.url = endpoint.url
            yield poster


async def test_an_event_is_taken_once_and_what_came_of_it_is_told(post: Post) -> None:
    first = await post(EVENT)
    assert first.status_code == 202
    (told,) = first.json()["events"]
    assert told["status"] == "recorded"
    assert told["entered"] == ["whitepaper-nurture/cnt_1/-/1"]
    again = await post([EVENT, {**EVENT, "id": "m2", "contact": "bo@example.com"}])
    assert [event["status"] for event in again.json()["events"]] == ["duplicate", "recorded"]
    assert post.told == 2


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"{", 400, "The body is not JSON."),
        ([], 400, "Send from 1 to 1,000 events"),
        ([EVENT] * (MOST + 1), 400, "not 1,001"),
        ([EVENT, 7], 400, "Event 2: an event needs its name"),
        ({**EVENT, "id": ""}, 400, "The event: it needs a message id of yours"),
        ({**EVENT, "id": 7}, 400, "it needs a message id"),
        ({**EVENT, "account": "acc_1"}, 400, 'name one "contact" or one "account"'),
        ({**EVENT, "contact": 7}, 400, 'name one "contact" or one "account"'),
        ({**EVENT, "event": "Form Submited"}, 400, 'Did you mean "Form Submitted"?'),
        ({**EVENT, "at": "yesterday"}, 400, "is not a moment"),
        ({**EVENT, "at": "2126-01-01"}, 400, "The event lies in the future. Look at its time zone"),
        ([EVENT, {**EVENT, "occurred": 4_922_640_000}], 400, "Event 2 lies in the future."),
        ({**EVENT, "at": 1_772_442_000_000}, 400, "is not a moment"),
        ({**EVENT, "properties": {"form": {}}}, 400, "a property is a text"),
        ({**EVENT, "properties": {"form": [["a"]]}}, 400, "a property is a text"),
        ({**EVENT, "properties": {"form": ["Whitepaper"]}}, 422, "is a text, not a list."),
        ({**EVENT, "properties": {"form": float("nan")}}, 400, "The body is not JSON."),
        ({**EVENT, "id": "a\0b"}, 400, "A text holds a zero character or half a surrogate pair"),
        ({**EVENT, "contact": "\ud83d"}, 400, "A text holds a zero character"),
        ([EVENT, {**EVENT, "properties": {"form": ["\udc00"]}}], 400, "A text holds a zero character"),
        ({**EVENT, "id": "\U0001f600", "contact": "nobody"}, 422, "There is no contact nobody."),
        ({**EVENT, "propertys": {}}, 400, 'an event has no "propertys". Did you mean "properties"?'),
        ({**EVENT, "color": 1}, 400, "It may have: id, event, contact, account, at, occurred,"),
        ({**EVENT, "machine": "perhaps"}, 400, "\"machine\" is true or false, not 'perhaps'."),
        ({**EVENT, "machine": 2}, 400, '"machine" is true or false, not 2.'),
        ({**EVENT, "contact": "nobody"}, 422, "There is no contact nobody."),
        ([EVENT, {**EVENT, "id": "m3", "contact": "no"}], 422, "The 1 before it are on record."),
    ],
)
async def test_what_cannot_be_taken_is_one_sentence(
    post: Post, body: Any, status: int, sentence: str
) -> None:
    reply = await post(body)
    assert reply.status_code == status
    assert sentence in reply.json()["error"]


async def test_an_intake_whose_clock_is_behind_refuses_nothing_that_has_happened(store: Store) -> None:
    """PostgreSQL may be on another machine, whose clock tells; SQLite's machine is this one."""
    behind, event = MONDAY, {**EVENT, "at": MONDAY + 7_200}
    reply = await Receiver(store, lambda: behind, _nobody)(json.dumps(event).encode())
    assert reply.status == (202 if store.postgres else 400)
    near = {**EVENT, "id": "m9", "at": MONDAY + 240}
    assert (await Receiver(store, lambda: MONDAY, _nobody)(json.dumps(near).encode())).status == 202


async def _nobody() -> None:
    return


@pytest.mark.parametrize(
    ("machine", "points"), [("no", 25), ("false", 25), (False, 25), ("yes", 0), (True, 0)]
)
async def test_machine_is_read_as_it_is_meant(post: Post, store: Store, machine: Any, points: float) -> None:
    assert (await post({**EVENT, "machine": machine})).status_code == 202
    async with store.reading() as connection:
        score = await connection.scalar(
            select(schema.contacts.c.score).where(schema.contacts.c.id == EVENT["contact"])
        )
    assert score == points


async def test_a_name_that_nothing_asks_for_is_taken_with_a_note(post: Post) -> None:
    odd = {**EVENT, "properties": {"form": "Whitepap", "frm": 1, "run": "r"}}
    said = await post([odd, {**EVENT, "id": "m2"}, {**odd, "id": "m2"}])
    first, second, third = said.json()["events"]
    assert first["notes"] == [
        "“Form Submitted” declares no property “frm”. Did you mean “form”?",
        "Nothing that is published names the form “Whitepap”. Did you mean “Whitepaper”?",
    ]
    assert (first["status"], "notes" in second) == ("recorded", False)
    assert (third["status"], "notes" in third) == ("duplicate", False)


async def test_pages_of_other_origins_and_other_names_are_refused(post: Post) -> None:
    assert (await post(EVENT, **{"Content-Type": "text/plain"})).status_code == 415
    assert (await post(EVENT, Host="evil.example.com")).status_code == 403
    assert (await post(EVENT, Host="localhost:80")).status_code == 202
    assert (await post(EVENT, path="/elsewhere")).status_code == 404
    assert (await post.client.get(post.url + "/events")).status_code == 405


async def test_a_loop_that_stands_still_is_answered_for() -> None:
    async def never(_body: bytes) -> Any:
        await asyncio.Event().wait()

    async with httpx2.AsyncClient(trust_env=False) as client:
        with Endpoint({("GET", "/"): never}, within=0.1) as endpoint:
            reply = await client.get(endpoint.url)
    assert reply.status_code == 503


async def test_an_event_for_an_erased_or_a_merged_contact_is_answered(store: Store, post: Post) -> None:
    store.secret = b"the key of the workspace"
    await erase(store, "cnt_3", "ana", MONDAY)
    await merge(store, "cnt_2", "cnt_1", "ana", MONDAY)
    whom = ("cnt_3", "cy@example.com", "cnt_2", "bo@example.com")
    said = await post([{**EVENT, "id": f"m{n}", "contact": one} for n, one in enumerate(whom)])
    assert said.status_code == 202
    events = said.json()["events"]
    assert [one["status"] for one in events] == ["refused", "refused", "recorded", "recorded"]
    assert events[0]["reason"] == "erased"
    async with store.reading() as connection:
        assert set(await connection.scalars(select(schema.events.c.contact_id))) == {"cnt_1"}
        away = (await connection.execute(select(schema.turned_away.c.contact_id))).all()
    assert away == [("cnt_3",), ("cnt_3",)]


async def test_requests_at_the_same_time_share_transactions_and_answer_for_themselves(
    store: Store, post: Post
) -> None:
    begun: list[str] = []

    def note(_connection: Any) -> None:
        begun.append("")

    wrong = {**EVENT, "id": "wrong", "event": "Minutes Watched", "properties": {"minutes": "many"}}
    alone = {**EVENT, "id": "alone"}
    receiver = Receiver(store, lambda: MONDAY, post.tell)
    listening.listen(store.engine.sync_engine, "commit", note)
    said = await asyncio.gather(
        *(receiver(json.dumps({**EVENT, "id": f"m{n}"}).encode()) for n in range(60)),
        receiver(json.dumps([alone, wrong]).encode()),
        receiver(json.dumps({**EVENT, "id": "m7"}).encode()),
    )
    assert [reply.status for reply in said] == [202] * 60 + [422, 202]
    assert "The 1 before it are on record" in said[60].text
    twice = {json.loads(said[number].text)["events"][0]["status"] for number in (7, 61)}
    assert twice == {"recorded", "duplicate"}  # whichever of them came first
    async with store.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(schema.events)) == 61
    # Of one by one, each would have been a commit of its own.
    again = len(begun)
    await asyncio.gather(*(receiver(json.dumps({**EVENT, "id": f"n{n}"}).encode()) for n in range(60)))
    assert len(begun) - again < 30
