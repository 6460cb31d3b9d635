"""`section "Reminder"` and `run section "Reminder"`: lines of a journey that are used several times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.diagnostics import Edit
from dsl.lowering import Called, Lowering, slug
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Call, Decide
from dsl.span import Span
from dsl.spelling import nearest


@line("section", "section", Context.HEAD, body=Context.BODY, needs="its lines")
@dataclass(frozen=True, slots=True)
class Section(LineNode):
    """Lines with a name; they run only where `run section` says so."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def calls(self) -> list[RunSection]:
        """The lines below that run sections."""
        return [found for found in self.walk() if isinstance(found, RunSection)]


@line("run_section", "run section", Context.BODY)
@dataclass(frozen=True, slots=True)
class RunSection(Statement):
    """Run the lines of a section, then go on below."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def section(self) -> str | None:
        return self.name.text

    def label(self) -> tuple[str, str]:
        return "section", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Run section “{self.name.text}”", next_)
        first = low.sections[self.name.text].first
        if first is None:
            return Decide(**head, branches=(), otherwise=next_)
        return Call(**head, body=first)


def check_sections(check: Checker, sections: Sequence[Section], calls: Sequence[RunSection]) -> None:
    """Report sections that are unknown, declared twice, never run, or run themselves."""
    known: dict[str, Section] = {}
    for section in sections:
        if section.name.text in known:
            message = f"The section “{section.name.text}” stands twice in this journey."
            check.report.add("N201", section.name.span, message, "Give it another name.")
        known.setdefault(section.name.text, section)
    for call in calls:
        if call.name.text not in known and not check.catalog.doubts(call.name.text):
            _report_unknown(check, call.name, known)
    called = {call.name.text for call in calls}
    for name, section in known.items():
        if name not in called:
            message = f"Nothing runs the section “{name}”."
            check.report.add("N811", section.span, message, f'Write “run section "{name}"”, or remove it.')
        way = _way_back(name, known)
        if way is not None:
            message = f"The section “{name}” runs itself{_through(way)}, so a contact would never leave it."
            fix = "Write “repeat up to 3 times” around what is repeated."
            check.report.add("N520", section.span, message, fix)


def enter_sections(low: Lowering, sections: Sequence[Section]) -> None:
    """Number the steps of sections, and gather what running each changes."""
    writes: dict[str, frozenset[str]] = {}
    for section in sections:
        low.enter(section.body, f"section-{slug(section.name.text)}")
        lines = [found for found in section.walk() if isinstance(found, Statement)]
        writes[section.name.text] = frozenset().union(*(found.writes() for found in lines))
    for _ in sections:  # what a section runs may itself run another
        for section in sections:
            called = (writes[call.name.text] for call in section.calls())
            writes[section.name.text] = writes[section.name.text].union(*called)
    for section in sections:
        low.sections[section.name.text] = Called(low.first(section.body, None), writes[section.name.text])


def _report_unknown(check: Checker, name: Name, known: dict[str, Section]) -> None:
    guess = nearest(name.text, known)
    message = f'This journey has no section "{name.text}".'
    if guess:
        fix, edits = f'Write "{guess}".', [Edit(name.span, f'"{guess}"')]
        check.report.add("N302", name.span, f'{message} Did you mean "{guess}"?', fix, edits)
    else:
        fix = f'Add its lines directly under the journey: section "{name.text}"'
        check.report.add("N302", name.span, message, fix)


def _way_back(name: str, known: dict[str, Section]) -> list[str] | None:
    """Return the sections on the shortest way from a section to itself; only for the first in the file."""
    order = list(known)
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:
        for call in known[way[-1]].calls():
            target = call.name.text
            if target == name:
                return way[1:] if all(order.index(name) <= order.index(w) for w in way) else None
            if target in known and target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return None


def _through(way: list[str]) -> str:
    return f" by way of {' and '.join(f'“{w}”' for w in way)}" if way else ""
