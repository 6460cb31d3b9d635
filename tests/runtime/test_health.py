"""Health and metrics, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from runtime.endpoint import Endpoint
from runtime.health import Health
from runtime.machine import Done
from runtime.metrics import Metrics
from runtime.store import Claim, Store, enter_journey, offer, open_store, settle_turn, take_turn
from runtime.store.switches import Scope, pause, stop_sends
from tests.runtime.store.world import MONDAY, populate

RUN = "whitepaper-nurture/cnt_1/-/1"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    await populate(store)
    yield store
    await store.close()


def _figures(text: str) -> dict[str, float]:
    """Return the samples by name and labels, as Prometheus reads them."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(sample.labels[name] for name in sorted(sample.labels))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_the_metrics_count_what_the_database_holds(store: Store) -> None:
    await enter_journey(store, "Whitepaper nurture", "cnt_1", MONDAY)
    claim = await take_turn(store, RUN, 0, MONDAY, frozenset({"send"}))
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY)
    await settle_turn(store, claim, Done("in doubt", "no reply after data"), MONDAY)
    await enter_journey(store, "Whitepaper nurture", "cnt_2", MONDAY)
    await stop_sends(store, Scope(), "ana", MONDAY)
    await take_turn(store, "whitepaper-nurture/cnt_2/-/1", 0, MONDAY, frozenset({"send"}))
    await pause(store, Scope("contact", "cnt_1"), "ana", MONDAY)
    await take_turn(store, RUN, 1, MONDAY)
    metrics = Metrics(store, lambda: ['[webhooks."ERP"]'])
    metrics.dispatched("send", "in doubt", 0.4)
    text = await metrics.text(MONDAY + 60)
    found = _figures(text)
    assert found["nurture_runs_open"] == 2
    assert found["nurture_runs_paused"] == 1
    assert found["nurture_settings_lacking"] == 1
    assert found["nurture_effects{send,in doubt}"] == 1
    assert found["nurture_effects_held{sends stopped}"] == 1
    assert found["nurture_doubts"] == 1
    assert found["nurture_outbox_waiting"] == 3
    assert found["nurture_outbox_lag_seconds"] == 60
    assert found["nurture_switches{pause}"] == found["nurture_switches{sends}"] == 1
    assert found["nurture_dispatch_seconds_bucket{send,0.5,in doubt}"] == 1
    assert found["nurture_dispatch_seconds_bucket{send,0.25,in doubt}"] == 0
    assert not any(name in text for name in ("cnt_", "ana", "example.com", "whitepaper"))


async def test_health_says_what_is_missing_and_that_it_stops(store: Store) -> None:
    nowhere = await Client.connect("127.0.0.1:1", lazy=True)
    stopping = asyncio.Event()
    health = Health(store, nowhere, Metrics(store), lambda: MONDAY, stopping, lambda: ['[sync."CRM"]'])
    async with httpx2.AsyncClient(trust_env=False) as client:
        with Endpoint(health.routes()) as endpoint:
            reply = await client.get(f"{endpoint.url}/health")
            assert (reply.status_code, reply.json()) == (
                503,
                {
                    "status": "failing",
                    "database": True,
                    "temporal": False,
                    "lacking": ['[sync."CRM"]'],
                },
            )
            stopping.set()
            assert (await client.get(f"{endpoint.url}/health")).json()["status"] == "stopping"
            figures = await client.get(f"{endpoint.url}/metrics")
            assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
            assert "nurture_runs_open 0.0" in figures.text
