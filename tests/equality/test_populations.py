"""A population comes to pass on real Temporal as it was simulated: the events that its model made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

import dsl
from activities.previewing import Preview
from runtime.people import RecordedEvent
from runtime.populations import crowd as crowds
from runtime.populations.behaviour import Behaviour
from runtime.populations.crowd import Crowd
from runtime.populations.inventing import Inventor
from runtime.published import Published
from runtime.simulator import Simulator
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import import_accounts, import_contacts, open_store, publish
from runtime.workspace import read_workspace
from tests.equality import remains
from tests.equality.case import LEAD, Case, Step
from tests.equality.drivers import SECRET
from tests.equality.scenes import Example

_EXAMPLE = Path(__file__).parents[2] / "examples" / "whitepaper"
_START = 2_245_996_800  # 4 March 2041, 08:00 UTC, a Monday
_CONTACTS, _DAYS, _SEED = 12, 45, 3


def _crowd() -> tuple[dsl.Compiled, Crowd]:
    compiled = dsl.compile_workspace(read_workspace(_EXAMPLE).files)
    known = list(compiled.plans.values())
    plans = [plan for plan in known if plan.journey == "Whitepaper nurture"]
    behaviour = Behaviour()
    inventor = Inventor.of(compiled.definitions, plans, known, behaviour, _SEED, _START, 5 * crowds.DAY)
    links = {name: email.links for name, email in compiled.emails.items()}
    published = Published.of(compiled.definitions, known)
    preview = Preview.of(compiled)
    return compiled, Crowd(
        published, compiled.settings, preview, behaviour, inventor, links, _SEED, _START, _DAYS, _CONTACTS
    )


async def test_a_population_is_the_same_on_temporal(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled, crowd = _crowd()
    events: list[RecordedEvent] = []

    class Recording(Simulator):
        def schedule(self, made: Any) -> None:
            made = list(made)
            events.extend(made)
            Simulator.schedule(self, made)

    monkeypatch.setattr(crowds, "Simulator", Recording)
    played = crowds.play(crowd, range(_CONTACTS))
    inventor, size = crowd.inventor, crowd.inventor.per_account
    companies = [inventor.account(n) for n in range(-(-_CONTACTS // size))]
    people = [inventor.contact(n, companies[n // size]).contact for n in range(_CONTACTS)]
    happened = sorted((event for event in events if event.at <= crowd.until), key=lambda event: event.at)
    case = Case(
        name="population",
        compiled=compiled,
        contacts=tuple(people),
        steps=tuple(Step(event.at, "event", event) for event in happened),
        outages=(),
        refused={},
        start=_START + LEAD,
        until=crowd.until,
        limit=0,
        expect=(),
    )
    store = await open_store(url, SECRET)
    try:
        await import_accounts(store, companies, compiled.definitions, 0)
        await import_contacts(store, people, compiled.definitions, 0)
        await publish(store, compiled.definitions, compiled.plans.values(), _START)
        async with MailSink(tmp_path / "mail") as sink, httpx2.AsyncClient(timeout=5) as client:
            with Sites() as sites:
                real = await Example(case, store, sink, sites, client).play()
    finally:
        await store.close()
    assert real.remains == remains.of_world(played.world, case)
    assert real.duplicates == []
    # It was worth the comparison: some clicked, some got to the end.
    assert {event.name for event in happened} >= {"Form Submitted", "Email Opened", "Email Clicked"}
    assert len(played.world.runs) >= _CONTACTS
