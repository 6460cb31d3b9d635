"""The head of a journey in sentences: how it begins and ends, and what holds for every message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsl.plan import Definitions, Plan
from dsl.spelling import one_of
from dsl.wording import Words, field_name, length, told_by_fields

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# What is told here or by the steps; whatever else a plan holds is told by its own fields.
_TOLD = frozenset(
    (
        *("format", "journey", "subject", "owner", "description", "hash", "starts", "runs", "sending_hours"),
        *("entry", "steps", "endings", "handlers", "predicates", "instants", "interests", "emails"),
        *("pauses", "updates", "limits", "priority", "inside"),
    )
)
_NO_WORDS_FOR = frozenset({"line", "id", "interest", "predicate"})


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
        if self.plan.subject == "account":
            yield "The contact is, in a run of an account, the one with whom it began."
        for pause in self.plan.pauses:
            fact = self.words.condition(self.plan.predicates[pause.predicate])
            yield f"While {fact}, nothing of the run goes on; afterwards it does."
        for update in self.plan.updates:
            event = self.words.interest(self.plan.interests[update.interest])
            yield f"When {event}, that event takes the place of the starting one, and its dates count."
        if self.plan.inside == "move":
            yield "A new version of the journey is for those inside, too: they move to it."
        else:
            yield "A new version of the journey is for later runs; whoever is inside stays on theirs."
        if self.plan.priority != "normal":
            yield f"Where a cap lets only some messages go, this journey has {self.plan.priority} priority."
        for name in type(self.plan).model_fields:
            value = getattr(self.plan, name)
            if name not in _TOLD and value not in ((), None, False, "", {}):
                yield f"{name.replace('_', ' ').capitalize()}: {_by_fields(value)}."

    def start(self, start: Any) -> str:
        """Tell one way in."""
        asked = f", if at that moment {self.words.condition(start.condition)}" if start.condition else ""
        if start.everyone is not None:
            return self._everyone(start.everyone) + f"{asked}."
        if start.by_hand:
            return f"Starts when a person, or another journey, starts it{asked}."
        return f"Starts when {self.words.event(start.event, start.args, start.where)}{asked}."

    def _everyone(self, everyone: Any) -> str:
        who = f"everyone in segment “{everyone.segment}”, those who are there already too"
        if everyone.clock is None:
            return f"Starts once with {who}"
        day = "day" if everyone.weekday is None else WEEKDAYS[everyone.weekday]
        return f"Starts every {day} at {everyone.clock} with {who}"

    def _runs(self) -> str:
        runs, subject = self.plan.runs, self.plan.subject
        alone = "There is never more than one run at a time"
        if runs.kind == "once" and runs.key:
            key = f"{field_name(runs.key.field)} of the starting event"
            return f"Runs once for each {subject} and each {key}; runs for others go side by side."
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
        zone = self.definitions.time_zone
        return f"{told}; one that comes up at another time is held until then." + (
            f" Where a contact's time zone is not known, {zone} counts." if hours.zone == "contact" else ""
        )

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
                yield f"{when}, the run ends at once, without success."
        if any(not ending.stay for ending in self.plan.endings):
            yield "Whatever is held then, is never sent."


def _whose(zone: str) -> str:
    return "by the contact's own clock" if zone == "contact" else f"in {zone} time"


def _window(hours: Any) -> str:
    across = " the next day" if hours.to <= hours.from_ else ""
    return f"{_weekdays(hours.days)} from {hours.from_} to {hours.to}{across}"


def _weekdays(days: tuple[int, ...]) -> str:
    if days == (0, 1, 2, 3, 4):
        return "on weekdays"
    return "every day" if len(days) == 7 else "on " + one_of((WEEKDAYS[day] for day in days), "and")


def _limit(limit: Any, which: str) -> str:
    span = f"any {length(limit.amount, limit.unit)}" if limit.amount else "a calendar week"
    emails = f"{limit.count} email{'' if limit.count == 1 else 's'} {which} in {span}"
    if limit.hold:
        return f"{emails} (more are held, for {length(limit.hold, limit.hold_unit)} at most)."
    return f"{emails} (more are passed over)."


def _by_fields(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(_by_fields(one) for one in value)
    return told_by_fields(value, _NO_WORDS_FOR) if hasattr(type(value), "model_fields") else str(value)
