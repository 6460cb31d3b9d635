"""Acting: scenarios in Python, for engineers who would rather write those.

    def test_a_click_is_worth_five_points(journey, contact, clock):
        ana = contact("Ana", industry="Software")
        ana.submits("Whitepaper")
        clock.to("day 2 11:00")
        ana.clicks("Related blog post")
        assert ana.score == 30

What these objects do happens at the moment that the clock shows. The world is that of one test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from dsl.constructs.events import Happening
from dsl.scenarios.script import Change, Company, Effect, Entry, Event, Person, Stretch
from runtime import evaluate
from runtime.facts import Facts
from runtime.handoffs import Handoff
from runtime.scenarios.handling import Runs, Switched, Switching, decide, depart, id_of, switch
from runtime.scenarios.judging import effects
from runtime.scenarios.rehearsing import Play
from runtime.scenarios.vetting import ActingError, hidden
from runtime.turn import position

__all__ = ["Account", "ActingError", "Contact", "Contacts", "Journey", "Journeys", "Mail"]

_NOW = timedelta()

__tracebackhide__ = hidden


@dataclass(frozen=True, slots=True)
class Mail:
    """An email that a contact was sent. `at`: aware; `text`: all of it that can be read."""

    name: str
    at: datetime
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Contact(Switched):
    """A contact: what it does, what people do about it, and how it stands now."""

    play: Play = field(repr=False)
    id: str

    def _switch(self, what: Switching) -> None:
        switch(self.play, what, "contact", self.id)

    # ------------------------------------------------------------------------------------- what it does

    def does(self, event: str, *, by_machine: bool = False, ago: timedelta = _NOW, **properties: Any) -> None:
        """Let an event be received, by its name, whatever it presumes: as any system may tell it.

        `ago`: how long before it happened.
        """
        what = self.play.vetting.happening("does", event)
        self._tell(what, properties, by_machine=by_machine, ago=ago)

    def _tell(
        self,
        what: Happening,
        properties: Mapping[str, Any],
        *,
        by_machine: bool = False,
        ago: timedelta = _NOW,
        from_journey: str | None = None,
        run: int | None = None,
    ) -> None:
        told = {**what.args, **self.play.vetting.values("event", properties, what.event)}
        mail = what.email
        presumes: Literal["", "email"] = "email" if mail and mail.text in self.play.emails else ""
        if ago < _NOW:
            raise ActingError("What is received has happened. Write a length from 0.")
        occurred = self.play.stage.now - int(ago.total_seconds()) if ago else None
        journey = "" if from_journey is None else self.play.vetting.known("journey", from_journey)
        if run is not None and (not journey or not isinstance(run, int) or run < 1):
            raise ActingError('Runs are counted from 1: write such as: from_journey="…", run=1')
        self.play.do(Event(what.event, self.id, None, told, by_machine, presumes, occurred, journey, run))

    def _acts(self, verb: str, *names: str, **properties: Any) -> None:
        """Let it do what scenarios have a verb for."""
        self._tell(self.play.vetting.happening(verb, *names), properties)

    def _answers(self, verb: str, *names: str, by_machine: bool = False, **about: Any) -> None:
        """Let it answer an email. `about`: whose email, as `clicks` has it."""
        self._tell(self.play.vetting.happening(verb, *names), {}, by_machine=by_machine, **about)

    def submits(self, form: str) -> None:
        """Fill in a form."""
        self._acts("submits", form)

    def clicks(
        self, email: str, link: str | None = None, *, from_journey: str | None = None, run: int | None = None
    ) -> None:
        """Click in an email, on a link if one is named.

        `from_journey`: the email is of its newest run of this journey, or of `run` 1, 2 and so on.
        """
        if link is None:
            self._answers("clicks", email, from_journey=from_journey, run=run)
        else:
            self._answers("clicks_link", link, email, from_journey=from_journey, run=run)

    def opens(
        self,
        email: str,
        *,
        by_machine: bool = False,
        from_journey: str | None = None,
        run: int | None = None,
    ) -> None:
        """Open an email."""
        self._answers("opens", email, by_machine=by_machine, from_journey=from_journey, run=run)

    def replies(self, email: str, *, from_journey: str | None = None, run: int | None = None) -> None:
        """Reply to an email."""
        self._answers("replies", email, from_journey=from_journey, run=run)

    def visits(self, page: str) -> None:
        """Look at a page."""
        self._acts("visits", page)

    def downloads(self, asset: str) -> None:
        """Download something."""
        self._acts("downloads", asset)

    def attends(self, webinar: str) -> None:
        """Attend a webinar."""
        self._acts("attends", webinar)

    def books(self, meeting: str, **moments: Any) -> None:
        """Book a meeting. `starts_at`, `ends_at`: aware moments."""
        self._acts("books", meeting, **moments)

    def unsubscribes(self) -> None:
        """Take the consent to marketing back."""
        self._acts("unsubscribes")

    def bounces(self, email: str, *, for_now: bool = False) -> None:
        """Let an email come back: for good, unless it is only for now."""
        self._acts("bounces", email, kind="soft" if for_now else "hard")

    def becomes(self, **fields: Any) -> None:
        """Let another system write fields; None empties one."""
        for name, value in self.play.vetting.values("contact", fields).items():
            self.play.do(Change("contact", self.id, name, value))

    # --------------------------------------------------------------------------- what is done by hand

    def suppress(self, *, until: str | None = None) -> None:
        """Let no marketing reach it, until a moment or for good."""
        decide(self.play, "suppress", self.id, until)

    def lift(self) -> None:
        """Take back what was decided about it."""
        decide(self.play, "lift", self.id, None)

    def let_through(self, *, until: str | None = None) -> None:
        """Let marketing reach it although it is suppressed, until a moment or for good."""
        decide(self.play, "let through", self.id, until)

    def erase(self) -> None:
        """Forget it."""
        depart(self.play, self.id)

    def merge_into(self, other: Contact) -> None:
        """Make it one person with another contact, as which it stands from now on."""
        depart(self.play, self.id, id_of(other))

    # ----------------------------------------------------------------------------------- how it stands

    @property
    def messages(self) -> list[Mail]:
        """The messages on channels that it was sent so far, in order. They have no subject."""
        stage = self.play.stage
        zone = stage.zone_of(self.id)
        found = []
        for done in effects(Effect("message", None, self._now), stage, Stretch(stage.start, stage.now)):
            name = getattr(done.step.effect, "message", "")
            letter = stage.letter(done.run.view.id, "message", done.row.at, name)
            at = datetime.fromtimestamp(done.row.at, zone)
            found.append(Mail(name, at, "", letter.text if letter else ""))
        return sorted(found, key=lambda mail: mail.at)

    @property
    def emails(self) -> list[Mail]:
        """The emails that it was sent so far, in order."""
        stage = self.play.stage
        zone = stage.zone_of(self.id)
        found = []
        for done in effects(Effect("send", None, self._now), stage, Stretch(stage.start, stage.now)):
            email = getattr(done.step.effect, "email", "")
            letter = stage.letter(done.run.view.id, "send", done.row.at, email)
            subject, text = (letter.subject, letter.text) if letter else ("", "")
            found.append(Mail(email, datetime.fromtimestamp(done.row.at, zone), subject, text))
        return sorted(found, key=lambda mail: mail.at)

    @property
    def score(self) -> float:
        """The lead score now."""
        return evaluate.score(self._facts, self.play.stage.now)

    @property
    def stage(self) -> str | None:
        """The stage of the lifecycle."""
        return self._facts.stage

    @property
    def tags(self) -> frozenset[str]:
        """The tags."""
        return frozenset(self._facts.tags)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of its record."""
        return dict(self._facts.contact)

    @property
    def handoffs(self) -> list[Handoff]:
        """What sales was given of it."""
        return [one for one in self.play.stage.world.sales.handoffs.values() if one.contact == self._now]

    @property
    def _now(self) -> str:
        """The id under which it stands now, which is another one's after a merge."""
        return self.play.stage.world.who(self.id)

    @property
    def _facts(self) -> Facts:
        return self.play.stage.world.facts[self._now]


@dataclass(frozen=True, slots=True)
class Account:
    """A company: what it does, and what is known of it now."""

    play: Play = field(repr=False)
    name: str

    def does(self, event: str, **properties: Any) -> None:
        """Let an event of the company happen, by its name."""
        vetting = self.play.vetting
        vetting.happening("does", event)
        if self.play.set.compiled.definitions.events[event].subject != "account":
            message = f"“{event}” is done by the contact, not by the account."
            raise ActingError(f"{message} Let a contact of “{self.name}” do it.")
        self.play.do(Event(event, None, self.name, vetting.values("event", properties, event)))

    def becomes(self, **fields: Any) -> None:
        """Let another system write fields; None empties one."""
        for name, value in self.play.vetting.values("account", fields).items():
            self.play.do(Change("account", self.name, name, value))


@dataclass(frozen=True, slots=True)
class Journey(Switched):
    """A journey, and who is in it."""

    play: Play = field(repr=False)
    name: str

    def of(self, contact: Contact) -> Runs:
        """Return the contact's runs of it, to pause or to stop them alone."""
        return Runs(self.play, self.name, id_of(contact))

    def _switch(self, what: Switching) -> None:
        switch(self.play, what, "journey", self.name)

    def enter(self, contact: Contact) -> None:
        """Let a contact in by hand."""
        self.play.do(Entry(self.name, contact.id))

    def holds(self, contact: Contact) -> bool:
        """Whether the contact is in it."""
        return any(run.state.ended is None for run in self._runs(contact))

    def position(self, contact: Contact) -> list[str]:
        """Return where the contact stands: ids of steps, or the block that it waits for."""
        published = self.play.set.published
        runs = [run for run in self._runs(contact) if run.state.ended is None]
        return [place for run in runs for place in position(published.plan(run.view.plan), run.state)]

    def ends(self, contact: Contact) -> list[tuple[str, str]]:
        """Return how the contact's runs ended, in order: kind (goal, exit, completed) and reason."""
        return [run.state.ended for run in self._runs(contact) if run.state.ended is not None]

    def goals(self, contact: Contact) -> list[str]:
        """Return the goals that the contact has reached, in order."""
        return [row.reason for run in self._runs(contact) for row in run.rows if row.kind == "goal"]

    def _runs(self, contact: Contact) -> list[Any]:
        runs = [r for r in self.play.stage.runs_of(contact.id) if r.view.journey == self.name]
        return sorted(runs, key=lambda run: run.view.entered)


@dataclass(frozen=True, slots=True)
class Journeys(Switched):
    """The fixture `journey`: gives the journeys of the workspace by their names, or is all of them."""

    play: Play = field(repr=False)

    def _switch(self, what: Switching) -> None:
        switch(self.play, what, "all")

    def __call__(self, name: str) -> Journey:
        return Journey(self.play, self.play.vetting.known("journey", name))


@dataclass(frozen=True, slots=True)
class Contacts:
    """The fixture `contact`: makes contacts, and the accounts that they are of."""

    play: Play = field(repr=False)

    def __call__(
        self,
        name: str,
        *,
        account: Account | str | None = None,
        time_zone: str | None = None,
        consents: Iterable[str] = ("Marketing",),
        tags: Iterable[str] = (),
        lists: Iterable[str] = (),
        stage: str | None = None,
        score: float = 0.0,
        **fields: Any,
    ) -> Contact:
        """Make a contact. `fields`: as they are declared; the address is made up if there is none.

        `account`: one that was made before, or its name.
        """
        vetting = self.play.vetting
        if not isinstance(name, str) or not name.strip():
            raise ActingError(f'A contact needs a name, and {name!r} is none. Write such as: contact("Ana")')
        if not isinstance(score, int | float) or isinstance(score, bool):
            raise ActingError(f"A score is a number, and {score!r} is none. Write such as: score=40")
        id_ = "-".join(name.casefold().split())
        first, _, last = name.partition(" ")
        made = {"first_name": first, "email": f"{id_}@example.com"} | ({"last_name": last} if last else {})
        company = account.name if isinstance(account, Account) else account
        person = Person(
            id_,
            name,
            made | vetting.values("contact", fields),
            None if company is None else vetting.account(company, self.play.companies),
            None if time_zone is None else vetting.zone(time_zone),
            vetting.all_known("consent", consents),
            vetting.all_known("tag", tags),
            vetting.all_known("list", lists),
            None if stage is None else vetting.known("stage", stage),
            score,
        )
        self.play.add(person)
        return Contact(self.play, id_)

    def account(self, name: str, **fields: Any) -> Account:
        """Make an account."""
        if not isinstance(name, str) or not name.strip():
            message = f"An account needs a name, and {name!r} is none."
            raise ActingError(f'{message} Write such as: contact.account("Acme")')
        named = {"name": name} if "name" in self.play.set.compiled.definitions.account_fields else {}
        self.play.found(Company(name, name, named | self.play.vetting.values("account", fields)))
        return Account(self.play, name)
