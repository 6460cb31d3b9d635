"""The world in memory: what the database is to the workers, this is to the simulator.

It keeps each contact's facts alive instead of loading snapshots, and applies the same writes. Nothing here
decides anything: decisions are the shared pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dsl.plan import Plan, Start
from runtime import admitting, intake, routing, scoring
from runtime.evaluate import RunView
from runtime.facts import Facts, Happened, Model
from runtime.machine import State, start_state
from runtime.people import Account, Contact
from runtime.published import Published
from runtime.scoring import Standing
from runtime.simulator.sales import Sales
from runtime.trace import TraceRow
from runtime.turn import InboxRow
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    EntryRefused,
    FieldChanged,
    GoalReached,
    HandoffAccepted,
    HandoffOpened,
    HandoffRejected,
    InboxPut,
    ListChanged,
    OpportunityChanged,
    RunEntered,
    ScoreChanged,
    StageChanged,
    SuppressionLifted,
    TagChanged,
    TriggerReplaced,
    Write,
    about_account,
)


@dataclass(slots=True)
class LedgerEntry:
    """An outer effect of a run: the row of the ledger that the database would hold."""

    run: str
    step: str
    visit: int
    kind: str
    name: str
    contact: str
    outcome: str
    reason: str
    at: int
    attempts: int = 1


@dataclass(slots=True)
class RunRecord:
    """A run in memory. `told`: see `runtime.turn.Around`; `held`: effects of it that are held.

    `start`: what let the contact in, None: a person or another run. `updated`: updates of the trigger that
    have happened, by their numbers in the plan.
    """

    view: RunView
    contact: str
    ordinal: int
    state: State
    inbox: list[InboxRow] = field(default_factory=list)
    rows: list[TraceRow] = field(default_factory=list)
    next_n: int = 1
    told: dict[int, dict[str, Any]] = field(default_factory=dict)
    by_hand: str | None = None
    held: set[tuple[str, str, int]] = field(default_factory=set)
    start: Start | None = None
    updated: set[int] = field(default_factory=set)


@dataclass(slots=True)
class World:
    """Contacts, runs, journal and ledger of a simulation.

    `follow`: hears of each run that is entered and each handoff that is opened, as it is.
    `turned_away`: events that were refused, by id, each with the sentence that says why.
    `refusals`: see `refused`; what rounds refuse again and again stands under what it is about.
    `aliases`: the ids of contacts that were merged into others.
    `written`: what changed how each contact stands, in order, where that is to be kept; see `changes_of`.
    """

    published: Published
    facts: dict[str, Facts] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    runs: dict[str, RunRecord] = field(default_factory=dict)
    ledger: dict[tuple[str, str, int], LedgerEntry] = field(default_factory=dict)
    refusals: dict[object, tuple[str, EntryRefused]] = field(default_factory=dict)
    sales: Sales = field(default_factory=Sales)
    goals: list[GoalReached] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    switches: set[tuple[str, str, str]] = field(default_factory=set)
    turned_away: list[tuple[str, str]] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    follow: Callable[[str, RunEntered | HandoffOpened], None] | None = None
    written: dict[str, list[Write]] | None = None

    def populate(self, contacts: Iterable[Contact], accounts: Iterable[Account]) -> None:
        """Add people. An account's facts are shared by its contacts."""
        fields = {account.id: dict(account.fields) for account in accounts}
        open_opportunities: dict[str, set[str]] = {}
        peers: dict[str, list[Facts]] = {}
        model = Model.of(self.published.definitions, routing.watched_segments(self.published))
        for contact in contacts:
            facts = facts_of(contact, fields.get(contact.account_id or ""))
            facts.model = model
            if contact.account_id:
                facts.open_opportunities = open_opportunities.setdefault(contact.account_id, set())
                self.members.setdefault(contact.account_id, []).append(contact.id)
                facts.peers = peers.setdefault(contact.account_id, [])
                facts.peers.append(facts)
            self.facts[contact.id] = facts

    def apply(
        self, contact: str, writes: Sequence[Write], *, spread: bool = True, event: Happened | None = None
    ) -> None:
        """Apply writes that were decided on a contact's facts; runs to be woken are noted.

        `event`: what led to them, if something did. `spread`: tell runs of the account's other contacts what
        changed about the account. Not for an event about the account: that is taken in for each of them.
        """
        if not writes:
            return
        for write in writes:
            if type(write) in _FACTS:  # these have changed the facts already
                if self.written is not None:
                    self.written.setdefault(contact, []).append(write)
                continue
            if isinstance(write, InboxPut):
                record = self.runs[write.run]
                record.inbox.append(InboxRow(record.next_n, write.at, write.interests))
                if event is not None and self.published.plan(record.view.plan).names_replies:
                    record.told[record.next_n] = event.properties
                record.next_n += 1
                self.woken.append(write.run)
            elif isinstance(write, RunEntered):
                view = RunView(write.id, write.journey, write.plan, write.at, write.trigger)
                self.runs[write.id] = RunRecord(
                    view, contact, write.ordinal, start_state(write.at), start=write.start
                )
                self._share(contact, write)
                self.woken.append(write.id)
                if self.follow is not None:
                    self.follow(contact, write)
            elif isinstance(write, TriggerReplaced):
                record = self.runs[write.run]
                record.view = replace(record.view, trigger=write.trigger)
                if write.update is not None:
                    record.updated.add(write.update)
            elif isinstance(write, EntryRefused):
                self.refusals[len(self.refusals)] = contact, write
            elif isinstance(write, HandoffOpened):
                self.sales.open(write, self.facts[contact], self.published.definitions)
                if self.follow is not None:
                    self.follow(contact, write)
            elif isinstance(write, HandoffAccepted | HandoffRejected):
                self.sales.answer(write, contact, self.published.definitions)
            elif isinstance(write, GoalReached):
                self.goals.append(write)
        if spread and (changed := about_account(writes)):
            at = max(write.at for write in writes)
            self.tell_others(contact, changed, at)
            self._settle_others(contact, writes, at)

    @property
    def refused(self) -> Collection[tuple[str, EntryRefused]]:
        """Who was not let in, with what says why, in order."""
        return self.refusals.values()

    def changes_of(self, contact: str) -> Sequence[Write]:
        """Return what changed how a contact stands, in order; nothing in a world that does not keep it."""
        return () if self.written is None else self.written.get(contact, ())

    def admit(self, plan: Plan, start: Start, at: int) -> None:
        """Let everyone in who is in the segment of a start."""
        for contact in sorted(self.facts):
            writes = admitting.admit(plan, start, self.facts[contact], self.published, at)
            refused = [write for write in writes if isinstance(write, EntryRefused)]
            self.apply(contact, [write for write in writes if write not in refused])
            for write in refused:
                self._refuse_round(contact, write)

    def _refuse_round(self, contact: str, write: EntryRefused) -> None:
        """Record that a contact was not let in: once, however many rounds it was so for the same reason."""
        same = (contact, write.journey, write.key, write.reason)
        self.refusals.pop(same, None)
        self.refusals[same] = contact, write

    def _share(self, contact: str, entered: RunEntered) -> None:
        """Let the other contacts of the account know a run of the account: it is a run of each of them."""
        if self.published.plan(entered.plan).subject == "contact":
            return
        run = next(run for run in self.facts[contact].runs if run.id == entered.id)
        for other in self.members.get(self.facts[contact].account_id or "", ()):
            if other != contact:
                self.facts[other].runs.append(run)

    def _settle_others(self, contact: str, writes: Sequence[Write], at: int) -> None:
        """Let what changed about the account change fit and segments of its other contacts."""
        if not self.published.definitions.fit and not routing.watched_segments(self.published):
            return
        for other in self.others(contact):
            was = scoring.before_account_changed(writes, self.facts[other])
            self.settle(other, scoring.standing(was, at, "follows"), at)

    def others(self, contact: str) -> list[str]:
        """Return the other contacts of the account."""
        members = self.members.get(self.facts[contact].account_id or "", ())
        return sorted(other for other in members if other != contact)

    def who(self, contact: str) -> str:
        """Return the contact that is meant by an id, which may be one of former times."""
        while contact in self.aliases:
            contact = self.aliases[contact]
        return contact

    def settle(self, contact: str, before: Standing, at: int) -> None:
        """Tell what a change that came by another contact has made of a contact's standing."""
        facts = self.facts[contact]
        given = intake.take_in_change([], before, facts.stage, facts, self.published, at)
        if keys := intake.score_key(given):
            told = routing.changed(keys, facts, self.published)
            given += [InboxPut(run, at, interests) for run, interests in told]
        self.apply(contact, given, spread=False)

    def tell_others(self, contact: str, changed: set[str], at: int) -> None:
        """Tell runs of the account's other contacts what changed. A run of the account hears for each."""
        account = self.facts[contact].account_id
        for other in self.members.get(account or "", ()):
            if other != contact:
                for run, interests in routing.changed(changed, self.facts[other], self.published):
                    if self.published.plan(self.runs[run].view.plan).subject == "contact":
                        self.apply(other, [InboxPut(run, at, interests)])

    def settled(
        self, record: RunRecord, step: str, visit: int, effect: Any, outcome: str, reason: str, at: int
    ) -> None:
        """Write down the outcome of an outer effect; a hold is the same row, looked at again."""
        key = (record.view.id, step, visit)
        entry = self.ledger.get(key)
        if entry is None:
            name = effect_name(effect)
            self.ledger[key] = LedgerEntry(
                record.view.id, step, visit, effect.kind, name, record.contact, outcome, reason, at
            )
        else:
            entry.outcome, entry.reason, entry.at = outcome, reason, at
            entry.attempts += 1
        if outcome == "held":
            record.held.add(key)
        elif record.held:
            record.held.discard(key)

    def drop_held(self, record: RunRecord, at: int) -> None:
        """Settle what is held when its run has ended: it is never sent."""
        for key in record.held:
            entry = self.ledger[key]
            entry.outcome, entry.reason, entry.at = "skipped", "left", at
        record.held.clear()


_FACTS = frozenset(
    {
        ScoreChanged,
        TagChanged,
        StageChanged,
        FieldChanged,
        ConsentChanged,
        ContactSuppressed,
        SuppressionLifted,
        ListChanged,
        OpportunityChanged,
    }
)


def effect_name(effect: Any) -> str:
    """Return what an outer effect is about: the email, the team, the target …"""
    for attribute in ("email", "title", "team", "target", "message", "webhook", "audience"):
        found = getattr(effect, attribute, None)
        if isinstance(found, str):
            return found
    return ""


def facts_of(contact: Contact, account: dict[str, Any] | None) -> Facts:
    """Return the facts of a contact about whom nothing has happened yet."""
    return Facts(
        contact_id=contact.id,
        account_id=contact.account_id,
        contact=dict(contact.fields),
        account=account if account is not None else {},
        time_zone=contact.time_zone,
        known_since=contact.known_since,
        consents=set(contact.consents),
    )
