"""What a comparison finds: changes, each with the tier of people whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from dsl.plan import Definitions, Plan, Texts

Tier = Literal["wording", "entering", "inside", "unsafe"]
TIERS: tuple[Tier, ...] = ("wording", "entering", "inside", "unsafe")


class Contents(Protocol):
    """What is deployed together: the shared definitions, a plan for each journey, and the emails."""

    @property
    def definitions(self) -> Definitions: ...

    @property
    def active(self) -> Mapping[str, Plan]: ...

    @property
    def texts(self) -> Texts | None: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what`: a clause for people. `people`: how many stand on it, `step` its id."""

    tier: Tier
    what: str
    step: str = ""
    people: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """A journey, or with an empty name what all share. `kind`: new, changed, gone. `people`: those inside."""

    journey: str
    kind: Literal["new", "changed", "gone"]
    people: int
    moves: bool
    changes: tuple[Change, ...]
