"""The reckoning: what the receivers have, what the database says, and where the two differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from temporalio.client import Client

from activities.keys import EffectKey, effect_id
from runtime.store import Store, doubts, schema
from tests.faults.storm.crowd import Person
from tests.faults.storm.receivers import StormSink, StormSites
from tests.faults.storm.weather import Key
from tests.faults.storm.workspace import ASIDE, MAILS, NEWER, SCORE, SURVEY, VISIT

_OTHERS = ("sync:crm", "sms:hello", "webhook:warehouse")


@dataclass
class Reckoning:
    """What was found. Each list names what should not be; all are empty after a storm that did no harm."""

    effects: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    doubts: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    doubtful: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    repeats_under_key: int = 0

    @property
    def harm(self) -> dict[str, list[str]]:
        """Return what should not be, by what it is."""
        kinds = {
            "neither delivered nor listed": self.lost,
            "repeated": self.repeated,
            "in doubt without a cause": self.unexplained,
            "settled as sent, and not delivered": self.untrue,
            "otherwise wrong": self.wrong,
        }
        return {kind: found for kind, found in kinds.items() if found}


@dataclass
class Reckoner:
    """Everything that is compared. `offered`: what was offered at a kill; `newer`: the newer plan's hash."""

    store: Store
    client: Client
    sink: StormSink
    sites: StormSites
    people: Sequence[Person]
    acknowledged: set[str]
    offered: set[Key]
    newer: str
    secret: bytes
    found: Reckoning = field(default_factory=Reckoning)

    async def reckon(self) -> Reckoning:
        """Compare."""
        runs = {row["contact_id"]: row for row in await self._all(schema.runs)}
        ledger: dict[str, dict[str, Any]] = {}
        for row in await self._all(schema.ledger):
            ledger.setdefault(row["contact_id"], {})[row["step"]] = row
            self.found.effects += row["status"] == "settled"
            self.found.outcomes[row["outcome"] or row["status"]] += 1
        mails = Counter((mail.recipient, mail.subject) for mail in self.sink.received)
        for person in self.people:
            run = runs.get(person.id)
            if run is None:
                self.found.wrong.append(f"{person.id} never entered")
                continue
            self._person(person, run, ledger.get(person.id, {}), mails)
        self._repeats(mails)
        await self._doubts()
        await self._records(runs)
        await self._temporal(len(runs))
        return self.found

    def _person(
        self,
        person: Person,
        run: Mapping[str, Any],
        rows: Mapping[str, Mapping[str, Any]],
        mails: Counter[Any],
    ) -> None:
        """Hold what one contact was to get against what they got."""
        if run["status"] != "ended":
            self.found.wrong.append(f"{run['id']} still stands at {run['position']}")
        names = [*MAILS, *((NEWER,) if run["plan"] == self.newer else ())]
        steps = {f"send:{name.lower()}": name for name in names}
        aside = f"whenever:visit-to-pricing/send:{ASIDE.lower()}"
        if person.seen or (person.seen is None and aside in rows):
            steps[aside] = ASIDE
        for step in (*steps, *_OTHERS):
            row = rows.get(step)
            at_receiver = (
                mails[person.address, steps[step]] if step in steps else self._calls(run["id"], step)
            )
            self._effect(f"{run['id']} {step}", row, at_receiver)
        for step in set(rows) - set(steps) - set(_OTHERS):
            self.found.wrong.append(f"{run['id']} {step} was not to be")

    def _effect(self, what: str, row: Mapping[str, Any] | None, delivered: int) -> None:
        outcome = None if row is None or row["status"] != "settled" else row["outcome"]
        if outcome is None and not delivered:
            self.found.lost.append(f"{what}: {'no row' if row is None else row['status']}")
        elif outcome is None:
            self.found.wrong.append(f"{what}: delivered, and {'no row' if row is None else row['status']}")
        elif outcome == "sent" and not delivered:
            self.found.untrue.append(what)
        elif outcome in ("failed", "skipped") and delivered:
            self.found.wrong.append(f"{what}: delivered, and {outcome} ({row and row['reason']})")

    def _calls(self, run: str, step: str) -> int:
        key = effect_id(self.secret, EffectKey(run, step, 1))
        return sum(self.sites.taken[path, key] for path in self._paths())

    def _paths(self) -> set[str]:
        return {path for path, _ in self.sites.taken}

    def _repeats(self, mails: Counter[Any]) -> None:
        """Hold that nobody has got anything twice. What is idempotent by its key may be repeated under it."""
        self.found.repeated += [
            f"{recipient} {subject}" for (recipient, subject), n in mails.items() if n > 1
        ]
        self.found.repeated += self.sink.duplicates()
        for (path, key), times in self.sites.taken.items():
            if times > 1 and path.endswith("/sms"):
                self.found.repeated.append(f"sms {key}")
            elif times > 1:
                self.found.repeats_under_key += times - 1
        texts = Counter(call.payload["contact"]["id"] for call in self.sites.calls if call.hook == "sms")
        self.found.repeated += [f"sms of {contact}" for contact, times in texts.items() if times > 1]

    async def _doubts(self) -> None:
        """Hold that each doubt was brought about by a kill, or by a receiver that did not answer."""
        listed = await doubts(self.store)
        self.found.doubts = len(listed)
        for doubt in listed:
            key = effect_id(self.secret, EffectKey(doubt.run, doubt.step, doubt.visit))
            dropped = doubt.message_id in self.sink.unanswered or key in self.sites.unanswered
            killed = (doubt.run, doubt.step, doubt.visit) in self.offered
            cause = "the receiver's" if dropped else "a kill's" if killed else "nobody's"
            self.found.causes[cause] += 1
            told = f"{doubt.offered_at} to {doubt.settled_at} ({cause} doing): {doubt.detail}"
            self.found.doubtful.append(f"{doubt.run} {doubt.step}, {told}")
            if not dropped and not killed:
                self.found.unexplained.append(f"{doubt.run} {doubt.step}: {doubt.detail}")

    async def _records(self, runs: Mapping[str, Mapping[str, Any]]) -> None:
        """Hold that every event that was acknowledged is on record, once, and counted once."""
        events = Counter(row["message_id"] for row in await self._all(schema.events))
        self.found.wrong += [f"event {id_} is not on record" for id_ in self.acknowledged - set(events)]
        scores = {row["id"]: row["score"] for row in await self._all(schema.contacts)}
        for person in self.people:
            if person.id in runs and scores[person.id] != SCORE + VISIT + SURVEY:
                self.found.wrong.append(f"{person.id} has {scores[person.id]} points")
        journal = schema.journal
        async with self.store.reading() as connection:
            query = select(journal.c.run_id, func.count(), func.max(journal.c.n)).group_by(journal.c.run_id)
            gaps = [row[0] for row in await connection.execute(query) if row[1] != row[2]]
            waiting = await connection.scalar(
                select(func.count()).select_from(schema.outbox).where(schema.outbox.c.delivered_at.is_(None))
            )
        self.found.wrong += [f"{run}'s journal has gaps" for run in gaps]
        if waiting:
            self.found.wrong.append(f"{waiting} words for Temporal are not delivered")

    async def _temporal(self, runs: int) -> None:
        """Hold that Temporal has completed each run once, and failed none."""
        counted: Counter[str] = Counter()
        async for workflow in self.client.list_workflows():
            counted[workflow.status.name if workflow.status else "?"] += 1
        if counted != Counter({"COMPLETED": runs}):
            self.found.wrong.append(f"Temporal has {dict(counted)} for {runs} runs")

    async def _all(self, table: Any) -> list[dict[str, Any]]:
        async with self.store.reading() as connection:
            return [dict(row._mapping) for row in await connection.execute(select(table))]
