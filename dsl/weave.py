"""The weave: the flat steps of a plan as people see them, ways that part and come together again.

Steps are known here only by their fields: whatever holds `to`, `body`, `timeout` or `otherwise`, itself or
in a part of it, is a way on. So steps and parts that the plan gains later are told and drawn as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from dsl.plan import AnyStep, Plan
from dsl.plan.steps import Step
from dsl.wording import Words

Kind = Literal["part", "timeout", "otherwise", "body"]
_WAYS: tuple[Kind, ...] = ("body", "timeout", "otherwise")
_OWN = frozenset(Step.model_fields)


@dataclass(frozen=True, slots=True)
class Item:
    """A step, with the ways on that it has besides the next step.

    `again`: it was met before; `last`: the last of the steps that come after it here, then, or itself.
    """

    number: int
    step: AnyStep
    ways: list[Way] = field(default_factory=list)
    again: bool = False
    last: int = -1


@dataclass(frozen=True, slots=True)
class Way:
    """A way on: what it is for, in words; the part of the step it comes from; and what lies on it."""

    kind: Kind
    label: str
    to: int | None
    part: BaseModel | None
    body: list[Item] = field(default_factory=list)

    @property
    def asks(self) -> Literal["condition", "event", "fact", ""]:
        """What opens the way: a condition looked at, an event waited for, or a fact that turns true."""
        event = isinstance(getattr(self.part, "interest", None), int)
        condition = isinstance(getattr(self.part, "predicate", None), int)
        if event:
            return "fact" if condition else "event"
        return "condition" if condition else ""


def weave(plan: Plan, first: int | None, words: Words, seen: set[int] | None = None) -> list[Item]:
    """Hang the steps from `first` on under each other; a step that was met before is not followed again."""
    seen = set() if seen is None else seen
    made: list[Item] = []
    todo: list[tuple[int | None, frozenset[int], list[Item]]] = [(first, frozenset(), made)]
    while todo:
        number, stops, into = todo.pop()
        while number is not None and number not in stops:
            step = plan.steps[number]
            again = number in seen
            item = Item(number, step, [], again, _last(plan, number, stops) if again else number)
            into.append(item)
            if item.again:
                break
            seen.add(number)
            item.ways.extend(ways(plan, step, words))
            inner = stops if step.next is None else stops | {step.next}
            todo.extend((way.to, inner, way.body) for way in reversed(item.ways))
            number = step.next
            if number is None or number in stops:
                break
            # What stands below waits until the ways have been followed, so that items come in file order.
            todo.insert(len(todo) - len(item.ways), (number, stops, into))
            break
    return made


def _last(plan: Plan, number: int, stops: frozenset[int]) -> int:
    """Return the last step of those that follow one, before the ways come together."""
    met = {number}
    while (then := plan.steps[number].next) is not None and then not in stops and then not in met:
        number = then
        met.add(number)
    return number


def walk(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items and all below them, in file order."""
    stack = list(items)[::-1]
    while stack:
        item = stack.pop()
        yield item
        for way in reversed(item.ways):
            stack.extend(reversed(way.body))


def ways(plan: Plan, step: BaseModel, words: Words) -> list[Way]:
    """Return the ways on from a step, besides `next`, in the order in which they are tried."""
    found: list[Way] = []
    for name in type(step).model_fields:
        value = getattr(step, name)
        if name in _OWN:
            continue
        for kind in _WAYS:
            if name == kind:
                found.append(Way(kind, "otherwise" if kind != "body" else "", value, None))
        parts = value if isinstance(value, tuple) else ()
        for part in parts:
            if isinstance(part, BaseModel) and _leads(part):
                to = getattr(part, "to", None) if hasattr(part, "to") else getattr(part, "body", None)
                found.append(Way("part", _label(plan, part, words), to, part))
    return found


def _leads(part: BaseModel) -> bool:
    return bool({"to", "body"} & set(type(part).model_fields))


def _label(plan: Plan, part: BaseModel, words: Words) -> str:
    """Say which way it is: its own label or name, its condition, or its event."""
    label = getattr(part, "label", None)
    if isinstance(label, str):
        return label
    name, weight = getattr(part, "name", None), getattr(part, "weight", None)
    if isinstance(name, str):
        return f"{name} ({weight:g}%)" if isinstance(weight, int | float) else name
    predicate = getattr(part, "predicate", None)
    if isinstance(predicate, int):
        return words.condition(plan.predicates[predicate])
    interest = getattr(part, "interest", None)
    if isinstance(interest, int):
        return words.interest(plan.interests[interest])
    return ""
