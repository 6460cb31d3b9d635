"""Spans of runs, activities and effects hang together, and hold ids and codes alone."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client

from activities import turning
from activities.host import Host
from activities.outcomes import Outcome
from runtime import tracing
from runtime.relay import Relay
from runtime.store.ledger import Claim
from runtime.worker import working
from tests.faults.stage import until
from tests.faults.test_draining import JOURNEY, Scene, ended, scene
from tests.faults.workspace import host

QUOTE = "cannot write to ana@people.example.com, Ana"


@asynccontextmanager
async def _traced(on: Scene) -> AsyncIterator[InMemorySpanExporter]:
    """Run a worker whose spans are kept here."""
    spans, kept = tracing.of(), InMemorySpanExporter()
    spans.provider.add_span_processor(SimpleSpanProcessor(kept))
    target = on.client.service_client.config.target_host
    client = await Client.connect(target, interceptors=[spans.interceptor])
    relay = Relay(on.store, client, lambda: int(time.time()))
    urls = {"SMTP": on.sink.url} | dict.fromkeys(("CRM", "CHAT", "SMS", "WAREHOUSE"), "http://127.0.0.1:1/")
    made = replace(host(JOURNEY, on.store, on.http, urls, relay.nudge), span=spans.span)
    async with working(client, made, relay):
        yield kept
    spans.close()


def _fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    send, failed = turning._CARRY_OUT["send"], []

    async def failing(of: Host, claim: Claim, clock: int) -> Outcome:
        if not failed:
            failed.append(True)
            raise ValueError(QUOTE)
        return await send(of, claim, clock)

    monkeypatch.setitem(turning._CARRY_OUT, "send", failing)


async def test_an_effect_is_told_within_its_activity_and_its_run_without_a_persons_data(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fail_once(monkeypatch)
    async with scene(tmp_path, url) as on:
        on.sink.door.set()
        on.sink.word.set()
        async with _traced(on) as kept:
            await until("the run has ended", ended(on.store))
    spans = {span.context.span_id: span for span in kept.get_finished_spans() if span.context}
    effects = [span for span in spans.values() if span.name == "effect send"]
    assert [_named(span, "step", "attempt", "outcome") for span in effects] == [
        ("send:first", 1, None),
        ("send:first", 2, "sent"),
        ("send:last", 1, "sent"),
    ]
    assert {_named(span, "run") for span in effects} == {("mails/ana/-/1",)}
    for effect in effects:
        assert effect.parent is not None
        assert spans[effect.parent.span_id].name == "RunActivity:send_email"
    (start,) = (span for span in spans.values() if span.name == f"StartWorkflow:{JOURNEY}")
    assert {span.context.trace_id for span in effects if span.context} == {start.context.trace_id}  # type: ignore[union-attr]
    said = "".join(span.to_json() for span in spans.values())
    assert "ValueError; the worker's log says more" in said
    for personal in ("ana@people", "Ana", "cannot write"):
        assert personal not in said


def _named(span: ReadableSpan, *names: str) -> tuple[Any, ...]:
    found = span.attributes or {}
    return tuple(found.get(f"nurture.{name}") for name in names)


@pytest.mark.parametrize(
    ("environ", "exporter"),
    [
        ({}, None),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_SDK_DISABLED": "true"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
    ],
)
def test_it_is_off_unless_the_environment_asks_for_it(environ: dict[str, str], exporter: str | None) -> None:
    assert tracing.wanted(environ) == exporter


def test_what_cannot_be_had_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(tracing.TracingError, match="OTEL_TRACES_EXPORTER is zipkin; Nurture knows otlp"):
        tracing.tracing({"OTEL_TRACES_EXPORTER": "zipkin"})
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(tracing.TracingError, match=r"Install it with `pip install nurture-dsl\[otel\]`"):
        tracing.tracing({"OTEL_TRACES_EXPORTER": "otlp"})
    assert tracing.tracing({}) is None
