"""The passes of the compiler, in order: from the bytes of a workspace to plans and diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import dsl.constructs  # noqa: F401  registers the constructs
from dsl.assembly import assemble
from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.ends import Goal, ReachGoal
from dsl.constructs.handoff import HandoffDefinition
from dsl.constructs.journey import Journey
from dsl.constructs.policy import PolicyDefinition
from dsl.constructs.scoring import Scoring
from dsl.constructs.segment import drop_circles
from dsl.constructs.send import Send
from dsl.diagnostics import Diagnostic, Report
from dsl.emails import Email, read_emails
from dsl.lowering import Lowering
from dsl.nodes import Broken, LineNode
from dsl.outline import outline
from dsl.plan import Definitions, Plan
from dsl.proofs.placing import report_proofs
from dsl.settings import FILE, Settings, read_settings


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a workspace compiles to. Plans of journeys with errors are absent."""

    plans: dict[str, Plan]
    definitions: Definitions
    emails: dict[str, Email]
    settings: Settings | None
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return not any(d.severity == "error" for d in self.diagnostics)


@dataclass(frozen=True, slots=True)
class Checked:
    """A workspace read and checked, before lowering."""

    catalog: Catalog
    files: dict[str, tuple[LineNode, ...]]

    @property
    def lines(self) -> list[LineNode]:
        """The lines at the left margin of all files."""
        return [node for nodes in self.files.values() for node in nodes]

    @property
    def sound(self) -> bool:
        """Whether no error was found so far."""
        return not any(d.severity == "error" for d in self.catalog.report.found)


def check_workspace(files: Mapping[str, bytes]) -> list[Diagnostic]:
    """Return all diagnostics of a workspace, in order of place; make no plans."""
    checked = _check(files)
    if checked.sound:
        _prove(checked, _lower(checked))
    return checked.catalog.report.sorted()


def compile_workspace(files: Mapping[str, bytes]) -> Compiled:
    """Compile a workspace: path relative to it -> bytes, `nurture.toml` included. No file is opened."""
    checked = _check(files)
    catalog = checked.catalog
    plans = _lower(checked) if checked.sound else {}
    definitions = _prove(checked, plans) if plans else _define(checked, sound=checked.sound)
    return Compiled(
        plans=plans if checked.sound else {},
        definitions=definitions,
        emails=dict(catalog.emails),
        settings=catalog.settings,
        diagnostics=catalog.report.sorted(),
    )


def _prove(checked: Checked, plans: dict[str, Plan]) -> Definitions:
    """Report what the proofs find on the paths of the plans; return the definitions that they took."""
    definitions = _define(checked, sound=True)
    catalog = checked.catalog
    places = {node.name.text: node.span for node in checked.lines if isinstance(node, Journey)}
    report_proofs(plans, definitions, catalog.emails, places, catalog.report)
    return definitions


def _check(files: Mapping[str, bytes]) -> Checked:
    catalog = Catalog(Report())
    catalog.settings = read_settings(files.get(FILE), catalog.report)
    if catalog.settings:
        catalog.names["team"].update(dict.fromkeys(catalog.settings.teams))
        catalog.names["webhook"].update(dict.fromkeys(catalog.settings.webhooks))
        catalog.names["sync"].update(dict.fromkeys(catalog.settings.sync))
    trees = {
        path: assemble(outline(path, files[path], catalog.report), catalog)
        for path in sorted(files)
        if path.endswith(".journey")
    }
    checked = Checked(catalog, trees)
    for node in checked.lines:
        node.declare(catalog)
    drop_circles(catalog)
    read_emails(files, catalog)
    for node in checked.lines:
        _check_node(node, catalog)
    return checked


def _check_node(node: LineNode, catalog: Catalog) -> None:
    sends = frozenset(line.email.text for line in node.walk() if isinstance(line, Send))
    trigger = node.trigger(catalog) if isinstance(node, Journey) else None
    goals = frozenset(goal.name.text for goal in node.walk() if isinstance(goal, Goal | ReachGoal))
    journey = isinstance(node, Journey | Broken)
    check = Checker(catalog, trigger, sends=sends, in_journey=journey, all_goals=goals)
    for line in node.walk():
        line.check(check)


def _lower(checked: Checked) -> dict[str, Plan]:
    catalog = checked.catalog
    hashes = {name: email.content_hash for name, email in catalog.emails.items()}
    plans: dict[str, Plan] = {}
    for path, nodes in checked.files.items():
        for node in nodes:
            if isinstance(node, Journey):
                own = frozenset(send.email.text for send in node.sends())
                hours = node.has_hours()
                low = Lowering(catalog.given(own), hours, catalog.report.sources[path])
                plans[node.name.text] = node.lower(low, hashes)
    return plans


def _define(checked: Checked, sound: bool) -> Definitions:
    catalog = checked.catalog
    workspace = catalog.settings.workspace if catalog.settings else None
    given = catalog.given()
    scorings = [n for n in checked.lines if isinstance(n, Scoring)] if sound else []
    policies = [n for n in checked.lines if isinstance(n, PolicyDefinition)] if sound else []
    handoffs = [n for n in checked.lines if isinstance(n, HandoffDefinition)] if sound else []
    return Definitions(
        workspace=workspace.name if workspace else "",
        time_zone=workspace.time_zone if workspace else "UTC",
        contact_fields=catalog.contact_fields,
        account_fields=catalog.account_fields,
        events=catalog.events,
        engaged=catalog.engaged,
        stages=catalog.stages,
        thresholds=catalog.thresholds,
        scoring=tuple(rule for s in scorings for rule in s.lower_rules(given)),
        fit=tuple(rule for s in scorings for rule in s.lower_fit(given)),
        half_life=next((s.half_life for s in scorings), None),
        policies=tuple(p.lower_policy(given) for p in policies),
        messages=tuple(m for _, m in sorted(catalog.messages.items())) if sound else (),
        handoffs={h.name.text: h.lower_rule() for h in handoffs},
    )
