"""A database in which contacts go through journeys without Temporal: runs take turns when they are due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dsl
from dsl.plan import SendEmail
from runtime.machine import Done
from runtime.store import (
    Claim,
    Store,
    enter_journey,
    import_contacts,
    offer,
    publish,
    record_event,
    settle_turn,
    take_turn,
)
from runtime.store.runs import unsettled
from runtime.why import Answer, Answers, Question, ask
from runtime.why.from_store import case
from runtime.why.places import Sources

MONDAY = 1_772_442_000  # 2026-03-02T09:00:00Z
HOUR, DAY = 3_600, 86_400
OUTER = frozenset({"send", "message", "notify", "sync"})

SETTINGS = b"""[workspace]
name = "Test"
time_zone = "UTC"

[email]
from = "Test <test@example.com>"
postal_address = "Test, Street 1, 10115 Berlin"
unsubscribe = "unsubscribe@example.com"
"""


def workspace(journeys: str, shared: str) -> dict[str, bytes]:
    """Return a workspace with an email file for each email that its journeys send."""
    import re

    files = {"nurture.toml": SETTINGS, "a.journey": journeys.encode(), "shared.journey": shared.encode()}
    for name in re.findall(r'send (?:service )?email "([^"]+)"', journeys):
        slug = name.lower().replace(" ", "-")
        service = f'send service email "{name}"' in journeys
        head = f"name: {name}\nclass: {'service' if service else 'marketing'}\nsubject: Hi\n"
        files[f"emails/{slug}.md"] = f"---\n{head}---\nHello.\n".encode()
    return files


@dataclass
class Life:
    """A store, the workspace that is published in it, and what each email comes to."""

    store: Store
    files: dict[str, bytes]
    now: int = MONDAY
    outcome: Callable[[str], Done] = field(default=lambda _name: Done("sent"))
    serial: int = 0

    async def publish(self, at: int = MONDAY - 30 * DAY) -> dsl.Compiled:
        found = dsl.compile_workspace(self.files)
        assert found.ok, dsl.as_text(found.diagnostics)
        await publish(self.store, found.definitions, found.plans.values(), at)
        return found

    async def contact(self, id_: str = "ana", consent: bool = True, **fields: Any) -> None:
        from runtime.store import load_published

        person = {"id": id_, "email": f"{id_}@example.com", "first_name": id_.capitalize(), **fields}
        if consent:
            person["consents"] = "Marketing"
        definitions = (await load_published(self.store)).definitions
        await import_contacts(self.store, [person], definitions, MONDAY - 29 * DAY)

    async def happens(self, name: str, contact: str = "ana", **properties: Any) -> None:
        self.serial += 1
        id_ = f"m{self.serial}"
        await record_event(
            self.store, message_id=id_, name=name, at=self.now, contact=contact, properties=properties
        )

    async def enter(self, journey: str, contact: str = "ana") -> None:
        await enter_journey(self.store, journey, contact, self.now)

    async def until(self, at: int) -> None:
        """Let all runs go on to an instant, second by second where something is due."""
        while True:
            await self.settle()
            due = await self.next_due(at)
            if due is None:
                break
            self.now = max(self.now, due)
        self.now = at
        await self.settle()

    async def settle(self) -> None:
        """Let every run that has something to do now take its turns."""
        for _ in range(100):
            runs = await unsettled(self.store, self.now)
            if not runs:
                return
            for run in runs:
                await self.turn(run)

    async def turn(self, run: str) -> None:
        from runtime.store import get_run

        row = await get_run(self.store, run)
        taken = await take_turn(self.store, run, row.turn_no, self.now, OUTER)
        while isinstance(taken, Claim):
            name = taken.effect.email if isinstance(taken.effect, SendEmail) else ""
            done = self.outcome(name)
            if done.kind in ("sent", "in doubt"):
                await offer(self.store, taken, self.now, "<1@x>")
            taken = await settle_turn(
                self.store, taken, done, self.now, "550 no" if done.kind == "failed" else None
            )

    async def next_due(self, until: int) -> int | None:
        from runtime.store import list_runs

        due = [run.due for run in await list_runs(self.store, open_only=True) if run.due is not None]
        return min((at for at in due if self.now < at <= until), default=None)

    async def ask(
        self,
        contact: str = "ana",
        *,
        journey: str | None = None,
        email: str | None = None,
        at: int | None = None,
    ) -> Answers:
        found = dsl.compile_workspace(self.files)
        policies = {policy.name: policy for policy in found.definitions.policies}
        sources = Sources(self.files, found.plans, policies)
        whole = await case(self.store, contact, self.now)
        return ask(whole, Question(journey, email, at), sources)

    async def why(
        self, email: str, contact: str = "ana", journey: str | None = None, at: int | None = None
    ) -> Answer:
        return (await self.ask(contact, journey=journey, email=email, at=at)).answers[0]


def told(answer: Answer) -> list[str]:
    """Return the chain of an answer: `place text`, a question mark before what the records do not tell."""
    return [
        f"{'' if reason.sure else '? '}{reason.text}{f' [{reason.place}]' if reason.place else ''}"
        for reason in answer.reasons
    ]
