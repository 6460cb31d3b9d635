"""Reactions: how contacts behave when nobody recorded how they did.

A model, not a forecast: some contacts are keener than others, some open, fewer click, and who clicks may go
on to what the journey waits for. Everything follows from a hash of the seed and the send, so the same seed
always tells the same story, whatever else changes in the journey.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsl.plan import Plan, SendEmail
from runtime.people import RecordedEvent
from runtime.published import Published
from runtime.simulator.world import RunRecord
from runtime.turn import Outer

HOUR = 3_600

_OPEN, _CLICK, _BY_MACHINE = 0.55, 0.30, 0.06
_OPEN_AFTER, _CLICK_AFTER, _FOLLOW_AFTER = 3 * HOUR, HOUR // 6, 8 * HOUR

# How likely a contact who clicked does what the journey listens for; keen ones more.
_FOLLOWS = {"Asset Downloaded": 0.5, "Page Viewed": 0.35, "Form Submitted": 0.12, "Email Replied": 0.08}
_OTHERWISE = 0.06
_ANSWERS_TO_MAIL = ("Email Opened", "Email Clicked", "Email Replied")


@dataclass(frozen=True, slots=True)
class Reactions:
    """What contacts do when an email reaches them; for `Simulator.react`."""

    seed: int
    published: Published

    def __call__(self, record: RunRecord, outer: Outer) -> Iterator[RecordedEvent]:
        """React to an effect that was delivered."""
        if not isinstance(outer.effect, SendEmail):
            return
        sent = _Sent(self.seed, record.contact, record.view.id, outer, outer.effect.email)
        yield from sent.reactions(self.published.plan(record.view.plan))


@dataclass(frozen=True, slots=True)
class _Sent:
    """One email that arrived."""

    seed: int
    contact: str
    run: str
    outer: Outer
    email: str

    def reactions(self, plan: Plan) -> Iterator[RecordedEvent]:
        keen = 0.4 + 1.2 * chance(self.seed, self.contact, "keen")
        if self.chance("machine") < _BY_MACHINE:
            yield self.event("Email Opened", self.outer.at + 5, {"email": self.email}, machine=True)
        if self.chance("open") >= _OPEN * keen:
            return
        opened = self.outer.at + self.delay("open after", _OPEN_AFTER)
        yield self.event("Email Opened", opened, {"email": self.email})
        if self.chance("click") >= _CLICK * keen:
            return
        clicked = opened + self.delay("click after", _CLICK_AFTER)
        yield self.event("Email Clicked", clicked, {"email": self.email, **self.link(plan)})
        yield from self.follows(plan, keen, clicked)

    def link(self, plan: Plan) -> dict[str, str]:
        """Choose among the links that the journey asks about."""
        links = sorted(
            {
                i.args["link"]
                for i in plan.interests
                if i.event == "Email Clicked" and i.args.get("email") == self.email and "link" in i.args
            }
        )
        return {"link": links[int(self.chance("link") * len(links))]} if links else {}

    def follows(self, plan: Plan, keen: float, clicked: int) -> Iterator[RecordedEvent]:
        for number, interest in enumerate(plan.interests):
            name = interest.event
            if name is None or interest.where is not None:
                continue
            if name in _ANSWERS_TO_MAIL and interest.args.get("email", self.email) != self.email:
                continue
            if name in ("Email Opened", "Email Clicked"):
                continue
            if self.chance(f"follow {number}") < _FOLLOWS.get(name, _OTHERWISE) * keen:
                at = clicked + self.delay(f"follow after {number}", _FOLLOW_AFTER)
                yield self.event(name, at, dict(interest.args))

    def chance(self, what: str) -> float:
        return chance(self.seed, self.contact, self.run, self.outer.step_id, self.outer.visit, what)

    def delay(self, what: str, typical: int) -> int:
        """Return seconds: often short, seldom long, on average `typical`."""
        return 30 + int(-math.log(1 - self.chance(what)) * typical)

    def event(self, name: str, at: int, properties: dict[str, Any], machine: bool = False) -> RecordedEvent:
        known = dict(properties)
        if name in _ANSWERS_TO_MAIL:
            known["run"] = self.run
        id_ = f"{self.run}/{self.outer.step_id}/{self.outer.visit}/{name}/{at}"
        return RecordedEvent(id_, name, at, self.contact, None, known, machine)


def chance(*about: object) -> float:
    """Return a number from 0 up to 1 that depends on its arguments alone."""
    digest = hashlib.sha256("\x00".join(map(str, about)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
