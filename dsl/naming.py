"""Naming: what people call conditions and values of a plan, where the plan holds what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from dsl.nodes import ConditionNode, Given

_LARGEST, _DEEPEST = 1_000, 60


class Names:
    """What people call conditions (segments) and values (lists), and the segments whose meaning was told."""

    def __init__(
        self,
        segments: Mapping[str, BaseModel] | None = None,
        lists: Mapping[str, tuple[Any, ...]] | None = None,
    ) -> None:
        self.segments = dict(segments or {})
        self.told: set[str] = set()
        self._segments = {shape(condition): name for name, condition in self.segments.items()}
        self._lists = {values: name for name, values in (lists or {}).items()}

    def segment(self, condition: BaseModel) -> str:
        """Return the name of the segment that a condition is, if it is one."""
        return self._segments.get(shape(condition), "") if self._segments else ""

    def list(self, values: tuple[Any, ...]) -> str:
        """Return the name of the list that holds exactly these values, if there is one."""
        return self._lists.get(values, "")


def names_of(given: Given | None) -> Names:
    """Return the names that a workspace gives to conditions and values."""
    if given is None:
        return Names()
    from dsl.constructs.segment import lower_segment

    small = _small(given)
    segments = {
        name: lower_segment(given, name) for name, parts in given.segments.items() if parts and name in small
    }
    return Names(segments, {name: values for name, values in given.lists.items() if values})


def _small(given: Given) -> set[str]:
    """Return the segments that are not made of so many others that nobody would read what they mean."""
    sizes: dict[str, int] = {}
    for first in given.segments:
        stack = [first]
        while stack:
            name = stack[-1]
            inner = list(_segments_in(given.segments.get(name, ())))
            wanting = [other for other in inner if other not in sizes and other not in stack]
            if wanting and len(stack) < _DEEPEST:
                stack += wanting[:1]
                continue
            sizes[name] = 1 + sum(sizes.get(other, _LARGEST) for other in inner)
            stack.pop()
    return {name for name, size in sizes.items() if size < _LARGEST}


def _segments_in(parts: Sequence[ConditionNode]) -> Iterator[str]:
    stack = list(parts)
    while stack:
        node = stack.pop()
        stack += node.parts()
        segment = getattr(node, "segment", None)
        if segment is not None:
            yield segment.text


def shape(condition: BaseModel) -> str:
    """Write a condition as text that is the same for equal ones."""
    return condition.model_dump_json()


def whose(condition: BaseModel) -> str:
    """Whom a segment is of: of the account, if it asks about nothing else."""
    todo, owners = [condition], set()
    while todo:
        part = todo.pop()
        todo += [*getattr(part, "conditions", ()), *filter(None, [getattr(part, "condition", None)])]
        op = str(getattr(part, "op", ""))
        if op not in ("all", "any", "not"):
            whole = op in ("open_opportunity", "account_count")
            owners.add("account" if whole else getattr(getattr(part, "left", None), "of", "contact"))
    return "the account" if owners == {"account"} else "the contact"
