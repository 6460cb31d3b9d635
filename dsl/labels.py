"""Labels: a step of a plan in few plain words, for a box of a picture or a reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dsl.plan import AnyStep, Plan
from dsl.saying import WEEKDAYS, day, length, literal, moment, ref
from dsl.wording import Words


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels the steps of one plan."""

    plan: Plan
    words: Words

    def label(self, step: AnyStep) -> str:
        """Return what a step does, in a line or two."""
        effect: Any = getattr(step, "effect", None)
        if effect is not None:
            known = _EFFECTS.get(effect.kind)
            return known(effect) if known else step.text
        made = _STEPS.get(step.op)
        return made(self, step) if made else step.text

    def wait(self, step: Any) -> str:
        """Label a wait."""
        until: Any = self.plan.instants[step.until]
        if until.kind == "clock":
            weekday = "" if until.weekday is None else f"{WEEKDAYS[until.weekday]} at "
            return f"Wait until {weekday}{until.clock}"
        if until.kind == "on":
            return f"Wait until {day(until.date)}" + (f" at {until.clock}" if until.clock else "")
        if until.kind == "date":
            return f"Wait until {moment(until.model_copy(update={'fold': False}))}"
        return str(step.text)

    def arms(self, step: Any) -> str:
        """Label a wait for something; events that part the ways stand on these."""
        limit: Any = self.plan.instants[step.until] if step.until is not None else None
        if limit is None or not hasattr(limit, "amount"):
            return str(step.text)
        told = f"Wait up to {length(limit.amount, limit.unit)}"
        if step.arms and all(arm.predicate is not None for arm in step.arms):
            return f"{told} until {self.words.condition(self.plan.predicates[step.arms[0].predicate])}"
        return str(step.text)

    def decide(self, step: Any) -> str:
        """Label a question; where several part, each stands on its way."""
        if not step.branches:
            return str(step.text)
        if len(step.branches) > 1:
            return "Which is true first?"
        told = self.words.condition(self.plan.predicates[step.branches[0].predicate])
        return f"If {told}?"

    def handoff(self, step: Any) -> str:
        """Label a handoff."""
        return f"Hand off to “{step.handoff}”" + (", high priority" if step.priority == "high" else "")

    def end(self, step: Any) -> str:
        """Label an end."""
        return f"Goal “{step.name}” reached" if step.kind == "goal" else f"Exit: {step.name}"


def _send(effect: Any) -> str:
    told = f"Send {'service ' if effect.service else ''}email “{effect.email}”"
    parts = []
    if effect.subject:
        parts.append(f"subject “{effect.subject}”")
    if effect.version_by:
        parts.append(f"version for {ref(effect.version_by)}")
    if effect.sender:
        parts.append(f"from {ref(effect.sender)}")
    if getattr(effect, "calendar", None):
        parts.append("with a calendar entry")
    if effect.priority == "high":
        parts.append("high priority")
    if effect.ignore_hours:
        parts.append("at any hour")
    return ", ".join([told, *parts])


def _message(effect: Any) -> str:
    told = f"Send {'service ' if effect.service else ''}{effect.channel} “{effect.message}”"
    return f"{told}, at any hour" if effect.ignore_hours else told


def _notify(effect: Any) -> str:
    high = ", high priority" if effect.priority == "high" else ""
    return f"Notify team “{effect.team}”{high}: “{effect.message}”"


def _set(effect: Any) -> str:
    source = getattr(effect, "source", None)
    if source is not None:
        return f"Set {ref(effect.ref)} to {ref(source)}"
    if effect.value is None:
        return f"Empty {ref(effect.ref)}"
    value = effect.value
    return (
        f"Set {ref(effect.ref)} to "
        f"{day(value) if isinstance(value, str) and day(value) != value else literal(value)}"
    )


def _task(effect: Any) -> str:
    whose = ref(effect.person) if effect.person else f"team “{effect.team}”"
    return f"Create task “{effect.title}” for {whose}"


_EFFECTS: dict[str, Callable[[Any], str]] = {
    "send": _send,
    "message": _message,
    "notify": _notify,
    "field": _set,
    "task": _task,
}
_STEPS: dict[str, Callable[[Labels, Any], str]] = {
    "wait": Labels.wait,
    "arms": Labels.arms,
    "decide": Labels.decide,
    "handoff": Labels.handoff,
    "end": Labels.end,
}
