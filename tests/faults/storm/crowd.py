"""The crowd: contacts who do what starts their run and lets it go on, told to an intake that may be dead.

Each event is sent until it is acknowledged, as a site would that has an outbox of its own. Some are sent
twice, at once or later, some come in the wrong order, some tell of what happened hours ago.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from runtime.people import Contact

KINDS = {7: "nobody", 13: "busy", 21: "unwanted"}
"""Contacts whose mailbox refuses them for good, for a moment, or refuses every message."""

_PAUSE, _LONGEST_PAUSE = 0.25, 2.0
_LATE = 3 * 3_600


@dataclass(frozen=True, slots=True)
class Person:
    """One contact. `order`: in which order their events are sent."""

    id: str
    address: str
    order: tuple[str, ...]

    @property
    def seen(self) -> bool | None:
        """Whether their visit falls into their run; None: it depends on how fast the run is."""
        if self.order.index("visit") < self.order.index("start"):
            return False
        return True if self.order == ("start", "visit", "survey") else None

    def contact(self) -> Contact:
        return Contact(
            self.id,
            {"email": self.address, "first_name": "Ana"},
            account_id=None,
            time_zone=None,
            known_since=0,
            consents=frozenset({"Marketing"}),
        )


def invent(number: int, chance: Random) -> Person:
    """Invent a contact."""
    order = ["start", "visit", "survey"]
    if chance.random() < 0.15:
        chance.shuffle(order)
    kind = KINDS.get(number % 50, "person")
    return Person(f"c-{number:06}", f"{kind}-{number}@people.example.com", tuple(order))


_EVENTS: dict[str, dict[str, Any]] = {
    "start": {"event": "Form Submitted", "properties": {"form": "Whitepaper"}},
    "survey": {"event": "Form Submitted", "properties": {"form": "Survey"}},
    "visit": {"event": "Page Viewed", "properties": {"page": "/pricing"}},
}


@dataclass
class Crowd:
    """Sends the events of people to `url`. `acknowledged`: ids that the intake has said it has."""

    url: Callable[[], str]
    chance: Random
    client: httpx2.AsyncClient
    acknowledged: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    patience: float = 3.0

    async def live(self, person: Person) -> None:
        """Let one person do all that they do."""
        async with asyncio.TaskGroup() as later:
            for what in person.order:
                event = {"id": f"{person.id}-{what}", "contact": person.id, **_EVENTS[what]}
                if what != "visit" and self.chance.random() < 0.2:
                    event["at"] = int(time.time()) - self.chance.randrange(_LATE)
                    self.counts["late"] += 1
                await self._send(event)
                if self.chance.random() < 0.15:
                    self.counts["duplicate"] += 1
                    later.create_task(self._again(event))
                await asyncio.sleep(self.chance.random() * self.patience)
        if person.order != ("start", "visit", "survey"):
            self.counts["reordered"] += 1

    async def _again(self, event: dict[str, Any]) -> None:
        await asyncio.sleep(self.chance.random() * self.patience)
        await self._send(event)

    async def _send(self, event: dict[str, Any]) -> None:
        pause = _PAUSE
        while True:
            try:
                answer = await self.client.post(self.url() + "/events", json=event, timeout=15)
            except httpx2.TransportError:
                self.counts["unanswered"] += 1
            else:
                if answer.status_code == 202:
                    self.acknowledged.add(event["id"])
                    return
                if answer.status_code != 503:
                    raise AssertionError(f"The intake refuses {event}: {answer.status_code} {answer.text}")
                self.counts["503"] += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
