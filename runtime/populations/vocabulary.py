"""Vocabulary: the values that journeys ask about, so that invented facts open their branches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from dsl.plan import Compare, Definitions, FieldDefinition, OneOf, Plan, Ref
from runtime.needs import parts
from runtime.populations.luck import pick

DAY = 86_400
_OTHER = "Other"
_OWNERS = 8  # salespeople, among whom handoffs go round
_EMPTY = 0.05
"""The share of a contact's values that are missing, as in any CRM."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The literals with which each field is compared, by (whose, field).

    `owners`: fields that name a person of the own house.
    """

    values: Mapping[Key, tuple[Any, ...]]
    owners: frozenset[Key] = frozenset()

    @classmethod
    def of(cls, plans: Iterable[Plan], definitions: Definitions) -> Vocabulary:
        """Collect them from all conditions."""
        found: dict[Key, dict[Any, None]] = {}

        def add(ref: Ref, values: Iterable[Any]) -> None:
            of = "event" if ref.of in ("trigger", "reply") else ref.of
            found.setdefault((of, ref.field), {}).update(dict.fromkeys(values))

        models: list[BaseModel] = [*plans, definitions]
        for part in parts(models):
            if isinstance(part, Compare) and not isinstance(part.right, Ref):
                add(part.left, [part.right])
            elif isinstance(part, OneOf):
                add(part.left, part.values)
        assigned = (one for rule in definitions.handoffs.values() for one in rule.assign)
        owners = frozenset((one.of, one.field) for one in assigned if isinstance(one, Ref))
        return cls({key: tuple(values) for key, values in found.items()}, owners)

    def invent(self, of: str, name: str, field: FieldDefinition, luck: float, more: float, at: int) -> Any:
        """Invent a value of a declared field; None: it is missing. `luck`, `more`: two numbers up to 1."""
        if of != "event" and more < _EMPTY:
            return None
        known = self.values.get((of, name), ())
        match field.type:
            case "choice":
                return pick(field.choices, luck) if field.choices else None
            case "number":
                near = [n + step for n in known if _is_number(n) for step in (-1, 0, 1)]
                return pick(near, luck) if near and more < 0.8 else int(10 ** (1 + 3 * luck))
            case "yes or no":
                return luck < 0.5
            case "date" | "date and time":
                return moment(at + (10 + int(luck * 20)) * DAY, field)
            case "list":
                return [str(pick(known, luck))] if known else []
            case _:
                words = [str(value) for value in known]
                if words:
                    return pick([*words, _OTHER], luck)
                if (of, name) in self.owners:
                    return f"{name.replace('_', ' ').capitalize()} {1 + int(luck * _OWNERS)}"
                return f"{name.replace('_', ' ').capitalize()} {int(luck * 1000)}"


def moment(at: int, field: FieldDefinition) -> str:
    """Write an instant as a value of a date field."""
    found = datetime.fromtimestamp(at, UTC)
    return found.date().isoformat() if field.type == "date" else found.isoformat()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
