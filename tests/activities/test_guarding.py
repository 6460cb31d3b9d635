"""Calls of webhooks get into no private network: real sockets on the loopback, which is one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from activities.guarding import GuardedTransport, guarded_client, names_private, public
from activities.webhooks import post_json
from runtime.sites import Sites


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("not an address", False),
    ],
)
def test_an_address_is_public_only_if_whatever_it_leads_to_is(address: str, is_public: bool) -> None:
    assert public(address) is is_public


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://hooks.example/x", False),
        ("https://8.8.8.8/", False),
        ("http://localhost:8080/", True),
        ("http://LOCALHOST./", True),
        ("http://api.localhost/", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]/", True),
        ("http://10.0.0.7:9000/x", True),
    ],
)
def test_a_url_that_names_a_private_place_is_known_at_once(url: str, private: bool) -> None:
    assert names_private(url) is private


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"])
async def test_no_spelling_of_the_loopback_is_connected_to(sites: Sites, host: str) -> None:
    url = sites.hook_url("warehouse").replace(sites.host, host, 1)
    async with guarded_client() as client:
        outcome = await post_json(url, {}, "k", client)
    assert (outcome.kind, outcome.reason) == ("retry", "private address")
    assert sites.calls == []
    assert not sites.requests


class _Names:
    """A name service that is asked, and says something else each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0)


async def _post(url: str, transport: GuardedTransport) -> tuple[str, str]:
    async with httpx2.AsyncClient(transport=transport, timeout=2, trust_env=False) as client:
        outcome = await post_json(url, {}, "k", client)
    return outcome.kind, outcome.reason


async def test_one_private_address_among_public_ones_is_enough_to_refuse(sites: Sites) -> None:
    names = _Names(["8.8.8.8", "127.0.0.1"])
    url = sites.hook_url("warehouse").replace(sites.host, "two-faced.example", 1)
    assert await _post(url, GuardedTransport(names)) == ("retry", "private address")
    assert not sites.requests


async def test_the_connection_is_made_to_the_address_that_was_looked_at(sites: Sites) -> None:
    names = _Names([sites.host], ["192.0.2.1"])
    url = sites.hook_url("warehouse").replace(sites.host, "hooks.example", 1)
    assert await _post(url, GuardedTransport(names, allowed=lambda _: True)) == ("sent", "")
    assert names.asked == ["hooks.example"]
    assert sites.calls[0].headers["host"] == f"hooks.example:{sites.port}"


async def test_another_address_of_the_name_is_tried_if_one_does_not_answer(sites: Sites) -> None:
    with Sites(host="127.0.0.2") as gone:
        port = gone.port
    names = _Names(["127.0.0.2", sites.host])
    url = sites.hook_url("warehouse").replace(sites.host, "hooks.example", 1)
    assert port
    assert await _post(url, GuardedTransport(names, allowed=lambda _: True)) == ("sent", "")


async def test_a_name_that_nobody_knows_is_unreachable() -> None:
    async with guarded_client() as client:
        outcome = await post_json("https://nowhere.invalid/x", {}, "k", client)
    assert (outcome.kind, outcome.reason) == ("retry", "provider unreachable")


async def test_a_redirect_into_a_private_network_is_not_followed(sites: Sites) -> None:
    inner = sites.hook_url("inner")
    outer = sites.hook_url("outer").replace(sites.host, "hooks.example", 1)
    sites.redirect(sites.hook_url("outer"), inner)
    transport = GuardedTransport(_Names([sites.host]), allowed=lambda _: True)
    assert await _post(outer, transport) == ("failed", "http 307")
    assert sites.requests["/hooks/inner"] == 0


@pytest.mark.parametrize(
    ("host", "outcome"),
    [("localhost", ("sent", "")), ("other.example", ("retry", "provider unreachable"))],
)
async def test_the_certificate_is_that_of_the_name_whatever_address_is_connected_to(
    host: str, outcome: tuple[str, str]
) -> None:
    pem = Path(__file__).with_name("localhost-for-tests-only.pem")
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(pem)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ours)
    async with server:
        url = f"https://{host}:{server.sockets[0].getsockname()[1]}/"
        trust = ssl.create_default_context(cafile=str(pem))
        transport = GuardedTransport(_Names(["127.0.0.1"]), allowed=lambda _: True, trust=trust)
        assert await _post(url, transport) == outcome
