"""What a check remembers for the next one, so that after one change little is done again.

Files are remembered by their bytes. What follows from a file and the catalog is kept as long as the catalog
says the same; what was proved of a journey, as long as its plan and what the proofs take from others are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl.catalog import Catalog
from dsl.diagnostics import Diagnostic
from dsl.emails import Email
from dsl.nodes import LineNode
from dsl.plan import Definitions, Plan
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.span import Span


@dataclass(slots=True)
class Seen:
    """A file that was read; with the present catalog, what its check found and its plans."""

    data: bytes
    nodes: tuple[LineNode, ...]
    rows: list[str]
    found: list[Diagnostic]
    doubtful: frozenset[str]
    checked: list[Diagnostic] | None = None
    plans: dict[str, Plan] | None = None


@dataclass(slots=True)
class Letters:
    """The emails that were read, and what that found."""

    files: dict[str, bytes]
    view: object
    emails: dict[str, Email]
    names: dict[str, Span | None]
    rows: dict[str, list[str]]
    found: list[Diagnostic]
    doubtful: set[str]


@dataclass(slots=True)
class Proved:
    """What was proved of a journey. `senders`: what that took from the other journeys."""

    journey: Journey
    senders: tuple[int, ...]
    findings: list[Finding]


@dataclass(slots=True)
class Memory:
    """What was found out in earlier checks of one workspace."""

    files: dict[str, Seen] = field(default_factory=dict)
    letters: Letters | None = None
    proved: dict[str, Proved] = field(default_factory=dict)
    definitions: Definitions | None = None
    senders: Mapping[str, int] = field(default_factory=dict)
    scenarios: dict[str, Any] = field(default_factory=dict)
    sealed: dict[str, tuple[Plan, Plan]] = field(default_factory=dict)
    _view: object = None
    _around: object = None

    def recall_emails(
        self,
        files: Mapping[str, bytes],
        catalog: Catalog,
        read: Callable[[Mapping[str, bytes], Catalog], None],
    ) -> None:
        """Read the emails into the catalog, or remember them. What they may name must be in it."""
        texts = {p: data for p, data in files.items() if p.startswith("emails/") and p.endswith(".md")}
        view, report, kept = _view(catalog), catalog.report, self.letters
        if kept is None or kept.files != texts or kept.view != view:
            before = len(report.found)
            doubtful = set(catalog.doubtful)
            read(texts, catalog)
            rows = {path: report.sources[path] for path in texts if path in report.sources}
            found, doubts = report.found[before:], catalog.doubtful - doubtful
            names = catalog.names["email"]
            self.letters = Letters(texts, view, catalog.emails, dict(names), rows, found, doubts)
            return
        catalog.emails = kept.emails
        catalog.names["email"].update(kept.names)
        report.sources.update(kept.rows)
        report.found += kept.found
        catalog.doubt(kept.doubtful)

    def see(self, catalog: Catalog) -> None:
        """Take the catalog as the present one; forget what followed from one that said otherwise."""
        view = (_view(catalog), catalog.emails)
        if self._view != view:
            for seen in self.files.values():
                seen.checked = seen.plans = None
        self._view = view

    def recall_scenarios(self, catalog: Catalog, around: object) -> dict[str, Any]:
        """Return what is remembered of the files of scenarios, by path, to be added to.

        `around`: what they are checked against beside the catalog. Of emails they know names and links.
        """
        links = {name: email.links for name, email in catalog.emails.items()}
        seen = (_view(catalog), links, around)
        if self._around != seen:
            self.scenarios.clear()
            self._around = seen
        return self.scenarios

    def settle(self, definitions: Definitions) -> Definitions:
        """Return the definitions of the last check if these are equal; else forget what was proved."""
        if self.definitions != definitions:
            self.proved.clear()
            self.definitions = definitions
        assert self.definitions is not None
        return self.definitions

    def journeys(self, subject: Subject) -> dict[str, Journey]:
        """Return the journeys of a subject, those that were proved before with all that is known of them."""
        return {name: self._known(name, journey) for name, journey in subject.journeys.items()}

    def _known(self, name: str, journey: Journey) -> Journey:
        kept = self.proved.get(name)
        same = kept and kept.journey.plan is journey.plan and kept.journey.spawned == journey.spawned
        return kept.journey if kept and same else journey

    def findings(self, subject: Subject, prove: Callable[[Subject, Journey], list[Finding]]) -> list[Finding]:
        """Prove every journey, or remember what was found."""
        alike, self.senders = self.senders == subject.senders, subject.senders
        return [
            finding
            for journey in subject.journeys.values()
            for finding in self._findings(subject, journey, prove, alike)
        ]

    def _findings(
        self,
        subject: Subject,
        journey: Journey,
        prove: Callable[[Subject, Journey], list[Finding]],
        alike: bool,
    ) -> list[Finding]:
        name = journey.plan.journey
        kept = self.proved.get(name)
        if alike and kept and kept.journey is journey:
            return kept.findings
        counts = tuple(min(subject.senders[email], 2) for email in journey.named)
        if kept is None or kept.journey is not journey or kept.senders != counts:
            kept = self.proved[name] = Proved(journey, counts, prove(subject, journey))
        return kept.findings

    def seal(self, plans: Mapping[str, Plan]) -> dict[str, Plan]:
        """Return plans with their hashes; a plan that is the same object as last time is so again."""
        kept = self.sealed
        self.sealed = {
            name: kept[name] if name in kept and kept[name][0] is plan else (plan, plan.sealed())
            for name, plan in plans.items()
        }
        return {name: sealed for name, (_, sealed) in self.sealed.items()}

    def forget(self, files: Mapping[str, bytes], journeys: Mapping[str, object]) -> None:
        """Forget files and journeys that are no more."""
        self.files = {path: seen for path, seen in self.files.items() if path in files}
        self.scenarios = {path: kept for path, kept in self.scenarios.items() if path in files}
        self.proved = {name: proved for name, proved in self.proved.items() if name in journeys}


def _view(catalog: Catalog) -> tuple[Any, ...]:
    """Return all that a catalog says, but for places and emails."""
    return (
        [list(names) for names in catalog.names.values()],
        catalog.contact_fields,
        catalog.account_fields,
        catalog.events,
        catalog.stages,
        catalog.engaged,
        catalog.thresholds,
        catalog.settings,
        catalog.segments,
        catalog.lists,
        catalog.messages,
        catalog.scored,
        catalog.holidays,
        catalog.business,
        frozenset(catalog.doubtful),
    )
