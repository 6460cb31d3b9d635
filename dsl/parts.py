"""A part of a workspace: its own files, checked with what the other parts declare.

A workspace is one part, or several that processes check side by side. Then each reads its own files, and they
tell each other three things: what they declare, whether they are sound, and their plans with what was proved
of them. Put together in the order of the files, the findings are the same however the files were shared out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import dsl.constructs  # noqa: F401  registers the constructs
from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.ends import Goal, ReachGoal
from dsl.constructs.journey import Journey
from dsl.constructs.segment import drop_circles
from dsl.constructs.send import Send
from dsl.diagnostics import Diagnostic, Report
from dsl.emails import read_emails
from dsl.lowering import Lowering
from dsl.memory import Memory, Seen
from dsl.nodes import Broken, LineNode
from dsl.plan import Plan
from dsl.reading import read
from dsl.settings import FILE, read_settings


@dataclass(frozen=True, slots=True)
class Declared:
    """What other parts need to know of a part: its files, with journeys by their names alone."""

    files: dict[str, tuple[LineNode, ...]]
    rows: dict[str, list[str]]
    doubtful: frozenset[str]


@dataclass(slots=True)
class Part:
    """Files of a workspace, and what is known about them so far.

    `own`: the files that this part checks; `files` are all of the workspace.
    """

    files: Mapping[str, bytes]
    own: tuple[str, ...]
    memory: Memory
    catalog: Catalog
    nodes: dict[str, tuple[LineNode, ...]] = field(default_factory=dict)

    @classmethod
    def read(
        cls, files: Mapping[str, bytes], own: Iterable[str] | None = None, memory: Memory | None = None
    ) -> Part:
        """Read the settings and the part's own files; without `own`, all files."""
        catalog = Catalog(Report())
        catalog.settings = read_settings(files.get(FILE), catalog.report)
        if catalog.settings:
            catalog.names["team"].update(dict.fromkeys(catalog.settings.teams))
            catalog.names["webhook"].update(dict.fromkeys(catalog.settings.webhooks))
            catalog.names["sync"].update(dict.fromkeys(catalog.settings.sync))
        part = cls(files, tuple(own if own is not None else sources(files)), memory or Memory(), catalog)
        for path in part.own:
            seen = part._seen(path)
            part.nodes[path] = seen.nodes
            catalog.report.sources[path] = seen.rows
            catalog.report.found += seen.found
            catalog.doubt(seen.doubtful)
        return part

    def _seen(self, path: str) -> Seen:
        """Read a file, or remember it."""
        data = self.files[path]
        seen = self.memory.files.get(path)
        if seen is None or seen.data != data:
            alone = Catalog(Report())
            nodes = read(path, data, alone)
            found, rows = alone.report.found, alone.report.sources[path]
            seen = self.memory.files[path] = Seen(data, nodes, rows, found, frozenset(alone.doubtful))
        return seen

    def declared(self) -> Declared:
        """Return what the other parts need to know."""
        files = {path: tuple(map(_name_alone, nodes)) for path, nodes in self.nodes.items()}
        return Declared(files, self.catalog.report.sources, frozenset(self.catalog.doubtful))

    def join(self, other: Declared) -> None:
        """Learn what another part declares."""
        self.nodes = dict(sorted({**self.nodes, **other.files}.items()))
        self.catalog.report.sources.update(other.rows)
        self.catalog.doubt(other.doubtful)

    @property
    def lines(self) -> list[LineNode]:
        """The lines at the left margin of all files."""
        return [node for nodes in self.nodes.values() for node in nodes]

    @property
    def sound(self) -> bool:
        """Whether no error was found so far."""
        return not any(d.severity == "error" for d in self.catalog.report.found)

    def check(self) -> None:
        """Report what is wrong with the declarations, the emails and the part's own files."""
        for node in self.lines:
            node.declare(self.catalog)
        drop_circles(self.catalog)
        self.memory.recall_emails(self.files, self.catalog, read_emails)
        self.memory.see(self.catalog)
        report = self.catalog.report
        for path in self.own:
            seen = self.memory.files[path]
            if seen.checked is None:
                before = len(report.found)
                for node in self.nodes[path]:
                    _check_node(node, self.catalog)
                seen.checked = report.found[before:]
            else:
                report.found += seen.checked

    def plans(self) -> dict[str, Plan]:
        """Return the plans of the part's own journeys, not yet sealed. The workspace must be sound."""
        hashes = {name: email.content_hash for name, email in self.catalog.emails.items()}
        plans: dict[str, Plan] = {}
        for path in self.own:
            seen = self.memory.files[path]
            if seen.plans is None:
                journeys = (node for node in self.nodes[path] if isinstance(node, Journey))
                seen.plans = {node.name.text: self._plan(path, node, hashes) for node in journeys}
            plans.update(seen.plans)
        return plans

    def _plan(self, path: str, node: Journey, hashes: dict[str, str]) -> Plan:
        own = frozenset(send.email.text for send in node.sends())
        given, rows = self.catalog.given(own), self.catalog.report.sources[path]
        return node.lower(Lowering(given, node.has_hours(), rows), hashes)

    def found(self) -> list[Diagnostic]:
        """Return what was found so far, in order of place."""
        return self.catalog.report.sorted()


def sources(files: Mapping[str, bytes]) -> list[str]:
    """Name the files of the language, in order."""
    return sorted(path for path in files if path.endswith(".journey"))


def _name_alone(node: LineNode) -> LineNode:
    return replace(node, body=()) if isinstance(node, Journey | Broken) else node


def _check_node(node: LineNode, catalog: Catalog) -> None:
    sends = frozenset(line.email.text for line in node.walk() if isinstance(line, Send))
    trigger = node.trigger(catalog) if isinstance(node, Journey) else None
    goals = frozenset(goal.name.text for goal in node.walk() if isinstance(goal, Goal | ReachGoal))
    journey = isinstance(node, Journey | Broken)
    check = Checker(catalog, trigger, sends=sends, in_journey=journey, all_goals=goals)
    for line in node.walk():
        line.check(check)
