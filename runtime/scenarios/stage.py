"""The stage: the people of a script in a world of their own, and a clock that is moved by hand.

Scripts are played on it, and so are tests that are written in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from zoneinfo import ZoneInfo

from activities.previewing import Letter, Preview
from dsl import Compiled, civil
from dsl.plan import AnyStep, Effect, SendEmail
from dsl.scenarios.script import (
    Act,
    Change,
    Company,
    Decision,
    Departure,
    Down,
    Entry,
    Event,
    Mailed,
    Past,
    Person,
    Refusal,
    Switch,
)
from runtime import intake
from runtime.evaluate import RunView
from runtime.facts import Facts, Happened, Sent
from runtime.past import bring
from runtime.people import Account, Contact, RecordedEvent
from runtime.published import Published
from runtime.scenarios.presuming import Missing, answered, decided, missing, no_run
from runtime.scenarios.touching import Notes
from runtime.simulator import Outage, Provider, RunRecord, Simulator, World
from runtime.simulator.by_hand import ByHand, intervene
from runtime.simulator.changes import change
from runtime.simulator.sales import Sales
from runtime.simulator.world import effect_name

REFUSED = "address refused"
"""Why an email fails that the mail server does not take for a contact."""


@dataclass(frozen=True, slots=True)
class Set:
    """What scripts are played with: a compiled workspace, ready for many of them.

    `notes`: says what of the plans a script has come to, if that is asked.
    """

    compiled: Compiled
    published: Published
    preview: Preview | None
    steps: Mapping[str, Mapping[str, AnyStep]]
    notes: Notes | None = None

    @classmethod
    def of(cls, compiled: Compiled, *, noted: bool = False) -> Set:
        """Get a workspace ready. `noted`: it is asked what scripts have come to."""
        plans = compiled.plans.values()
        notes = Notes.of(plans) if noted else None
        published = Published.of(compiled.definitions, plans if notes is None else notes.plans.values())
        steps = {plan.hash: {step.id: step for step in plan.steps} for plan in plans}
        return cls(compiled, published, Preview.of(compiled), steps, notes)


@dataclass(slots=True)
class Post:
    """What was written, by run, kind, time and name; for one script.

    `kept`: what is written is asked about; otherwise it is enough to know that it can be written. `written`:
    the names of the emails, those that could not be written among them.
    """

    preview: Preview | None
    kept: bool = True
    letters: dict[tuple[str, str, int, str], Letter] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def __call__(self, effect: Effect, facts: Facts, run: RunView, at: int) -> str | None:
        """Write it and keep it; return why that fails, or None. As `runtime.simulator.provider` asks."""
        if isinstance(effect, SendEmail):
            self.written.add(effect.email)
        if self.preview is None:
            return None
        if not self.kept:
            return self.preview(effect, facts, run, at)
        found = self.preview.letter(effect, facts, run, at)
        if isinstance(found, Letter):
            self.letters[run.id, effect.kind, at, effect_name(effect)] = found
            return None
        return found


@dataclass(frozen=True, slots=True)
class Trouble(Provider):
    """A provider with what a script does to it: outages to come, and addresses refused since an instant."""

    outages: list[Outage] = field(default_factory=list)  # type: ignore[assignment]
    since: dict[str, int] = field(default_factory=dict)

    def deliver(self, effect: Effect, facts: Facts, run: RunView, at: int) -> tuple[str, str, int | None]:
        """Return (sent | failed | retry, reason, seconds to wait)."""
        found = Provider.deliver(self, effect, facts, run, at)
        refuses = effect.kind == "send" and self.since.get(facts.contact_id, at + 1) <= at
        return ("failed", REFUSED, None) if found[0] == "sent" and refuses else found


@dataclass(slots=True)
class Stage:
    """A world and its clock. `now`: up to here everything has happened.

    `names`: those of the contacts. `missing`: what happened without what it presumes, so far.
    """

    set: Set
    world: World
    simulator: Simulator
    trouble: Trouble
    post: Post
    start: int
    now: int
    names: Mapping[str, str]
    acts: dict[str, tuple[Act, Event]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        set_: Set,
        people: Iterable[Person],
        companies: Iterable[Company],
        start: int,
        *,
        past: Iterable[Past] = (),
        letters: bool = True,
    ) -> Stage:
        """Put people into a world of their own, whose clock shows `start`.

        `past`: what is on record already. `letters`: keep what is written, to be read.
        """
        world = World(set_.published, written={}, sales=Sales.of(set_.compiled.settings))
        people = list(people)
        world.populate(
            [_contact(person, start) for person in people],
            [Account(company.id, dict(company.fields)) for company in companies],
        )
        for person in people:
            _stand(world.facts[person.id], person)
        for one in past:
            _bring(world, one, start)
        post = Post(set_.preview, letters)
        trouble = Trouble(preview=post)
        simulator = Simulator(world, trouble, now=start)
        simulator.admit(start)
        names = {person.id: person.name for person in people}
        made = cls(set_, world, simulator, trouble, post, start, start, names)
        simulator.heed = made._heed
        return made

    def do(self, act: Act) -> None:
        """Let something happen at an instant that is not over."""
        simulator, at, what = self.simulator, act.at, act.what
        if isinstance(what, Event):
            id_, properties = f"e{len(self.acts) + 1}", dict(what.properties)
            self.acts[id_] = act, what
            about = (what.contact, what.account, properties, what.machine, what.occurred)
            simulator.schedule([RecordedEvent(id_, what.name, at, *about)])
        elif isinstance(what, Switch):
            simulator.let(at, partial(self._switch, act, what))
        elif isinstance(what, Departure):
            simulator.let(at, partial(_depart, what))
        elif isinstance(what, Decision):
            simulator.let(at, partial(self._decide, act, what))
        elif isinstance(what, Entry):
            simulator.let(at, partial(_enter, what))
        elif isinstance(what, Change):
            simulator.let(at, partial(_write, what))
        elif isinstance(what, Down):
            self.trouble.outages.append(outage(at, what))
        else:
            simulator.let(at, partial(self._refuse, what))

    def _switch(self, act: Act, what: Switch, world: World, at: int) -> None:
        """Switch runs. Of a contact in one journey those are meant that are open at that moment."""
        contact = world.who(what.name)
        if what.scope != "run":
            name = contact if what.scope == "contact" else what.name
            intervene(world, ByHand(what.what, what.scope, name), at)
            return
        meant = [run for run in self.runs_of(contact) if run.view.journey == what.journey]
        open_ = [run.view.id for run in meant if run.state.ended is None]
        for run in open_:
            intervene(world, ByHand(what.what, "run", run), at)
        if not open_:
            self.missing.append(no_run(act, what, self.names[what.name]))

    def _decide(self, act: Act, what: Decision, world: World, at: int) -> None:
        """Let a person decide about a contact, if one can."""
        contact = world.who(what.contact)
        found = decided(act, what, world.facts[contact], self.names[what.contact])
        if found is not None:
            self.missing.append(found)
        intervene(world, ByHand(what.what, "contact", contact, until=what.until), at)

    def _refuse(self, what: Refusal, world: World, at: int) -> None:
        self.trouble.since[world.who(what.contact)] = at

    def _heed(self, recorded: RecordedEvent) -> RecordedEvent:
        """Look, as an event comes, whether what it presumes is there; it comes all the same.

        Which run it answers is known only now.
        """
        act, event = self.acts[recorded.id]
        found = missing(act, event, self.world, self.names.get(event.contact or "", ""), self.start)
        if found is not None:
            self.missing.append(found)
        run = answered(act, event, self.world)
        if run is None:
            return recorded
        return replace(recorded, properties={**recorded.properties, "run": run.view.id})

    def pass_to(self, at: int) -> None:
        """Let time pass, up to and with an instant."""
        if at >= self.now:
            self.simulator.run(at)
            self.now = at

    def letter(self, run: str, kind: str, at: int, name: str) -> Letter | None:
        """Return what was written for an effect of a run at an instant."""
        return self.post.letters.get((run, kind, at, name))

    def runs_of(self, contact: str) -> Iterator[RunRecord]:
        """Yield the runs of a contact; those of its account are of each contact."""
        contact = self.world.who(contact)
        account = self.world.facts[contact].account_id
        for run in self.world.runs.values():
            mine = run.contact == contact
            shared = self.set.published.plan(run.view.plan).subject == "account"
            if mine or (
                shared and account is not None and account == self.world.facts[run.contact].account_id
            ):
                yield run

    def journeys(self) -> frozenset[str]:
        """Name the journeys that ran, and those that let somebody not in."""
        ran = {run.view.journey for run in self.world.runs.values()}
        return frozenset(ran | {refused.journey for _, refused in self.world.refused})

    def zone_of(self, contact: str) -> ZoneInfo:
        """Return the contact's time zone."""
        fallback = self.set.published.definitions.time_zone
        return civil.zone(self.world.facts[self.world.who(contact)].time_zone, fallback)


def _contact(person: Person, start: int) -> Contact:
    return Contact(
        person.id,
        dict(person.fields),
        person.account,
        person.time_zone,
        start - person.known,
        frozenset(person.consents),
    )


def _stand(facts: Facts, person: Person) -> None:
    facts.score = person.score
    facts.stage = person.stage
    facts.tags = set(person.tags)
    facts.lists = set(person.lists)


def _bring(world: World, past: Past, start: int) -> None:
    """Bring something that was before the start on record."""
    at, what = past.at, past.what
    assert what.contact is not None
    facts = world.facts[what.contact]
    if isinstance(what, Mailed):
        facts.sent.append(Sent("", "", what.email, at, what.service))
        facts.sent.sort(key=lambda one: one.at)
        facts.known_since = min(facts.known_since, at)
        return
    bring(Happened(what.name, at, at, dict(what.properties)), facts, world.published, start)


def _enter(what: Entry, world: World, at: int) -> None:
    contact = world.who(what.contact)
    writes = intake.start_journey(what.journey, world.facts[contact], world.published, at)
    world.apply(contact, writes)


def _depart(what: Departure, world: World, at: int) -> None:
    """Erase a contact, or the one that it is part of by now; or let another one be both."""
    contact = world.who(what.contact)
    into = world.who(what.into) if what.into else ""
    if contact != into:
        intervene(world, ByHand("merge" if into else "erase", "contact", contact, into), at)


def _write(what: Change, world: World, at: int) -> None:
    """Write a field. That of an account is written once, by any one of its contacts."""
    whom = [world.who(what.id)] if what.of == "contact" else world.members.get(what.id, [])[:1]
    for contact in whom:
        change(world, contact, what.of, what.field, what.value, at)


def outage(at: int, what: Down) -> Outage:
    """Return when a provider takes nothing, and how it says so."""
    mail = what.kind in ("send", "notify")  # a team is told by mail, too
    return Outage(at, what.until, what.kind, "provider unreachable" if mail else "http 503", what.again)
