"""Webhooks, CRM and chat against a real local HTTP server."""

from __future__ import annotations

import httpx2
import pytest

from activities.crm import CrmContact, WebhookCrm
from activities.webhooks import WebhookUrlWrong, _retry_after, check_url, post_json
from runtime.sites import Sites
from runtime.sockets import PortTaken

CONTACT = CrmContact(
    "c-1",
    "ann@example.com",
    {"first_name": "Ann"},
    score=65.5,
    stage="MQL",
    tags=frozenset({"b", "a"}),
    account_id="a-1",
    account={"name": "Acme"},
)


@pytest.fixture
async def hasty() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=0.2)


async def test_a_contact_is_upserted_as_it_stands(sites: Sites, client: httpx2.AsyncClient) -> None:
    outcome = await WebhookCrm(sites.crm_url, client).upsert(CONTACT, "key-1")
    assert outcome.kind == "sent"
    assert sites.contacts["c-1"] == {
        "id": "c-1",
        "email": "ann@example.com",
        "fields": {"first_name": "Ann"},
        "score": 65.5,
        "stage": "MQL",
        "tags": ["a", "b"],
        "account": {"id": "a-1", "fields": {"name": "Acme"}},
    }


async def test_an_upsert_repeated_with_its_key_changes_nothing(
    sites: Sites, client: httpx2.AsyncClient
) -> None:
    crm = WebhookCrm(sites.crm_url, client)
    for _ in range(2):
        assert (await crm.upsert(CONTACT, "key-1")).kind == "sent"
    assert (sites.upserts, sites.repeated) == (1, 1)


async def test_a_key_used_for_another_contact_is_refused(sites: Sites, client: httpx2.AsyncClient) -> None:
    crm = WebhookCrm(sites.crm_url, client)
    await crm.upsert(CONTACT, "key-1")
    outcome = await crm.upsert(CrmContact("c-2", None), "key-1")
    assert (outcome.kind, outcome.reason) == ("failed", "http 422")


async def test_a_lost_reply_is_tried_again_under_the_same_key_and_happens_once(
    sites: Sites, client: httpx2.AsyncClient
) -> None:
    crm = WebhookCrm(sites.crm_url, client)
    sites.drop(sites.crm_url, take=True)
    lost = await crm.upsert(CONTACT, "key-1")
    assert (lost.kind, lost.reason) == ("retry", "connection lost")
    assert (await crm.upsert(CONTACT, "key-1")).kind == "sent"
    assert (sites.upserts, sites.repeated) == (1, 1)


@pytest.mark.parametrize(("repeatable", "kind"), [(True, "retry"), (False, "in doubt")])
async def test_silence_is_in_doubt_only_where_the_receiver_knows_no_keys(
    sites: Sites, hasty: httpx2.AsyncClient, repeatable: bool, kind: str
) -> None:
    sites.hang(sites.crm_url, take=True)
    async with hasty:
        outcome = await post_json(sites.crm_url, CONTACT.payload(), "k", hasty, repeatable=repeatable)
    assert (outcome.kind, outcome.reason) == (kind, "provider timed out")


@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_server_that_is_down_is_unreachable(client: httpx2.AsyncClient, repeatable: bool) -> None:
    with Sites() as sites:
        url = sites.crm_url
    outcome = await post_json(url, {}, "k", client, repeatable=repeatable)
    assert (outcome.kind, outcome.reason) == ("retry", "provider unreachable")
    assert url not in outcome.detail


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "sent"),
        (202, "sent"),
        (302, "failed"),
        (400, "failed"),
        (401, "failed"),
        (404, "failed"),
        (408, "retry"),
        (410, "failed"),
        (425, "retry"),
        (429, "retry"),
        (500, "retry"),
        (503, "retry"),
    ],
)
async def test_each_status_has_its_class(
    sites: Sites, client: httpx2.AsyncClient, status: int, kind: str
) -> None:
    sites.answer(sites.crm_url, status, text="no contact ann@example.com")
    outcome = await post_json(sites.crm_url, {}, "k", client)
    assert (outcome.kind, outcome.reason) == (kind, "" if kind == "sent" else f"http {status}")
    assert "ann@example.com" in outcome.detail
    assert "ann@example.com" not in repr(outcome)


async def test_the_time_a_server_asks_for_is_passed_on(sites: Sites, client: httpx2.AsyncClient) -> None:
    sites.answer(sites.crm_url, 429, retry_after=30)
    assert (await post_json(sites.crm_url, {}, "k", client)).retry_after == 30


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "9999999"}, 86_400),
        ({"Retry-After": "-7"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Wed, 25 Feb 2026 06:14:20 GMT", "Date": "Wed, 25 Feb 2026 06:13:20 GMT"}, 60),
        ({"Retry-After": "Wed, 25 Feb 2026 06:12:20 GMT", "Date": "Wed, 25 Feb 2026 06:13:20 GMT"}, 0),
        ({"Retry-After": "Wed, 25 Feb 2026 06:14:20 GMT"}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_on_the_servers_own_clock(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert _retry_after(httpx2.Response(503, headers=headers)) == seconds


@pytest.mark.parametrize("url", ["", "acme", "ftp://acme.example/x", "https://", "http://[", "/path"])
def test_a_wrong_address_is_explained_and_not_repeated(url: str) -> None:
    with pytest.raises(WebhookUrlWrong, match=r"^The chat address of team SDR must be a web address"):
        check_url(url, "The chat address of team SDR")


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b'{"text": "Hello"}', 200, "ok"),
        (b"{}", 400, "no_text"),
        (b'{"text": " "}', 400, "no_text"),
        (b"hello", 400, "invalid_payload"),
        (b"[]", 400, "invalid_payload"),
    ],
)
async def test_the_chat_stand_in_follows_the_protocol_of_incoming_webhooks(
    sites: Sites, client: httpx2.AsyncClient, body: bytes, status: int, text: str
) -> None:
    response = await client.post(sites.chat_url("SDR"), content=body)
    assert (response.status_code, response.text) == (status, text)


async def test_a_chat_room_that_is_not_there_is_no_service(sites: Sites, client: httpx2.AsyncClient) -> None:
    url = sites.chat_url("SDR") + "-gone"
    outcome = await post_json(url, {"text": "x"}, "k", client)
    assert (outcome.kind, outcome.reason, outcome.detail) == ("failed", "http 404", "no_service")


def test_a_taken_port_of_the_stand_in_is_named_in_one_sentence(sites: Sites) -> None:
    port = int(sites.crm_url.split(":")[2].split("/")[0])
    with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken"):
        Sites(port)
