"""`journey "X"`: the head, the lines at entry, and the timed blocks; and how they become a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.blocks import TimedBlock, check_order, lower_blocks
from dsl.constructs.ends import Exit
from dsl.constructs.entry import Brought, Description, Owner, StartLine
from dsl.constructs.hours import SendingHoursLine
from dsl.constructs.limits import AllowAtMost, JourneyPriority, PeopleInside
from dsl.constructs.overlaps import check_overlaps
from dsl.constructs.repeat import StopRepeating, check_leaves
from dsl.constructs.runs import RunsLine
from dsl.constructs.section import RunSection, Section, check_sections, enter_sections
from dsl.constructs.send import Send
from dsl.constructs.watching import PauseWhile, UpdateTrigger
from dsl.constructs.whenever import HandlerLine
from dsl.diagnostics import Report
from dsl.lowering import Lowering
from dsl.nodes import Broken, Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import DateField, Handler, Interest, Plan, Schedule
from dsl.span import Span

_Kind = TypeVar("_Kind", bound=LineNode)

_ONCE: tuple[tuple[type[LineNode], str], ...] = (
    (RunsLine, "runs"),
    (Owner, "owner"),
    (Description, "description"),
    (SendingHoursLine, "sending hours"),
    (AllowAtMost, "allow at most"),
    (JourneyPriority, "priority"),
    (PeopleInside, "people inside"),
)

OWN_NAMES = frozenset({"Nurture handoff", "Nurture round", "Nurture sending again"})
"""What Nurture's own workflows are called on Temporal, where a run bears the name of its journey."""


@line("journey", "journey", Context.TOP, body=Context.JOURNEY, needs="how contacts come in and what happens")
@dataclass(frozen=True, slots=True)
class Journey(LineNode):
    """What a contact goes through."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def all(self, kind: type[_Kind]) -> list[_Kind]:
        """The lines of one kind directly under the journey."""
        return [found for found in self.body if isinstance(found, kind)]

    def one(self, kind: type[_Kind]) -> _Kind | None:
        """The first line of a kind, if there is one."""
        return next(iter(self.all(kind)), None)

    def sends(self) -> list[Send]:
        """Every send, in file order."""
        return [found for found in self.walk() if isinstance(found, Send)]

    def has_hours(self) -> bool:
        """Whether the journey has sending hours."""
        return self.one(SendingHoursLine) is not None

    def declare(self, catalog: Catalog) -> None:
        catalog.declare("journey", self.name.text, self.name.span)

    # ------------------------------------------------------------ checks

    def settle(self, report: Report) -> None:
        if self.name.text in OWN_NAMES:
            message = f"“{self.name.text}” is what Nurture calls a workflow of its own."
            report.add("N201", self.name.span, message, "Give the journey another name.")
        broken = any(isinstance(found, Broken) for found in self.body)
        if self.body and not broken:
            self._check_complete(report)
        for kind, words in _ONCE:
            for again in self.all(kind)[1:]:
                report.add("N206", again.span, f"A journey has one “{words}” line.", "Remove one.")
        self._check_blocks_last(report)

    def check(self, check: Checker) -> None:
        check_order(check, self.all(TimedBlock))
        self._check_reach(check)
        check_leaves(check, self.body)
        check_overlaps(check, self)
        calls = [found for found in self.walk() if isinstance(found, RunSection)]
        check_sections(check, self.all(Section), calls)

    def _check_complete(self, report: Report) -> None:
        if not self.all(StartLine):
            message = f"The journey “{self.name.text}” does not say when it starts."
            report.add("N205", self.span, message, "Add: start when contact …")
        if not self.all(RunsLine):
            message = f"The journey “{self.name.text}” does not say how often a contact may run."
            fix = "Add “runs once for each contact”, or such as “runs again 90 days after it ended”."
            report.add("N205", self.span, message, fix)

    def _check_blocks_last(self, report: Report) -> None:
        block: TimedBlock | None = None
        for found in self.body:
            if isinstance(found, TimedBlock):
                block = found
            elif block and not isinstance(found, Broken | Section):
                message = f"After “{block.words()}” only timed blocks and sections follow."
                fix = "Indent the line to put it into the block, or move it above the first block."
                report.add("N207", found.span, message, fix)

    def _check_reach(self, check: Checker) -> None:
        """Report lines that no contact can come to."""
        bodies: list[Sequence[LineNode]] = [self.body]
        for found in self.walk():
            bodies += [found.body] if isinstance(found, TimedBlock | HandlerLine | Section) else []
            bodies += list(found.bodies()) if isinstance(found, Statement) else []
        for body in bodies:
            end: LineNode | None = None
            for found in body:
                if end and isinstance(found, Statement | TimedBlock):
                    left = any(isinstance(line, StopRepeating) for line in end.walk())
                    what = "the round" if left else "the run"
                    message = f"No contact comes to this line: {what} has ended in line {end.span.line}."
                    check.report.add("N503", found.span, message, "Remove the line, or move it up.")
                    break
                if isinstance(found, Statement) and found.ends():
                    end = found

    def trigger(self, catalog: Catalog) -> Brought | None:
        """The fields that every start event has; None if a start is unknown, or may be."""
        if any(isinstance(found, Broken) for found in self.body):
            return None
        return Brought.by([*self.all(StartLine), *self.all(UpdateTrigger)], catalog)

    # ------------------------------------------------------------ lowering

    def lower(self, low: Lowering, hashes: dict[str, str]) -> Plan:
        """Return the plan, not yet sealed. The journey must be free of errors."""
        entry = [s for s in self.body if isinstance(s, Statement)]
        blocks = self.all(TimedBlock)
        low.enter(entry)
        schedule = low.reserve(blocks[0].span, "schedule") if blocks else None
        for block in blocks:
            low.enter(block.body, block.path())
        enter_sections(low, self.all(Section))
        first = low.body(entry, schedule)
        if blocks and schedule is not None:
            head = low.head(blocks[0], "Timed blocks", None)
            low.steps[schedule] = Schedule(**head, blocks=lower_blocks(low, blocks))
        for section in self.all(Section):
            low.body(section.body, None)
        handlers = tuple(self._handlers(low))
        return self._plan(low, first, handlers, hashes)

    def _handlers(self, low: Lowering) -> list[Handler]:
        return [h.lower_handler(low, _sentence(low, h)) for h in self.all(HandlerLine)]

    def _plan(
        self, low: Lowering, first: int | None, handlers: tuple[Handler, ...], hashes: dict[str, str]
    ) -> Plan:
        owner, description = self.one(Owner), self.one(Description)
        hours, runs = self.one(SendingHoursLine), self.one(RunsLine)
        priority, people = self.one(JourneyPriority), self.one(PeopleInside)
        assert runs is not None
        moves = _moves(low)
        endings = tuple(e.lower_ending(low, low.words(e.span)) for e in self.all(Exit))
        return Plan(
            journey=self.name.text,
            file=self.span.file,
            owner=owner.name.text if owner else None,
            description=description.text.text if description else None,
            starts=tuple(s.lower_start(low.given) for s in self.all(StartLine)),
            subject="account" if runs.account else "contact",
            runs=runs.lower_runs(),
            sending_hours=hours.lower_hours(low.given.holidays) if hours else None,
            entry=first,
            steps=tuple(low.steps[n] for n in range(len(low.steps))),
            endings=endings,
            handlers=handlers,
            pauses=tuple(p.lower_pause(low, low.words(p.span)) for p in self.all(PauseWhile)),
            updates=tuple(u.lower_update(low, low.words(u.span)) for u in self.all(UpdateTrigger)),
            moves=moves,
            limits=tuple(limit.lower_limit() for limit in self.all(AllowAtMost)),
            priority=priority.level if priority else "normal",
            inside=people.inside if people else "stay",
            predicates=tuple(low.predicates.rows),
            instants=tuple(low.instants.rows),
            interests=tuple(low.interests.rows),
            emails={name: hashes[name] for name in sorted({s.email.text for s in self.sends()})},
        )


def _moves(low: Lowering) -> tuple[int, ...]:
    """Return the interests in the fields of the contact and the account that blocks and waits hang on."""
    refs = (instant.ref for instant in low.instants.rows if isinstance(instant, DateField))
    keys = dict.fromkeys(f"field:{ref.of}.{ref.field}" for ref in refs if ref.of in ("contact", "account"))
    return tuple(low.interests.number(Interest(changes=(key,))) for key in keys)


def _sentence(low: Lowering, node: LineNode) -> str:
    words = low.words(node.span)
    return words[:1].upper() + words[1:]
