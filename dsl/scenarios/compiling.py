"""From the files of scenarios to scripts: each case of each scenario, checked against the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsl import civil
from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.diagnostics import Diagnostic, Report
from dsl.memory import Memory
from dsl.outline import Line, outline
from dsl.parser import Tree

# These register what reads the lines.
from dsl.scenarios import acts, by_hand, expects, expects_facts, expects_runs, givens, sources  # noqa: F401
from dsl.scenarios.cells import Lines, Row, is_table, placed, rows_of, sound
from dsl.scenarios.lines import ACTS, BOUNDS, FRAME, MOMENTS, Reader, Said
from dsl.scenarios.making import READERS, Making
from dsl.scenarios.moments import Clock
from dsl.scenarios.offered import Asking, Offered, Shared
from dsl.scenarios.script import Expectation, Script, Stretch
from dsl.span import Span

_PAST = ("given_past", "given_sent")
_GIVEN = ("given_account", "given_contact", *_PAST)
_LEFT = FRAME - {"for_each"}
# What a scenario says of names and values hangs on the journeys. While those have errors nothing is said of
# it: one mistake there would be told again in every scenario.
_HANGING = ("N3", "N4", "S3")


@dataclass(slots=True)
class Scripts:
    """What the scenarios of a workspace are, and what is wrong with them."""

    scripts: list[Script] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Around:
    """What a scenario is checked against. `offered`: None while the workspace has errors."""

    catalog: Catalog
    offered: Offered | None
    shared: Shared


def compile_files(files: Mapping[str, bytes], around: Around, memory: Memory) -> Scripts:
    """Read and check all scenarios of a workspace; those of a file that were read before are remembered."""
    kept: dict[str, _Kept] = memory.recall_scenarios(around.catalog, around.shared)
    made = Scripts()
    for path in sources(files):
        data, known = files[path], kept.get(path)
        if known is None or known.data != data or not known.journeys.answered_alike(around.offered):
            known = kept[path] = _compile(path, data, around)
        made.scripts += known.scripts.scripts
        made.diagnostics += known.scripts.diagnostics
    return made


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file says, and what it asked of the journeys for that."""

    data: bytes
    journeys: Asking
    scripts: Scripts


def _compile(path: str, data: bytes, around: Around) -> _Kept:
    """Read and check the scenarios of a file."""
    report, journeys = Report(), Asking(around.offered)
    found = outline(path, data, report)
    scripts = list(_File(path, around, journeys, report).scenarios(found.lines))
    diagnostics = _once_a_line(report)
    if around.offered is None:
        diagnostics = [d for d in diagnostics if not d.code.startswith(_HANGING)]
    return _Kept(data, journeys, Scripts(scripts, diagnostics))


def _once_a_line(report: Report) -> list[Diagnostic]:
    """Return the findings, what several cases of a table have in common only once."""
    found: dict[tuple[Span, str], Diagnostic] = {}
    several: list[Diagnostic] = []
    for one in report.sorted():
        if one.fix is None and one.code.startswith("N0"):
            several.append(one)
            continue
        found.setdefault((one.span, one.code), one)
    return sorted([*several, *found.values()], key=lambda d: (d.span, d.code))


@dataclass(slots=True)
class _File:
    path: str
    around: Around
    journeys: Asking
    report: Report
    names: dict[str, int] = field(default_factory=dict)
    shared: list[Line] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def scenarios(self, lines: Sequence[Line]) -> Iterator[Script]:
        """Yield the scripts of the file."""
        reader = Reader(self.report)
        read = [(line, reader.read(line, "file")) for line in lines]
        self.shared = [line for line, said in read if said and said.tree.rule in _LEFT]
        self.broken = {name for line, said in read if said is None for name in line.text.split('"')[1::2]}
        lone: list[Said] = []
        for n, (line, said) in enumerate(read):
            if said is None:
                self._read_below(line)
            elif said.tree.rule == "scenario":
                below = next((one for _, one in read[n + 1 :] if one is None or not _is_frame(one)), None)
                yield from self._scenario(said, torn=_is_lone(below))
            elif _is_lone(said):
                lone.append(said)
                if n + 1 == len(read) or not _is_lone(read[n + 1][1]):
                    self._misplaced(lone, "at the left margin")
                    lone = []
            elif line.children:
                self._nothing_under(line)

    def _read_below(self, line: Line) -> None:
        """Read what stands under a line that is not understood, for its own mistakes alone."""
        reader = Reader(self.report, known=False)
        for child in line.children:
            reader.read(child, "scenario")
            for below in () if is_table(child) else child.children:
                reader.read(below, "moment")

    def _scenario(self, said: Said, *, torn: bool) -> Iterator[Script]:
        """Yield the scripts of a scenario. `torn`: its lines follow at the margin, which is told there."""
        token = said.tree.token("STRING")
        if token.value in self.names:
            first = self.names[token.value]
            message = f"The scenario “{token.value}” stands twice in this file; first in line {first}."
            self.report.add("N201", token.span, message, "Give it another name.")
        else:
            self.names[token.value] = said.line.number
        if not said.line.children and torn:
            return
        if not said.line.children:
            message = "Nothing is indented under this line: a scenario needs moments and what is expected."
            self.report.add("N204", said.span, message, "Write it below, indented by two spaces.")
            return
        tables = [line for line in said.line.children if is_table(line)]
        if not tables:
            script, _, found = self._case(said, {}, "")
            self.report.found += found
            yield from script
            return
        if len(tables) > 1:
            message = "A scenario has one table."
            self.report.add(
                "N206", tables[1].span, message, "Put the columns into one, or make two scenarios."
            )
        yield from self._cases(said, tables[0])

    def _cases(self, said: Said, table: Line) -> Iterator[Script]:
        head = Reader(self.report).read(table, "scenario")
        if head is None:
            rest = [line for line in said.line.children if not is_table(line)]
            self._read_below(replace(said.line, children=rest))
            return
        columns = [token.text for token in head.tree.tokens("WORD")]
        if not table.children:
            message = "Nothing is indented under this line: a table needs rows."
            self.report.add("N204", table.span, message, "Write a row below, its values parted by commas.")
            return
        used: set[str] = set()
        read = False
        cases: list[tuple[list[Diagnostic], Lines]] = []
        for line, row in rows_of(columns, table, self.report):
            scripts, reader, found = self._case(said, row, ", ".join(cell.text for cell in row.values()))
            cases.append((found, reader.filled))
            used |= reader.used
            read = read or bool(scripts)
            yield from (replace(script, line=line.number) for script in scripts)
        self.report.found += placed(cases, self.report)
        for token in head.tree.tokens("WORD"):
            if read and token.text not in used and columns.count(token.text) == 1:
                message = f"No line asks for each.{token.text}."
                self.report.add("S404", token.span, message, "Leave the column out, or use it.")

    def _case(self, said: Said, row: Row, title: str) -> tuple[list[Script], Reader, list[Diagnostic]]:
        """Read a scenario for a row; return its script if it is sound, and what is wrong with it."""
        before = len(self.report.found)
        reader = Reader(self.report, row, set(self.broken))
        script = _Scenario(self, reader, said).script(title)
        found = sound(self.report.found[before:], reader.filled)
        del self.report.found[before:]
        fine = not any(one.severity == "error" for one in found)
        return [script] if script is not None and fine else [], reader, found

    def _misplaced(self, lines: Sequence[Said], where: str, *, torn: bool = False) -> None:
        """Report lines that follow each other and stand in the wrong place, once.

        `torn`: a moment stands above them.
        """
        many = len(lines) > 1
        it = "them" if many else "it"
        fix = f"Put {it} under a scenario."
        if torn:
            fix = f"Indent {it} by two more spaces, under the moment above."
        elif all(_belongs_to_a_moment(one) for one in lines):
            fix = f"Put {it} under a moment, such as: on day 2 11:00"
        elif many:
            fix = "Indent them: moments by two spaces under a scenario, what stands under a moment by four."
        below = f" and the {len(lines) - 1} below it" if len(lines) > 2 else " and the one below it"
        message = f"This line{below if many else ''} cannot stand {where}."
        self.report.add("N203", lines[0].span, message, fix)

    def _nothing_under(self, line: Line) -> None:
        message = "Nothing may be indented under this line."
        self.report.add("N210", line.children[0].span, message, "Give it the indentation of the line above.")


@dataclass(slots=True)
class _Scenario:
    """One case of a scenario."""

    file: _File
    reader: Reader
    said: Said
    torn: set[int] = field(default_factory=set)

    def script(self, title: str) -> Script | None:
        """Read all lines of the scenario."""
        report = self.file.report
        begun = len(report.found)
        frame, rest = self._parted()
        # A line in the wrong place may be what is expected; so may one of a file whose outline is broken.
        misplaced = any(one.code in ("N203", "N210") for one in report.found[begun:])
        broken = (one for one in report.found if one.severity == "error")
        misplaced = misplaced or any(one.code.startswith("N0") for one in broken)
        making = self._making(frame)
        for rule in _GIVEN:
            for one in frame:
                if one.tree.rule == rule:
                    READERS[rule](one, making)
        self._lonely(frame, making)
        before = len(report.found)
        for one in rest:
            if one.tree.rule in MOMENTS:
                self._moment(one, making)
            else:
                READERS[one.tree.rule](one, making)
        silent = len(report.found) == before and not self.reader.broken and not misplaced
        if not making.expectations and silent:
            message = "This scenario expects nothing, so it proves nothing."
            fix = 'Write under a moment what is expected, such as: expect email "…" to "…"'
            report.add("S401", self.said.span, message, fix)
        return self._made(making, title)

    def _parted(self) -> tuple[list[Said], list[Said]]:
        """Part the lines of the frame, the file's own among them, from moments and bounds."""
        shared = [self.reader.read(line, "file") for line in self.file.shared]
        frame: list[Said] = []
        rest: list[Said] = []
        begun = False
        lone: list[Said] = []
        read = [(line, self.reader.read(line, "scenario")) for line in self.said.line.children]
        for n, (line, one) in enumerate(read):
            if one is None:
                for below in line.children:
                    self.reader.read(below, "moment")
            elif one.tree.rule in FRAME:
                self._frame(one, frame, begun)
            elif one.tree.rule in MOMENTS:
                begun = True
                rest.append(one)
            elif one.tree.rule in BOUNDS:
                rest.append(one)
            else:
                if n and not lone:
                    self.torn.add(read[n - 1][0].number)
                lone.append(one)
                behind = read[n + 1][1] if n + 1 < len(read) else None
                if behind is None or not _belongs_to_a_moment(behind):
                    moment = read[n - len(lone)][1] if n >= len(lone) else None
                    torn = moment is not None and moment.tree.rule in MOMENTS
                    self.file._misplaced(lone, "directly under a scenario", torn=torn)
                    lone = []
        # What a scenario gives itself takes the place of what its file gives.
        own = {_given(one) for one in frame if one.tree.rule not in _PAST}
        return [one for one in shared if one is not None and _given(one) not in own] + frame, rest

    def _frame(self, one: Said, frame: list[Said], begun: bool) -> None:
        if one.tree.rule == "for_each":
            return
        if one.line.children:
            self.file._nothing_under(one.line)
            self.reader.broken |= {name for line in one.line.children for name in line.text.split('"')[1::2]}
        if begun:
            message = "Who there is stands above the first moment."
            self.file.report.add("N203", one.span, message, "Put it above.")
        frame.append(one)

    def _making(self, frame: list[Said]) -> Making:
        around = self.file.around
        catalog = replace(around.catalog, report=self.file.report)
        check = Checker(catalog)
        own = self._one(frame, "given_zone")
        zone = own.token("STRING").value if own else None
        if own and not civil.is_zone(own.token("STRING").value):
            zone = None
        clock = Clock.of(check, civil.zone(zone, around.shared.time_zone), self._one(frame, "starting"))
        making = Making(check, self.file.journeys, around.shared, clock, self.reader.broken, zone=zone)
        if own and zone is None:
            token = own.token("STRING")
            making.unknown_zone(token)
        return making

    def _one(self, frame: list[Said], rule: str) -> Tree | None:
        """Return the line of a kind that stands once; that of a scenario overrides the file's."""
        found = [one for one in frame if one.tree.rule == rule]
        own = [one for one in found if one.line.column > 1]
        for twice in (own or found)[1:]:
            message = "This stands twice."
            self.file.report.add("N206", twice.span, message, "Leave one of them out.")
        return (own or found)[-1].tree if found else None

    def _lonely(self, frame: list[Said], making: Making) -> None:
        """Report an account to which nobody belongs: nothing about it could ever matter."""
        of = {person.account for person in making.people.values()}
        for one in frame:
            token = one.tree.tokens("STRING")[0] if one.tree.rule == "given_account" else None
            company = making.companies.get(token.value) if token else None
            if company and token and company.id not in of and making.people and not self.reader.broken:
                message = f"No contact is of the account “{company.name}”, so nothing about it matters."
                fix = f'Write: given contact "…" of account "{company.name}"'
                self.file.report.add("S203", token.span, message, fix)

    def _moment(self, one: Said, making: Making) -> None:
        making.moment = making.clock.read(one.tree)
        if not one.line.children:
            if one.line.number not in self.torn:
                message = "Nothing is indented under this moment."
                fix = "Write below what happens then, or what is expected, indented by two spaces."
                self.file.report.add("N204", one.span, message, fix)
            return
        for line in one.line.children:
            said = self.reader.read(line, "moment")
            if said is None:
                continue
            if line.children:
                self.file._nothing_under(line)
            self._under(said, making)

    def _under(self, said: Said, making: Making) -> None:
        rule = said.tree.rule
        if rule in MOMENTS or rule in FRAME or rule == "scenario" or rule in BOUNDS:
            self.reader.broken |= set(said.line.text.split('"')[1::2])
            message = "This line cannot stand under a moment."
            self.file.report.add("N203", said.span, message, "Put it directly under the scenario.")
            return
        if making.moment is None:
            return
        if rule in ACTS and not making.moment.instant:
            message = "It is not said when in this stretch of time it happens."
            fix = "Write a moment with a time of day, such as: on day 2 11:00"
            self.file.report.add("S104", said.span, message, fix)
            return
        READERS[rule](said, making)

    def _made(self, making: Making, title: str) -> Script:
        ends = [e.stretch.until for e in making.expectations] + [act.at for act in making.acts]
        until = max([making.clock.last, *ends])
        around = self.file.around

        def closed(one: Expectation) -> Expectation:
            return one if one.stretch.until else replace(one, stretch=Stretch(one.stretch.since, until))

        return Script(
            name=self.said.tree.token("STRING").value,
            file=self.file.path,
            line=self.said.line.number,
            case=title,
            zone=making.zone or around.shared.time_zone,
            start=making.clock.start,
            until=until,
            people=tuple(making.people.values()),
            companies=tuple(making.companies.values()),
            past=tuple(sorted(making.past, key=lambda act: act.at)),
            acts=tuple(sorted(making.acts, key=lambda act: act.at)),
            expectations=tuple(map(closed, making.expectations)),
        )


def _given(said: Said) -> tuple[str, str]:
    """Return what a line gives: its kind and its name."""
    return said.tree.rule, next((token.value for token in said.tree.tokens("STRING")), "")


def _is_frame(said: Said) -> bool:
    """Whether a line can stand at the left margin, and gives something to the scenarios of the file."""
    return said.tree.rule in _LEFT


def _is_lone(said: Said | None) -> bool:
    """Whether a line stands at the left margin and belongs into a scenario."""
    return said is not None and said.tree.rule != "scenario" and not _is_frame(said)


def _belongs_to_a_moment(said: Said) -> bool:
    return said.tree.rule in ACTS or said.tree.rule.startswith("expect")
