"""The head of a journey in sentences: how it begins and ends, and what holds for every message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsl import civil
from dsl.holding import Rules
from dsl.plan import Definitions, Plan
from dsl.saying import WEEKDAYS, field_name, length
from dsl.spelling import one_of
from dsl.wording import Words, changed

# What is told here or by the steps; a test compares it with all that a plan holds.
TOLD = frozenset(
    (
        *("format", "journey", "file", "subject", "owner", "description", "hash", "starts", "runs"),
        *(
            "sending_hours",
            "entry",
            "steps",
            "endings",
            "handlers",
            "predicates",
            "instants",
            "interests",
            "emails",
        ),
        *("pauses", "updates", "moves", "limits", "priority", "inside"),
    )
)


@dataclass(frozen=True, slots=True)
class Head:
    """Tells the head of one plan. `definitions`: what the whole workspace shares."""

    plan: Plan
    definitions: Definitions
    words: Words

    def beginning(self) -> Iterator[str]:
        """Tell how a contact comes in, how often, and what holds for the whole journey."""
        for start in self.plan.starts:
            yield self.start(start)
        if not self.plan.starts:
            yield "Starts only when another journey or a person starts it."
        yield self._runs()
        yield from self._account()
        yield from self._pauses()
        for update in self.plan.updates:
            event = self.words.interest(self.plan.interests[update.interest])
            yield (
                f"When {event}, that event takes the place of the starting one: blocks and waits that go by "
                "its dates move, unless they have begun."
            )
        yield from self._moves()
        if self.plan.inside == "move":
            yield "A new version of the journey is for those inside, too: they move to it."
        else:
            yield "A new version of the journey is for later runs; whoever is inside stays on theirs."
        if self.plan.priority != "normal":
            yield f"Where a cap lets only some messages go, this journey has {self.plan.priority} priority."

    def _account(self) -> Iterator[str]:
        """Tell who the contact is where the account matters."""
        without = [start for start in self.plan.starts if self._of_account(start)]
        if self.plan.subject == "contact":
            if without:
                yield (
                    "What the account does counts for each of its contacts: every one comes in, with "
                    "a run of their own."
                )
            return
        if not self.alone():
            told = "The contact is, in a run of an account, the one with whom it began: mail, fields, score "
            told += "and tags are theirs."
            yield told + (" A run that the account itself begins has no contact." if without else "")
        else:
            yield "The run is the account's own: the account begins it, so there is no contact in it."
        if any(interest.event for interest in self.plan.interests):
            yield "What the run listens for counts whoever of the account does it."

    def alone(self) -> bool:
        """Whether there is no contact in any run."""
        starts = self.plan.starts
        return self.plan.subject == "account" and bool(starts) and all(map(self._of_account, starts))

    def _of_account(self, start: Any) -> bool:
        """Whether the account begins a run, and not one of its contacts."""
        name = start.event
        subject = self.words.subjects.get(
            name, "account" if name.startswith("nurture:account") else "contact"
        )
        return bool(name) and subject == "account"

    def _pauses(self) -> Iterator[str]:
        for pause in self.plan.pauses:
            fact = self.words.condition(self.plan.predicates[pause.predicate])
            yield (
                f"While {fact}, nothing of the run goes on: neither waits nor messages. "
                f"Afterwards it goes on where it stood."
            )
        if not self.plan.pauses:
            return
        kinds = {instant.kind for instant in self.plan.instants}
        waits, blocks = kinds & {"after", "business"}, kinds & {"day", "hour"}
        if waits and blocks:
            yield (
                "Waits for a length of time, and blocks on days and hours, are over later by the "
                "length of the pause."
            )
        elif waits:
            yield "Waits for a length of time are over later by the length of the pause."
        elif blocks:
            yield "Blocks on days and hours begin later by the length of the pause."
        if kinds & {"date", "on", "clock"}:
            yield (
                "What hangs on a date or a time of day does not move: if it has passed "
                "meanwhile, it comes as the run goes on."
            )
        if any(step.op == "arms" for step in self.plan.steps):
            yield "A wait that meets its event during the pause goes on with it afterwards."
        if any(handler.predicate is None for handler in self.plan.handlers):
            yield "What stands under “whenever” is not done for events during the pause."
        if any(handler.predicate is not None for handler in self.plan.handlers):
            yield "What stands under “as soon as” is looked at again when the run goes on."
        if any(not ending.stay for ending in self.plan.endings):
            yield "What ends the run ends it during a pause, too, at once."

    def _moves(self) -> Iterator[str]:
        """Tell that blocks and waits follow a date that changes."""
        changes = [change for n in self.plan.moves for change in self.plan.interests[n].changes]
        if changes:
            what = one_of(dict.fromkeys(map(changed, changes)), "or")
            yield (
                f"When {what} changes, blocks and waits that go by it move with it, unless they "
                f"have begun. If "
                "the new moment is past, a block does what it says for being late; without a "
                "date it is left out."
            )

    def start(self, start: Any) -> str:
        """Tell one way in."""
        return f"Starts {self.way(start)}."

    def way(self, start: Any) -> str:
        """Tell one way in, behind `starts`."""
        if start.everyone is not None:
            told = self._everyone(start.everyone)
        elif start.by_hand:
            told = "when a person, or another journey, starts it"
        else:
            told = f"when {self._starting(start)}"
        asked = f", if at that moment {self.words.condition(start.condition)}" if start.condition else ""
        return f"{told}{asked}"

    def _starting(self, start: Any) -> str:
        of_contact = (
            start.event and not self._of_account(start) and not start.event.startswith("nurture:score")
        )
        if self.plan.subject == "account" and of_contact:
            return f"a contact of the account {self.words.does(start.event, start.args, start.where)}"
        return self.words.event(start.event, start.args, start.where)

    def _everyone(self, everyone: Any) -> str:
        meaning = self.words.meaning(everyone.segment)
        who = f"everyone in segment “{everyone.segment}”{meaning}, those who are there already too"
        if everyone.clock is None:
            return f"once, as the journey is published, with {who}"
        day = "day" if everyone.weekday is None else WEEKDAYS[everyone.weekday]
        zone = self.definitions.time_zone
        return f"every {day} at {everyone.clock} ({zone} time) with {who}"

    def _runs(self) -> str:
        runs, subject = self.plan.runs, self.plan.subject
        alone = "There is never more than one run at a time"
        if runs.kind == "once" and runs.key:
            key = f"{field_name(runs.key.field)} of the starting event"
            return f"Runs once, ever, for each {subject} and each {key}; runs for others go side by side."
        if runs.kind == "once":
            return f"Runs once for each {subject}, ever: whoever was in it does not come in again."
        if not runs.amount:
            return f"The same {subject} may come in again at any time after a run has ended. {alone}."
        gap = length(runs.amount, runs.unit)
        return f"The same {subject} may come in again {gap} after the last run ended, not before. {alone}."

    # ----------------------------------------------------------------------------------------- messages

    def messages(self) -> Iterator[str]:
        """Tell what holds for every message, unless a line says otherwise."""
        effects = [getattr(step, "effect", None) for step in self.plan.steps]
        sends = [effect for effect in effects if hasattr(effect, "ignore_hours")]
        marketing = any(not getattr(send, "service", False) for send in sends)
        if sends:
            yield self._hours()
        if marketing:
            yield "Marketing goes only to contacts who agreed to it; others are passed over and go on."
            yield from self._limits()
            yield from self._policies()
            if Rules(
                self.plan, self.definitions.policies, civil.zone(None, self.definitions.time_zone)
            ).closed():
                yield (
                    "Careful: the sending hours and the quiet hours of the policies have no moment "
                    "in common, "
                    "so no marketing of this journey ever goes."
                )
        if any(getattr(send, "guards", ()) for send in sends):
            yield "A message under a condition goes only if that still holds at the moment when it goes."
        if sends:
            yield "The line after a message follows when that was sent, or finally not sent."
            yield "Opens and clicks by machines never count."

    def _hours(self) -> str:
        hours: Any = self.plan.sending_hours
        if hours is None:
            return "Messages go at any hour of any day, for no sending hours are set."
        windows = " and ".join(_window(w) for w in (hours, *getattr(hours, "also", ())))
        whose = _whose(hours.zone)
        closed = getattr(hours, "calendar", None)
        told = f"Messages go {windows}, {whose}" + (f", but not on holidays of “{closed}”" if closed else "")
        return f"{told}; one that comes up at another time is held until then."

    def _limits(self) -> Iterator[str]:
        for limit in self.plan.limits:
            yield f"At most {_limit(limit, 'of this journey')}"

    def _policies(self) -> Iterator[str]:
        for policy in self.definitions.policies:
            told = [f"it needs consent “{consent}”" for consent in policy.consents]
            told += [f"at most {_limit(limit, 'of all journeys')[:-1]}" for limit in policy.limits]
            told += [f"it is held between {q.from_} and {q.to}, {_whose(q.zone)}" for q in policy.quiet]
            for hold in policy.holds:
                after = self.words.event(hold.event, hold.args, hold.where)
                told.append(f"it is held for {length(hold.amount, hold.unit)} after {after}")
            told += [f"it is passed over while {self.words.condition(skip)}" for skip in policy.skips]
            if told:
                yield f"Policy “{policy.name}” holds for marketing of all journeys: {'; '.join(told)}."

    # -------------------------------------------------------------------------------------------- ends

    def endings(self) -> Iterator[str]:
        """Tell what ends a run from outside, and what it means."""
        for ending in self.plan.endings:
            interest = self.plan.interests[ending.interest]
            if ending.predicate is not None:
                fact = self.words.condition(self.plan.predicates[ending.predicate])
                when = f"As soon as {fact} (also if that is so at the start)"
            else:
                when = f"When {self.words.interest(interest)}"
            if ending.stay:
                yield f"{when}, the goal “{ending.name}” is written down, and the run goes on."
            elif ending.kind == "goal":
                yield f"{when}, the goal “{ending.name}” is reached: the run ends at once, wherever it is."
            else:
                yield f"{when}, the run ends at once."
        if any(not ending.stay for ending in self.plan.endings):
            yield "Whatever is held then, is never sent."


def _whose(zone: str) -> str:
    return "by the contact's own clock" if zone == "contact" else f"in {zone} time"


def _window(hours: Any) -> str:
    if hours.from_ == hours.to == "00:00":
        return f"all day {_weekdays(hours.days)}"
    across = " the next day" if hours.to <= hours.from_ else ""
    return f"{_weekdays(hours.days)} from {hours.from_} to {hours.to}{across}"


def _weekdays(days: tuple[int, ...]) -> str:
    if days == (0, 1, 2, 3, 4):
        return "on weekdays"
    return "every day" if len(days) == 7 else "on " + one_of((WEEKDAYS[day] for day in days), "and")


def _limit(limit: Any, which: str) -> str:
    span = f"any {length(limit.amount, limit.unit)}" if limit.amount else f"a calendar {limit.unit}"
    emails = f"{limit.count} email{'' if limit.count == 1 else 's'} {which} in {span}"
    if limit.hold:
        hold = f"more are held, for {length(limit.hold, limit.hold_unit)} at most"
    else:
        hold = "more are passed over"
    return f"{emails} ({hold}; service mail is not counted)."
