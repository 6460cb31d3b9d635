"""What a scenario is made with: the catalog, the journeys, its clock, and who takes part.

Each kind of line is read by a function that is registered under its rule of the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dsl import civil
from dsl.checking import Checker
from dsl.diagnostics import Edit, Report
from dsl.parser import Tree
from dsl.scenarios.lines import Said
from dsl.scenarios.moments import Clock, Moment
from dsl.scenarios.offered import Asking, Shared
from dsl.scenarios.script import Act, Company, Expectation, Past, Person, Stretch, What
from dsl.spelling import kindred, nearest, one_of
from dsl.tokens import Token

_SHOWN = 5


@dataclass(slots=True)
class Making:
    """One case of a scenario while it is read. `people` and `companies`: by their names.

    `journeys`: is asked for whatever they offer. `broken`: names on lines that were reported already. `gone`:
    the ids of contacts that were erased or merged into another one, and what they are since.
    """

    check: Checker
    journeys: Asking
    shared: Shared
    clock: Clock
    broken: set[str] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    moment: Moment | None = None
    past: list[Past] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)

    @property
    def report(self) -> Report:
        """Where findings go."""
        return self.check.report

    def contact(self, token: Token) -> str | None:
        """Return the id of a contact that is given, or report that it is not."""
        return self._given(token, "contact", {name: one.id for name, one in self.people.items()}, "S201")

    def account(self, token: Token) -> str | None:
        """Return the id of an account that is given, or report that it is not."""
        return self._given(token, "account", {name: one.id for name, one in self.companies.items()}, "S202")

    def _given(self, token: Token, kind: str, ids: Mapping[str, str], code: str) -> str | None:
        name = token.value
        if name in ids:
            return ids[name]
        if name not in self.broken:
            self.unknown(code, token, f"No {kind} “{name}” is given", ids, f'given {kind} "{name}"')
        return None

    def unknown(self, code: str, token: Token, message: str, known: Iterable[str], declare: str = "") -> None:
        """Report a name that is not known, with the nearest that is.

        `known`: where they have an order, the most usual first.
        """
        names = list(dict.fromkeys(known)) if isinstance(known, tuple) else sorted(set(known))
        guess = nearest(token.value, names) or kindred(token.value, names)
        if guess is not None:
            edit = Edit(token.span, f'"{guess}"')
            self.report.add(
                code, token.span, f"{message}. Did you mean “{guess}”?", f'Write "{guess}".', [edit]
            )
            return
        fix = f"Write {_some(token.value, names)}" if names else ""
        if declare:
            fix = (
                f"{fix}; or above the first moment: {declare}"
                if fix
                else f"Write above the first moment: {declare}"
            )
        self.report.add(
            code, token.span, f"{message}.", f"{fix or 'Leave the line out'}{'' if declare else '.'}"
        )

    def unknown_zone(self, token: Token) -> None:
        """Report a time zone that there is not. Of hundreds only one that is nearly called so is shown."""
        message = f"There is no time zone “{token.value}”"
        names = civil.zones()
        if nearest(token.value, names) or kindred(token.value, names):
            self.unknown("N309", token, message, names)
        else:
            self.report.add("N309", token.span, f"{message}.", 'Write a name such as "Europe/Berlin".')

    def happens(self, said: Said, what: What) -> None:
        """Add something that happens now."""
        assert self.moment is not None
        self.acts.append(Act(self.moment.stretch.since, said.line.number, what, said.line.text))

    def until(self, tree: Tree, what: str) -> int | None:
        """Return the instant before which something ends that begins now, or report that it is over.

        `tree`: holds the point.
        """
        point = tree.need("point")
        found = self.clock.point(point.trees()[0], self.stretch.since)
        if found is None:
            return None
        if found.since <= self.stretch.since:
            message = f"The {what} ends on {self.clock.told(found.since)}, and that is over."
            self.report.add("S101", point.span, message, "Name a later moment.")
            return None
        self.clock.doubt(point.trees()[0], found.since, self.stretch.since)
        return found.since

    @property
    def stretch(self) -> Stretch:
        """The moment that the line stands under."""
        assert self.moment is not None
        return self.moment.stretch


def _some(written: str, names: list[str]) -> str:
    """Name some of many: those that hold what was written, or a word of it, before others."""
    words = _words(written)

    def strange(name: str) -> bool:
        return written.casefold() not in name.casefold() and not words & _words(name)

    shown = [f'"{name}"' for name in sorted(names, key=strange)]
    if len(shown) > _SHOWN + 1:
        shown = [*shown[:_SHOWN], f"one of {len(shown) - _SHOWN} others"]
    return one_of(shown)


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", name.casefold()))


Reads = Callable[[Said, Making], None]
READERS: dict[str, Reads] = {}


def reads(*rules: str) -> Callable[[Reads], Reads]:
    """Register a function as the reader of lines."""

    def register(function: Reads) -> Reads:
        READERS.update(dict.fromkeys(rules, function))
        return function

    return register


def string(tree: Tree, place: int = 0) -> Token:
    """Return a name that stands in a rule itself."""
    return tree.tokens("STRING")[place]
