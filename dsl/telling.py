"""Telling: one step of a plan as a sentence, with what it does when nothing else is said.

A step that is not known here is told by its own text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dsl.plan import Definitions, Plan, Ref
from dsl.weave import Item
from dsl.wording import literal, moment, ref


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the steps of one plan. `definitions`: what the whole workspace shares."""

    plan: Plan
    definitions: Definitions | None = None

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
        if effect.ignore_hours and self.plan.sending_hours:
            told += ", even outside the sending hours"
        return f"{told}; it needs no marketing consent." if effect.service else f"{told}."

    def notify(self, effect: Any) -> str:
        """Tell a notification."""
        high = ", with high priority" if effect.priority == "high" else ""
        return f"Tell team “{effect.team}”: “{effect.message}”{high}."

    def set_field(self, effect: Any) -> str:
        """Tell that a field is set."""
        if effect.value is None:
            return f"Empty {ref(effect.ref)}."
        return f"Set {ref(effect.ref)} to {literal(effect.value)}."

    def message(self, effect: Any) -> str:
        """Tell a message on another channel than email."""
        told = f"Send {effect.channel} “{effect.message}”"
        if effect.ignore_hours and self.plan.sending_hours:
            told += ", even outside the sending hours"
        return f"{told}; it needs no marketing consent." if effect.service else f"{told}."

    # --------------------------------------------------------------------------------------------- steps

    def wait(self, item: Item) -> str:
        """Tell a wait; one for a date in a field with what it does when that is past or empty."""
        step: Any = item.step
        until: Any = self.plan.instants[step.until]
        if until.kind != "date":
            return _sentence(step.text)
        told = moment(until, whole_day=self.whole_day(until.ref))
        return f"Wait until {told}. If that is past, or there is no date, it goes on at once."

    def whole_day(self, field: Ref) -> bool:
        """Whether a field is a date without a time of day."""
        known = self.definitions
        if known is None:
            return False
        if field.of in ("contact", "account"):
            fields = known.contact_fields if field.of == "contact" else known.account_fields
            return field.field in fields and fields[field.field].type == "date"
        events = [known.events[start.event] for start in self.plan.starts if start.event in known.events]
        return any(e.fields[field.field].type == "date" for e in events if field.field in e.fields)

    def arms(self, item: Item) -> str:
        """Tell a wait for events, and where it leads if all ways are the same."""
        told = _sentence(item.step.text)
        step: Any = item.step
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
            what = f"goal “{winner.goal}”" if winner.goal else winner.measure
            told += f"; which is better by {what} is told after {winner.after} contacts, and changes nothing"
        return f"{told}:"

    def schedule(self, item: Item) -> str:
        """Tell what holds for all timed blocks."""
        return (
            "By the calendar, one block at a time. One that comes late, because the one before it was busy, "
            "runs at once, but keeps a day from the last message (or the distance written, if shorter):"
        )

    def handoff(self, item: Item) -> str:
        """Tell a handoff, with the clock that it starts."""
        step: Any = item.step
        high = ", with high priority" if step.priority == "high" else ""
        return f"Hand the contact over to “{step.handoff}”{high}; the run goes on."

    def spawn(self, item: Item) -> str:
        """Tell that another journey starts."""
        step: Any = item.step
        return f"Start journey “{step.journey}”, if that one lets the contact in; this one goes on."

    def end(self, item: Item) -> str:
        """Tell an end."""
        step: Any = item.step
        if step.kind == "goal":
            return f"The goal “{step.name}” is reached, and the run ends."
        return f"The run ends without success: {step.name}."


def _sentence(text: str) -> str:
    return text if text.endswith((".", ":", "!", "?")) else f"{text}."


_EFFECTS: dict[str, Callable[[Teller, Any], str]] = {
    "send": Teller.send,
    "message": Teller.message,
    "notify": Teller.notify,
    "field": Teller.set_field,
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
