"""Telling: one step of a plan as a sentence, with what it does when nothing else is said.

A step that is not known here is told by its own text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dsl.labels import Labels
from dsl.plan import DateField, Definitions, Plan, Ref
from dsl.saying import day, length, literal, moment, ref
from dsl.terms import terms
from dsl.weave import Item
from dsl.wording import Words


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the steps of one plan. `definitions`: what the whole workspace shares."""

    plan: Plan
    definitions: Definitions | None = None
    words: Words = field(default_factory=Words)
    terms_told: set[tuple[str, str]] = field(default_factory=set)

    def step(self, item: Item) -> str:
        """Tell a step, without the ways on from it."""
        step: Any = item.step
        effect = getattr(step, "effect", None)
        if effect is not None:
            known = _EFFECTS.get(effect.kind)
            return known(self, effect) if known else _sentence(step.text)
        known = _STEPS.get(step.op)
        return known(self, item) if known else _sentence(step.text)

    # ------------------------------------------------------------------------------------------- effects

    def send(self, effect: Any) -> str:
        """Tell a send: what goes, to whom, and when not."""
        told = f"Send {'service ' if effect.service else ''}email “{effect.email}”"
        if effect.subject:
            told += f" with the subject “{effect.subject}”"
        if effect.version_by:
            told += f" in the version for {ref(effect.version_by)}, else in the default version"
        if getattr(effect, "sender", None):
            told += f" from {ref(effect.sender)}"
        if getattr(effect, "calendar", None):
            told += f" with an entry for the calendar from {ref(effect.calendar.starts)}"
            told += f" to {ref(effect.calendar.ends)}"
        if effect.priority == "high":
            told += ", with high priority: it goes first where a cap leaves room for some only"
        told += self._any_hour(effect)
        return f"{told}; it needs no marketing consent." if effect.service else f"{told}."

    def _any_hour(self, effect: Any) -> str:
        if not effect.ignore_hours:
            return ""
        none = "" if self.plan.sending_hours else " (there are none yet)"
        return f", even outside the sending hours{none}"

    def notify(self, effect: Any) -> str:
        """Tell a notification."""
        high = ", with high priority" if effect.priority == "high" else ""
        return f"Tell team “{effect.team}”: “{effect.message}”{high}."

    def set_field(self, effect: Any) -> str:
        """Tell that a field is set."""
        source = getattr(effect, "source", None)
        if source is not None:
            return f"Set {ref(effect.ref)} to {ref(source)}; if that is empty, it is emptied."
        if effect.value is None:
            return f"Empty {ref(effect.ref)}."
        value = effect.value
        dated = isinstance(value, str) and self._type(effect.ref).startswith("date")
        return f"Set {ref(effect.ref)} to {day(value) if dated else literal(value)}."

    def message(self, effect: Any) -> str:
        """Tell a message on another channel than email."""
        told = f"Send {'service' if effect.service else 'marketing'} {effect.channel} “{effect.message}”"
        told += self._any_hour(effect)
        return f"{told}; it needs no marketing consent." if effect.service else f"{told}."

    def task(self, effect: Any) -> str:
        """Tell a task, and for whom it is."""
        if effect.person is None:
            return f"Create task “{effect.title}” for team “{effect.team}”."
        whose = ref(effect.person)
        return f"Create task “{effect.title}” for the person in {whose}; while that is empty, there is none."

    # --------------------------------------------------------------------------------------------- steps

    def wait(self, item: Item) -> str:
        """Tell a wait; one for a date in a field with what it does when that is past or empty."""
        step: Any = item.step
        until: Any = self.plan.instants[step.until]
        if until.kind != "date":
            return _sentence(Labels(self.plan, self.words).label(step))
        told = moment(until, whole_day=self.whole_day(until.ref))
        return f"Wait until {told}. If that is past, or there is no date, it goes on at once."

    def whole_day(self, field: Ref) -> bool:
        """Whether a field is a date without a time of day."""
        return self._type(field) == "date"

    def _type(self, field: Ref) -> str:
        known = self.definitions
        if known is None:
            return ""
        if field.of in ("contact", "account"):
            fields = known.contact_fields if field.of == "contact" else known.account_fields
            return fields[field.field].type if field.field in fields else ""
        events = [known.events[start.event] for start in self.plan.starts if start.event in known.events]
        return next((e.fields[field.field].type for e in events if field.field in e.fields), "")

    def arms(self, item: Item) -> str:
        """Tell a wait for events, and where it leads if all ways are the same."""
        step: Any = item.step
        told = _sentence(Labels(self.plan, self.words).label(step))
        if any(getattr(arm, "already", None) is not None for arm in step.arms):
            told += " If it was so already, the wait is over at once."
        if not any(way.body for way in item.ways):
            told += " It goes on below either way."
        return told

    def split(self, item: Item) -> str:
        """Tell a split; its ways are told below it."""
        step: Any = item.step
        told = f"Split “{step.name}”: chance decides, and a contact always gets the same variant"
        winner = getattr(step, "winner", None)
        if winner is not None:
            what = f"the goal “{winner.goal}”" if winner.goal else winner.measure
            time = getattr(winner, "time", 0)
            after = (
                f"after {length(time, winner.unit)}" if time else f"once each has had {winner.after} contacts"
            )
            told += f". Which one does better by {what} is reported {after}; the shares stay as they are"
        return f"{told}:"

    def schedule(self, item: Item) -> str:
        """Tell what holds for all timed blocks."""
        step: Any = item.step
        told = (
            "By the calendar, one block at a time. One that comes late, because the one before it was busy, "
            "runs at once, but keeps a day from the last message (or the distance written, if shorter), "
            "whether it sends something itself or not"
        )
        dates = [self.plan.instants[block.at] for block in step.blocks if block.dated]
        fields = [date.ref for date in dates if isinstance(date, DateField)]
        if len(set(fields)) < len(fields):
            told += (
                ". A message that is still held when the next block of the same date is due is not sent any "
                "more"
            )
        return f"{told}:"

    def handoff(self, item: Item) -> str:
        """Tell a handoff, with the clock that it starts."""
        step: Any = item.step
        high = step.priority == "high"
        told = (
            f"Hand the contact over to "
            f"“{step.handoff}”{', with high priority' if high else ''}; the run goes on."
        )
        rule = self.definitions.handoffs.get(step.handoff) if self.definitions else None
        if rule is None or (step.handoff, step.priority) in self.terms_told:
            return told
        self.terms_told.add((step.handoff, step.priority))
        return f"{told} {terms(rule, high=high)}"

    def spawn(self, item: Item) -> str:
        """Tell that another journey starts."""
        step: Any = item.step
        return f"Start journey “{step.journey}”, if that one lets the contact in; this one goes on."

    def end(self, item: Item) -> str:
        """Tell an end."""
        step: Any = item.step
        if step.kind == "goal":
            return f"The goal “{step.name}” is reached, and the run ends."
        return _sentence(f"The run ends: {step.name}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", ":", "!", "?")) else f"{text}."


_EFFECTS: dict[str, Callable[[Teller, Any], str]] = {
    "send": Teller.send,
    "message": Teller.message,
    "notify": Teller.notify,
    "field": Teller.set_field,
    "task": Teller.task,
}
_STEPS: dict[str, Callable[[Teller, Item], str]] = {
    "wait": Teller.wait,
    "arms": Teller.arms,
    "split": Teller.split,
    "schedule": Teller.schedule,
    "handoff": Teller.handoff,
    "spawn": Teller.spawn,
    "end": Teller.end,
}
