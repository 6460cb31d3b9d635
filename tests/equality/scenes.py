"""Scenarios on real Temporal: a script is played by the simulator, as `nurture test` does, and by a worker.

The clock of the server only goes forward, so scripts begin on a Monday of a year to come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
from sqlalchemy import insert

import dsl
from activities.host import Host
from activities.smtp import Patience
from dsl.scenarios import moments
from dsl.scenarios.script import Act, Change, Company, Down, Entry, Event, Person, Script, Switch
from runtime import admitting
from runtime.hosting import Connections, build_host
from runtime.people import Account, Contact
from runtime.relay import Relay
from runtime.scenarios.stage import REFUSED, Set, outage
from runtime.simulator.by_hand import ByHand
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import (
    Store,
    StoreError,
    enter_journey,
    import_accounts,
    import_contacts,
    open_store,
    publish,
    record_event,
    schema,
)
from runtime.store.admissions import admit_all
from runtime.workspace import read_workspace
from tests.equality.case import LEAD, Case, Step
from tests.equality.drivers import SECRET, Clock, Outcome, PausableRelay, Stage

FIRST_DAY = "2041-03-04"
"""A Monday that the server has still before it."""


def scripts(folder: Path) -> tuple[Set, list[Script]]:
    """Compile the scenarios of a workspace, as if the first day were one that is still to come."""
    usual, moments.FIRST_DAY = moments.FIRST_DAY, FIRST_DAY
    try:
        compiled, made = dsl.compile_scenarios(read_workspace(folder).files)
    finally:
        moments.FIRST_DAY = usual
    assert compiled.ok
    assert not made.diagnostics
    return Set.of(compiled), made.scripts


def case_of(script: Script, set_: Set) -> Case:
    """Return what the drivers' tools need to know of a script."""
    return Case(
        name=script.title,
        compiled=set_.compiled,
        contacts=tuple(_contact(person, script.start) for person in script.people),
        steps=tuple(Step(at, "act") for at in sorted({script.start, *(act.at for act in script.acts)})),
        outages=(),
        refused={},
        start=script.start + LEAD,
        until=script.until,
        limit=0,
        expect=(),
        companies={one.id: dict(one.fields) for one in script.companies},
    )


async def play(script: Script, set_: Set, folder: Path, url: str) -> Outcome:
    """Play a script on the time-skipping server, with a real worker and mail server, and this database."""
    assert not script.past, "what is on record before the start is brought by a backfill, see its own tests"
    case = case_of(script, set_)
    store = await open_store(url, SECRET)
    try:
        await _bring(store, script.people, script.companies, case, script.start)
        await publish(store, set_.compiled.definitions, set_.compiled.plans.values(), script.start)
        async with MailSink(folder / "mail") as sink, httpx2.AsyncClient(timeout=5) as client:
            with Sites() as sites:
                return await _Scene(case, store, sink, sites, client, acts=script.acts).play()
    finally:
        await store.close()


class Example(Stage):
    """A workspace of the examples on real Temporal: whatever its settings name is there."""

    __slots__ = ()

    def resolve(self, setting: str) -> str | None:
        """Return an address for each setting: no scenario of ours hangs on what is posted where."""
        known = Stage.resolve(self, setting)
        return known or (self.sites.crm_url if "CRM" in setting else self.hook("WAREHOUSE"))

    def host(self, relay: Relay) -> Host:
        """Return what the activities share. The workspace's receivers lie on this machine."""
        connections = Connections(
            self.sink.url, self.secret, self.resolve, patience=Patience(pauses=()), private=True
        )
        return build_host(self.case.compiled, self.store, self.client, connections, relay.nudge)


@dataclass(slots=True)
class _Scene(Example):
    """A script on real Temporal."""

    acts: tuple[Act, ...] = ()
    serial: int = field(default=0)

    def script(self, driver: Clock, relay: PausableRelay, steps: Iterable[Step], until: int) -> None:
        """Let everything that happens be done at its second."""
        for act in self.acts:
            self._let(driver, act)
        for moment in admitting.rounds(Set.of(self.case.compiled).published, self.case.published, until):
            driver.at(moment, partial(admit_all, self.store, moment))

    def _let(self, driver: Clock, act: Act) -> None:
        what = act.what
        if isinstance(what, Event):
            self.serial += 1
            driver.at(act.at, partial(self._record, f"e{self.serial}", act.at, what))
        elif isinstance(what, Switch):
            driver.at(act.at, partial(self._intervene, ByHand(what.what, what.scope, what.name), act.at))
        elif isinstance(what, Entry):
            driver.at(act.at, partial(self._enter, act.at, what))
        elif isinstance(what, Change):
            driver.at(act.at, partial(self._write, act.at, what))
        elif isinstance(what, Down):
            found = outage(act.at, what)
            driver.at(found.start, partial(self._down, found))
            driver.at(found.end, partial(self._up, found))
        else:
            driver.at(act.at, partial(self._refuse, what.contact))

    async def _record(self, id_: str, at: int, what: Event) -> None:
        about = {name: getattr(what, name) for name in ("contact", "account", "machine", "occurred")}
        try:
            await record_event(
                self.store, message_id=id_, name=what.name, at=at, properties=dict(what.properties), **about
            )
        except StoreError as refused:
            self.turned_away.append((id_, str(refused)))

    async def _enter(self, at: int, what: Entry) -> None:
        await enter_journey(self.store, what.journey, what.contact, at)

    async def _write(self, at: int, what: Change) -> None:
        bring = import_contacts if what.of == "contact" else import_accounts
        await bring(self.store, [{"id": what.id, what.field: what.value}], self.case.compiled.definitions, at)

    async def _refuse(self, contact: str) -> None:
        self.refuse(contact, "smtp 550")


def alike(lines: Iterable[str]) -> list[str]:
    """Return what a driver has left behind, a refused address told as a scenario does."""
    return sorted(line.replace("'smtp 550'", repr(REFUSED)).replace("smtp 550", REFUSED) for line in lines)


def _contact(person: Person, start: int) -> Contact:
    return Contact(
        person.id,
        dict(person.fields),
        person.account,
        person.time_zone,
        start - person.known,
        frozenset(person.consents),
    )


async def _bring(
    store: Store, people: Iterable[Person], companies: Iterable[Company], case: Case, at: int
) -> None:
    definitions = case.compiled.definitions
    await import_accounts(store, [Account(one.id, dict(one.fields)) for one in companies], definitions, 0)
    await import_contacts(store, case.contacts, definitions, 0)
    for person in people:
        more = {"tags": list(person.tags), "stage": person.stage, "score": person.score or None}
        row = {name: value for name, value in more.items() if value}
        if row:
            await import_contacts(store, [{"id": person.id, **row}], definitions, at)
        if person.lists:
            async with store.writing() as connection:
                rows = [{"contact_id": person.id, "list": name, "at": at} for name in person.lists]
                await connection.execute(insert(schema.list_members).values(rows))
