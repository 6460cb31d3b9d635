"""Histories, queries and logs hold no personal data: each is searched for every value of every person."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, fields
from pathlib import Path

import httpx2
import pytest
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from activities import turning
from activities.host import Host
from activities.outcomes import Outcome
from activities.smtp import Patience
from runtime.embedded import server_path
from runtime.hosting import Connections, build_host
from runtime.messages import HandoffOpen, HandoffRequest
from runtime.relay import Relay
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import (
    import_accounts,
    import_contacts,
    list_handoffs,
    list_runs,
    open_store,
    publish,
    record_event,
    trace,
)
from runtime.store.ledger import Claim
from runtime.worker import working
from tests.equality.drivers import SECRET, Stage, on_temporal
from tests.equality.drivers import Outcome as Played
from tests.faults.stage import until
from tests.histories import search
from tests.histories.persons import ACCOUNT, PEOPLE, QUESTION, WEBINAR, ZOLTAN, case, values
from tests.replay.recorded import HISTORIES, read


@dataclass(slots=True)
class _Seen(Played):
    """What Temporal shows beside the histories, by workflow."""

    texts: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Watching(Stage):
    """Makes the world quote persons wherever it can, and keeps all that Temporal shows."""

    texts: dict[str, list[str]] = field(default_factory=dict)

    async def play(self) -> _Seen:
        await import_accounts(self.store, [ACCOUNT], self.case.compiled.definitions, 0)
        await import_contacts(self.store, PEOPLE, self.case.compiled.definitions, 0)
        quoting = f'{{"error": "{ZOLTAN.fields["email"]} {ZOLTAN.fields["last_name"]} is not welcome"}}'
        self.sites.answer(self.sites.crm_url, 500, text=quoting)
        self.sites.answer(self.sites.crm_url, 400, text=quoting, times=9)
        self.sites.chat_url("sdr")
        for name in ("WAREHOUSE", "RETARGETING", "TASKS"):
            self.sites.answer(self.sites.hook_url(name), 500, text=quoting)
            self.sites.answer(self.sites.hook_url(name), 400, text=quoting)
        self.sites.drop(self.sites.hook_url("SMS"), take=True)
        played = await Stage.play(self)
        return _Seen(**{f.name: getattr(played, f.name) for f in fields(played)}, texts=self.texts)

    def resolve(self, setting: str) -> str | None:
        return _urls(self.sites).get(setting, setting if "$" not in setting else None)

    async def collect(self, env: WorkflowEnvironment) -> None:
        await Stage.collect(self, env)
        ids = [run.id for run in await list_runs(self.store)]
        ids += [f"handoff/{handoff.id}" for handoff in await list_handoffs(self.store)]
        for id_ in ids:
            handle = env.client.get_workflow_handle(id_)
            self.histories[id_] = await handle.fetch_history()
            texts = self.texts.setdefault(id_, [])
            description = await handle.describe()
            texts += search.of_message(description.raw_description)
            asked = () if id_.startswith("handoff/") else ("position", "timeline")
            for query in (*asked, "__stack_trace", "__enhanced_stack_trace", "__temporal_workflow_metadata"):
                texts += search.of_value(await handle.query(query))


def _urls(sites: Sites) -> dict[str, str]:
    urls = {f"${{{name}}}": sites.hook_url(name) for name in ("SMS", "WAREHOUSE", "RETARGETING", "TASKS")}
    return {"${CRM}": sites.crm_url, "${CHAT}": sites.chat_url("sdr")} | urls


class _Records(logging.Handler):
    """Keeps log records as text: message, traceback, and whatever is attached to them."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "mail.log":  # the mail server's own
            return
        self.texts.append(logging.Formatter().format(record))
        self.texts.append(repr(record.__dict__))


@pytest.fixture
def records() -> Iterator[_Records]:
    handler, root = _Records(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def _quote_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let an activity and a local one fail as a fault of ours might: by an error that quotes values."""
    notify, open_handoff, raised = turning._CARRY_OUT["notify"], turning.open_handoff, []

    async def failing(host: Host, claim: Claim, clock: int) -> Outcome:
        if "notify" not in raised:
            raised.append("notify")
            raise ValueError(f"cannot tell anybody about {claim.facts.contact} and {claim.run.trigger}")
        return await notify(host, claim, clock)

    async def failing_locally(host: Host, request: HandoffRequest) -> HandoffOpen:
        if "handoff" not in raised:
            raised.append("handoff")
            raise KeyError(*values())
        return await open_handoff(host, request)

    monkeypatch.setitem(turning._CARRY_OUT, "notify", failing)
    monkeypatch.setattr(turning, "open_handoff", failing_locally)
    return raised


async def test_no_history_query_or_log_holds_a_value_of_a_person(
    tmp_path: Path,
    url: str,
    records: _Records,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    raised = _quote_once(monkeypatch)
    played = await on_temporal(case(), tmp_path, _Watching, url)
    assert isinstance(played, _Seen)
    _the_worst_has_happened(played, raised)
    personal = values()
    for id_, history in played.histories.items():
        for event in history.events:
            assert search.found(personal, search.of_message(event)) == set(), (id_, event.event_id)
    for id_, texts in played.texts.items():
        assert search.found(personal, texts) == set(), id_
    assert search.found(personal, records.texts) == set()
    assert search.found({"ValueError [", "KeyError [", "/services/T"}, records.texts) == {
        "ValueError [",
        "KeyError [",
    }
    assert search.found(personal, capfd.readouterr()) == set()
    # Contacts are named by their ids, and the search does find those.
    for id_, history in played.histories.items():
        assert search.found({"cnt-"}, _texts(history)), id_


async def test_a_failed_attempt_leaves_its_kind_in_the_history_and_nothing_of_a_person(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The development server keeps the failures of attempts that are tried again."""
    raised = _quote_once(monkeypatch)
    texts = await _on_the_development_server(tmp_path, url)
    assert set(raised) == {"notify", "handoff"}
    assert search.found(values(), texts) == set()
    kept = {"ValueError; the worker's log says more", "lastFailure"}
    assert search.found(kept, texts) == kept


async def _on_the_development_server(folder: Path, url: str) -> list[str]:
    """Let one contact enter, up to the wait of two days, and return all that the server shows."""
    now, compiled = int(time.time()), case().compiled
    texts: list[str] = []
    async with AsyncExitStack() as stack:
        store = await open_store(url)
        stack.push_async_callback(store.close)
        sink = await stack.enter_async_context(MailSink(folder / "mail"))
        sites = stack.enter_context(Sites())
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=5))
        env = await stack.enter_async_context(
            await WorkflowEnvironment.start_local(dev_server_existing_path=server_path("temporal"))
        )
        await import_accounts(store, [ACCOUNT], compiled.definitions, now)
        await import_contacts(store, [ZOLTAN], compiled.definitions, now)
        await publish(store, compiled.definitions, compiled.plans.values(), now)
        await record_event(
            store,
            message_id="e1",
            name="Webinar Registered",
            at=now,
            contact=ZOLTAN.id,
            properties={"webinar_id": WEBINAR, "question": QUESTION},
        )
        relay = Relay(store, env.client, lambda: int(time.time()))
        urls = _urls(sites)
        connections = Connections(
            sink.url, SECRET, lambda text: urls.get(text, text), patience=Patience(pauses=())
        )
        host = build_host(compiled, store, http, connections, relay.nudge)
        await stack.enter_async_context(working(env.client, host, relay))
        run = (await list_runs(store))[0].id

        async def at_rest() -> bool:
            rows, opened = await trace(store, run), await list_handoffs(store)
            return rows[-1:] != [] and rows[-1].kind == "waiting" and len(sites.chats) == 1 + len(opened)

        await until("the run waits, and sales has been told", at_rest)
        for id_ in (run, *(f"handoff/{h.id}" for h in await list_handoffs(store))):
            handle = env.client.get_workflow_handle(id_)
            texts += _texts(await handle.fetch_history())
            texts += search.of_message((await handle.describe()).raw_description)
    return texts


def _the_worst_has_happened(played: Played, raised: list[str]) -> None:
    assert set(raised) == {"notify", "handoff"}
    rows = {
        (run.split("/")[1], row.step, row.kind, row.reason)
        for run, rows in played.traces.items()
        for row in rows
    }
    assert ("cnt-1", "send:greeting", "sent", "") in rows
    assert ("cnt-1", "sync:crm", "held", "http 500") in rows
    assert ("cnt-1", "sync:crm", "failed", "http 400") in rows
    came = {(step, kind, reason) for _, step, kind, reason in rows}
    for outcome in (("in doubt", "connection lost"), ("sent", ""), ("skipped", "no address")):
        assert ("sms:hello", *outcome) in came
    for step in ("webhook:warehouse", "audience:retargeting", "task:call-them"):
        for outcome in (("held", "http 500"), ("failed", "http 400"), ("sent", "")):
            assert (step, *outcome) in came
    assert ("cnt-1", "send:greeting~2", "held", "provider unreachable") in rows
    assert ("cnt-2", "send:greeting", "failed", "smtp 550") in rows
    assert ("cnt-3", "send:fragile", "failed", "template: empty field") in rows
    assert ("cnt-4", "send:greeting", "failed", "invalid address") in rows
    assert len([id_ for id_ in played.histories if id_.startswith("handoff/")]) == len(PEOPLE)


@pytest.mark.parametrize("place", ["input", "failure", "summary", "header", "memo", "marker"])
def test_the_search_finds_every_value_wherever_it_is_planted(place: str) -> None:
    text = list(_texts(_planted(place)))
    assert search.found(values(), text) == values()


def _texts(history: WorkflowHistory) -> Iterator[str]:
    for event in history.events:
        yield from search.of_message(event)


def _planted(place: str) -> WorkflowHistory:
    """Return a recorded history with all values in one place of it, encoded as the SDK does."""
    history = read(HISTORIES / "goal.1.json").history
    assert search.found(values(), _texts(history)) == set()
    started = history.events[0].workflow_execution_started_event_attributes
    data = json.dumps({"said": sorted(values())}).encode()
    scheduled = next(e for e in history.events if e.HasField("activity_task_scheduled_event_attributes"))
    if place == "input":
        scheduled.activity_task_scheduled_event_attributes.input.payloads.add(data=data)
    elif place == "failure":
        failed = history.events[-1].workflow_execution_failed_event_attributes
        failed.failure.cause.message = f"550 {values()}: refused"
    elif place == "summary":
        scheduled.user_metadata.summary.data = data
    elif place == "header":
        started.header.fields["trace"].data = data
    elif place == "memo":
        started.memo.fields["who"].data = data
    else:
        marker = history.events[-1].marker_recorded_event_attributes
        marker.details["result"].payloads.add(data=data)
    return history
