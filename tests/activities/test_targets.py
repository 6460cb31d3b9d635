"""Targets: signed calls with a key, tried again for about a minute, and never longer."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from activities.signing import signed
from activities.smtp import Patience
from activities.targets import Target
from activities.webhooks import post_json
from runtime.sites import Sites

AT = 1_772_000_000


class _Time:
    """A clock that is moved by waiting on it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def patience(self) -> Patience:
        return Patience(sleep=self.sleep, clock=self)


async def test_a_call_is_signed_so_that_the_receiver_can_tell(
    sites: Sites, client: httpx2.AsyncClient
) -> None:
    target = Target(sites.hook_url("sms"), client, "a secret of ours")
    assert (await target.post({"text": "Grüße"}, "key-1", AT, Patience())).kind == "sent"
    (call,) = sites.calls
    assert json.loads(call.body) == {"text": "Grüße"}
    assert (call.headers["webhook-id"], call.headers["webhook-timestamp"]) == ("key-1", str(AT))
    assert call.headers["idempotency-key"] == "key-1"
    mac = hmac.new(b"a secret of ours", f"key-1.{AT}.".encode() + call.body, hashlib.sha256).digest()
    assert call.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    head = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert head["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_without_a_secret_nothing_is_signed(sites: Sites, client: httpx2.AsyncClient) -> None:
    await Target(sites.hook_url("sms"), client).post({}, "key-1", AT, Patience())
    assert not any(name.startswith("webhook-") for name in sites.calls[0].headers)


def test_neither_the_address_nor_the_secret_is_shown() -> None:
    shown = repr(Target("https://hooks.example/token", httpx2.AsyncClient(), "hush"))
    assert "token" not in shown
    assert "hush" not in shown


async def test_trouble_that_passes_is_tried_again_at_once(sites: Sites, client: httpx2.AsyncClient) -> None:
    url, clock = sites.hook_url("sms"), _Time()
    sites.answer(url, 503, times=2)
    assert (await Target(url, client).post({}, "key-1", AT, clock.patience())).kind == "sent"
    assert clock.pauses == [1, 4]
    assert len(sites.calls) == 1


async def test_a_short_wait_that_is_asked_for_is_waited(sites: Sites, client: httpx2.AsyncClient) -> None:
    url, clock = sites.hook_url("sms"), _Time()
    sites.answer(url, 429, retry_after=7)
    assert (await Target(url, client).post({}, "key-1", AT, clock.patience())).kind == "sent"
    assert clock.pauses == [7]


async def test_a_long_wait_that_is_asked_for_is_left_to_the_run(
    sites: Sites, client: httpx2.AsyncClient
) -> None:
    url, clock = sites.hook_url("sms"), _Time()
    sites.answer(url, 429, retry_after=3_600)
    outcome = await Target(url, client).post({}, "key-1", AT, clock.patience())
    assert (outcome.kind, outcome.reason, outcome.retry_after) == ("retry", "http 429", 3_600)
    assert clock.pauses == []


async def test_a_lost_reply_is_in_doubt_and_not_repeated_where_a_person_would_see_it_twice(
    sites: Sites, client: httpx2.AsyncClient
) -> None:
    url, clock = sites.hook_url("sms"), _Time()
    sites.drop(url, take=True)
    outcome = await Target(url, client).post({}, "key-1", AT, clock.patience(), repeatable=False)
    assert (outcome.kind, outcome.reason) == ("in doubt", "connection lost")
    assert (len(sites.calls), sites.repeated, clock.pauses) == (1, 0, [])


async def test_a_lost_reply_is_repeated_under_its_key_elsewhere(
    sites: Sites, client: httpx2.AsyncClient
) -> None:
    url, clock = sites.hook_url("warehouse"), _Time()
    sites.drop(url, take=True)
    assert (await Target(url, client).post({}, "key-1", AT, clock.patience())).kind == "sent"
    assert (len(sites.calls), sites.repeated) == (1, 1)


@asynccontextmanager
async def _dripping(head: bytes) -> AsyncIterator[str]:
    """Serve an answer that goes on for ever, a little at a time: each step is in time, the whole never."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except (ConnectionError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(("repeatable", "kind"), [(True, "retry"), (False, "in doubt")])
async def test_a_receiver_that_goes_on_answering_is_given_up(
    client: httpx2.AsyncClient, repeatable: bool, kind: str
) -> None:
    async with _dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ") as url:
        outcome = await post_json(url, {}, "k", client, repeatable=repeatable, within=0.2)
    assert (outcome.kind, outcome.reason) == (kind, "provider timed out")


async def test_a_reply_without_end_is_read_no_further_than_it_is_kept(client: httpx2.AsyncClient) -> None:
    async with _dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"y" * 70_000) as url:
        outcome = await post_json(url, {}, "k", client, within=5)
    assert (outcome.kind, outcome.detail) == ("sent", "y" * 500)
