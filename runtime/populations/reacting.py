"""Reacting: what invented contacts do about what a journey does to them, and what sales does with handoffs.

Everything follows from a hash of the seed and what it is about, so the same seed tells the same story, and
a change of the journey changes nothing but what hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl.plan import Condition, EventDefinition, HasDone, Plan, SendEmail
from runtime.evaluate import truth
from runtime.facts import Facts
from runtime.handoffs import ACCEPTED, REJECTED
from runtime.needs import parts
from runtime.people import RecordedEvent
from runtime.populations.behaviour import Behaviour
from runtime.populations.fitting import Draft
from runtime.populations.inventing import Inventor
from runtime.populations.luck import delay, pick, roll, rolls
from runtime.published import Published
from runtime.simulator import RunRecord, World
from runtime.turn import Outer
from runtime.writes import HandoffOpened, RunEntered

MAIL_EVENTS = frozenset(
    {"Email Opened", "Email Clicked", "Email Replied", "Email Bounced", "Unsubscribed", "Complained"}
)
NO_ANSWERS = MAIL_EVENTS | {ACCEPTED, REJECTED, "Opportunity Opened", "Opportunity Closed"}
"""What comes of emails and of sales alone, however a journey listens to it."""

_KEENEST, _LEAST = 1.6, 0.4
_OPEN, _CLICK, _REPLY, _ANSWER = range(4)
"""What a contact is more or less keen on, each by itself: if those who open were those who click, the share
of clicks among them would be greater than what it was said to be."""


Keen = Callable[[float, int], float]


@dataclass(slots=True)
class Reactions:
    """What contacts and sales do. `links`: of the workspace's emails; `world`: where the contacts stand."""

    published: Published
    behaviour: Behaviour
    inventor: Inventor
    links: Mapping[str, tuple[str, ...]]
    seed: int
    world: World
    keen: dict[str, float] = field(default_factory=dict)
    _heard: dict[str, tuple[Listened, ...]] = field(default_factory=dict)

    def __call__(self, record: RunRecord, outer: Outer) -> Iterator[RecordedEvent]:
        """React to an effect that was delivered: see `Simulator.react`."""
        if isinstance(outer.effect, SendEmail):
            yield from self.mail(record, outer, outer.effect.email)

    def mail(self, record: RunRecord, outer: Outer, email: str) -> Iterator[RecordedEvent]:
        """React to an email. One hash tells all of it."""
        contact, at = record.contact, outer.at
        facts = self.world.facts[contact]
        keen = self._keen(contact)
        about = (self.seed, contact, record.view.id, outer.step_id, outer.visit)
        luck, more = rolls(*about), rolls(*about, "more")
        model = self.behaviour.of(email, self._segment(facts, at))
        if roll(self.seed, contact, "bounce") < self.behaviour.bounce:
            yield _event("Email Bounced", at + 60, record, outer, {"email": email, "kind": "hard"})
            return
        known = {"email": email, "run": record.view.id}
        if luck[0] < model.machine:
            yield _event("Email Opened", at + 5, record, outer, known, machine=True)
        if luck[1] >= keen(model.open, _OPEN):
            return
        opened = at + delay(luck[2], model.open_after)
        yield _event("Email Opened", opened, record, outer, known)
        if more[0] < model.unsubscribe:
            yield _event("Unsubscribed", opened + 60, record, outer, {"email": email})
        if more[1] < model.complain:
            yield _event("Complained", opened + 90, record, outer, {"email": email})
        if more[2] < keen(model.reply, _REPLY):
            replied = opened + delay(more[3], model.reply_after)
            yield _event("Email Replied", replied, record, outer, known)
        if luck[3] >= keen(model.click, _CLICK):
            return
        clicked = opened + delay(luck[4], model.click_after)
        yield _event("Email Clicked", clicked, record, outer, {**known, **self._link(record, email, luck[5])})
        yield from self._follows(record, outer, clicked, keen)

    def entered(self, write: RunEntered, contact: str) -> Iterator[RecordedEvent]:
        """Let a contact do, without being asked, what the journey that it has entered listens to."""
        answers, keen = self.behaviour.answers, self._keen(contact)
        for number, heard in enumerate(self._listens(write.plan)):
            luck = rolls(self.seed, write.id, "unprompted", number)
            share = answers.events.get(heard.event, answers.asked) if heard.asked else answers.unprompted
            if luck[0] < keen(share, _ANSWER):
                at = write.at + delay(luck[1], answers.unprompted_after)
                about = f"{write.id}/unprompted/{number}"
                yield self._done(heard, contact, write.trigger, at, about, luck[2])

    def handed_off(self, write: HandoffOpened, contact: str) -> Iterator[RecordedEvent]:
        """Let sales answer a handoff, and open an opportunity."""
        sales = self.behaviour.sales
        luck = rolls(self.seed, write.id, "handoff")
        at = write.at + delay(luck[1], sales.answer_after)
        if luck[0] < sales.accept:
            yield RecordedEvent(
                f"{write.id}/accepted", ACCEPTED, at, contact, None, {"handoff": write.handoff}
            )
            facts = self.world.facts[contact]
            if luck[2] < sales.opportunity and facts.account_id is not None:
                opened = at + delay(luck[3], sales.opportunity_after)
                id_ = {"opportunity": f"o/{write.id}"}
                yield RecordedEvent(
                    f"{write.id}/opportunity", "Opportunity Opened", opened, contact, None, id_
                )
        elif luck[0] < sales.accept + sales.reject:
            rule = self.published.definitions.handoffs.get(write.handoff)
            reasons = rule.reject_reasons if rule is not None else ()
            known = {"handoff": write.handoff, **({"reason": pick(reasons, luck[4])} if reasons else {})}
            yield RecordedEvent(f"{write.id}/rejected", REJECTED, at, contact, None, known)

    def habits(self, contact: str, arrives: int, until: int) -> Iterator[RecordedEvent]:
        """Let a contact do what people do by themselves."""
        for number, habit in enumerate(self.behaviour.habits):
            if roll(self.seed, contact, "habit", number) >= habit.share:
                continue
            at = arrives
            for time in range(habit.times):
                luck = rolls(self.seed, contact, "habit", number, time)
                at += delay(luck[0], habit.after)
                if at > until:
                    break
                about = f"{contact}/habit/{number}/{time}"
                known = self.inventor.properties(habit.event, about, at) | dict(habit.properties)
                yield RecordedEvent(about, habit.event, at, contact, None, known)

    def _keen(self, contact: str) -> Keen:
        """Return what makes of a share of all the share of this contact; on average it is that of all."""
        own, of_group = rolls(self.seed, contact, "keen"), self.keen.get(contact, 1.0)

        def keen(share: float, on: int) -> float:
            found = _LEAST + (_KEENEST - _LEAST) * own[on]
            wanted = min(1.0, share * of_group)
            # Who is likely to do it anyway can hardly be more so; what varies then is how many do not.
            return wanted * found if wanted <= 0.5 else 1 - (1 - wanted) * (2 - found)

        return keen

    def _segment(self, facts: Facts, at: int) -> str | None:
        """Return the first segment of the model that a contact is in."""
        definitions = self.published.definitions
        for name in self.behaviour.segments:
            if truth(definitions.segments[name], facts, None, at, definitions.time_zone):
                return name
        return None

    def _link(self, record: RunRecord, email: str, luck: float) -> dict[str, str]:
        """Choose a link: half the time one that the journey asks about, if it asks about any."""
        plan = self.published.plan(record.view.plan)
        asked = sorted(
            {
                interest.args["link"]
                for interest in plan.interests
                if interest.event == "Email Clicked"
                and interest.args.get("email") == email
                and "link" in interest.args
            }
        )
        links = self.links.get(email, ())
        if asked and (luck < 0.5 or not links):
            return {"link": pick(asked, luck * (2 if links else 1))}
        return {"link": pick(links, luck)} if links else {}

    def _follows(self, record: RunRecord, outer: Outer, clicked: int, keen: Keen) -> Iterator[RecordedEvent]:
        """Let who has clicked do what the journey listens to."""
        answers = self.behaviour.answers
        for number, heard in enumerate(self._listens(record.view.plan)):
            about = f"{record.view.id}/{outer.step_id}/{outer.visit}/{number}"
            luck = rolls(self.seed, about)
            if luck[0] < keen(answers.events.get(heard.event, answers.otherwise), _ANSWER):
                at = clicked + delay(luck[1], answers.after)
                yield self._done(heard, record.contact, record.view.trigger, at, about, luck[2])

    def _listens(self, hash_: str) -> tuple[Listened, ...]:
        found = self._heard.get(hash_)
        if found is None:
            found = self._heard[hash_] = listened(self.published.plan(hash_))
        return found

    def _done(
        self, heard: Listened, contact: str, trigger: Mapping[str, Any], at: int, about: str, luck: float
    ) -> RecordedEvent:
        """Make an event that a journey listens to, with all its fields, so that it is heard."""
        facts, definitions = self.world.facts[contact], self.published.definitions
        draft = Draft(at, luck, definitions, self.inventor.vocabulary, heard.event, trigger=trigger)
        draft.contact, draft.account = facts.contact, facts.account
        draft.properties = self.inventor.properties(heard.event, about, at) | dict(heard.args)
        draft.fit(heard.where)
        declared = definitions.events.get(heard.event, EventDefinition())
        account = facts.account_id if declared.subject == "account" else None
        whom = None if account else contact
        return RecordedEvent(about, heard.event, at, whom, account, draft.properties)


@dataclass(frozen=True, slots=True)
class Listened:
    """An event besides mail that a plan waits for, or only asks about (`asked`)."""

    event: str
    args: Mapping[str, str]
    where: Condition | None
    asked: bool


def listened(plan: Plan) -> tuple[Listened, ...]:
    """Return what a plan listens to and contacts bring about, each once; what it waits for first."""
    found = [Listened(i.event, i.args, i.where, asked=False) for i in plan.interests if i.event]
    asked = (part for part in parts(plan.predicates) if isinstance(part, HasDone))
    found += [Listened(fact.event, fact.args, fact.where, asked=True) for fact in asked]
    once: dict[tuple[object, ...], Listened] = {}
    for one in found:
        if one.event not in NO_ANSWERS and not one.event.startswith("nurture:"):
            once.setdefault((one.event, *sorted(one.args.items()), str(one.where)), one)
    return tuple(once.values())


def _event(
    name: str, at: int, record: RunRecord, outer: Outer, known: dict[str, Any], machine: bool = False
) -> RecordedEvent:
    id_ = f"{record.view.id}/{outer.step_id}/{outer.visit}/{name}/{at}"
    return RecordedEvent(id_, name, at, record.contact, None, known, machine)
