"""What a worker calls, and what it says if the settings do not suffice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

import dsl
from dsl.settings import SyncTarget
from runtime.connecting import HostingError, Targets
from tests.dsl.workspaces import HEAD, MESSAGES, SETTINGS, workspace

URLS = {
    "${CRM_URL}": "https://crm.example/contacts",
    "${CRM_TASKS_URL}": "https://crm.example/tasks",
    "${WAREHOUSE_URL}": "https://warehouse.example/in",
    "${RETARGETING_URL}": "https://ads.example/audiences",
    "${IN_APP_URL}": "https://app.example/messages",
}


@pytest.fixture
async def clients() -> AsyncIterator[tuple[httpx2.AsyncClient, httpx2.AsyncClient]]:
    async with httpx2.AsyncClient() as anywhere, httpx2.AsyncClient() as guarded:
        yield anywhere, guarded


Clients = tuple[httpx2.AsyncClient, httpx2.AsyncClient]


def _targets(clients: Clients, settings: str = SETTINGS, body: str = "", **urls: str) -> tuple[Targets, list]:  # type: ignore[type-arg]
    files = workspace(HEAD + (body or '  send email "News"\n'), **MESSAGES)
    compiled = dsl.compile_workspace(files | {"nurture.toml": settings.encode()})
    assert compiled.ok, dsl.as_text(compiled.diagnostics)
    assert compiled.settings is not None
    return Targets(compiled.settings, (URLS | urls).get, *clients), list(compiled.plans.values())


async def test_webhooks_and_channels_are_guarded(clients: Clients) -> None:
    targets, _ = _targets(clients)
    warehouse, in_app = targets.webhooks()["Warehouse"], targets.channels()["in-app"]
    assert (warehouse.url, warehouse.client, warehouse.secret) == (
        URLS["${WAREHOUSE_URL}"],
        clients[1],
        None,
    )
    assert (in_app.url, in_app.client) == (URLS["${IN_APP_URL}"], clients[1])


async def test_a_private_network_can_be_allowed_and_a_secret_is_filled_in(clients: Clients) -> None:
    more = SETTINGS.replace(
        'url = "${WAREHOUSE_URL}"', 'url = "http://10.0.0.7/in"\nsecret = "${HUSH}"\nallow_private = true'
    )
    urls = {"http://10.0.0.7/in": "http://10.0.0.7/in", "${HUSH}": "hush"}
    targets, _ = _targets(clients, more)
    targets = Targets(targets.settings, urls.get, *clients)
    found = targets.webhooks()["Warehouse"]
    assert (found.client, found.secret) == (clients[0], "hush")


@pytest.mark.parametrize("url", ["http://localhost:9000/in", "https://192.168.1.7/in", "http://[::1]/"])
async def test_an_address_that_is_private_as_it_stands_is_refused_at_the_start(
    clients: Clients, url: str
) -> None:
    targets, _ = _targets(clients, **{"${WAREHOUSE_URL}": url})
    with pytest.raises(HostingError) as found:
        targets.webhooks()
    assert str(found.value) == (
        '[webhooks."Warehouse"] url in nurture.toml leads into a private network. Name a public address, or '
        "write allow_private = true below it if that is meant."
    )


async def test_a_variable_that_is_not_set_is_named(clients: Clients) -> None:
    targets, _ = _targets(clients)
    targets = Targets(targets.settings, lambda _: None, *clients)
    with pytest.raises(HostingError, match=r"refers to \$\{IN_APP_URL\}, which is not set"):
        targets.channels()


async def test_an_audience_needs_somebody_who_keeps_it(clients: Clients) -> None:
    targets, plans = _targets(clients, body='  add to audience "Retargeting"\n')
    assert set(targets.audiences(plans)) == {"Retargeting"}
    targets = replace(targets, settings=targets.settings.model_copy(update={"audiences": {}}))
    with pytest.raises(HostingError) as found:
        targets.audiences(plans)
    assert str(found.value) == (
        "Journey “Test”, line 4: nobody keeps the audience “Retargeting”. "
        'Add [audiences."Retargeting"] with url = "…" to nurture.toml.'
    )


async def test_tasks_need_one_system_that_takes_them(clients: Clients) -> None:
    targets, plans = _targets(clients, body='  create task "Call them" for team "SDR"\n')
    task = targets.tasks(plans)
    assert task is not None
    assert task.url == "https://crm.example/tasks"
    crm = targets.settings.sync["CRM"]
    with pytest.raises(HostingError, match=r"^Journey “Test”, line 4: no system takes tasks\. Add tasks = "):
        _connected(targets, CRM=crm.model_copy(update={"tasks": None})).tasks(plans)
    with pytest.raises(HostingError, match=r'^Both \[sync\."CRM"\] and \[sync\."Other"\]'):
        _connected(targets, CRM=crm, Other=crm).tasks(plans)


async def test_without_a_journey_that_makes_one_nobody_needs_to_take_tasks(clients: Clients) -> None:
    targets, plans = _targets(clients)
    assert _connected(targets).tasks(plans) is None


def _connected(targets: Targets, **systems: SyncTarget) -> Targets:
    return replace(targets, settings=targets.settings.model_copy(update={"sync": systems}))
