"""Lines that reach other systems: `call webhook`, `add to audience`, `create task`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.notify import check_plain
from dsl.constructs.values import Reference
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, CallWebhook, ChangeAudience, CreateTask, Do
from dsl.span import Span


@line("call_webhook", "call webhook", Context.BODY)
@dataclass(frozen=True, slots=True)
class CallWebhookLine(Statement):
    """`call webhook "Data warehouse"`: send the contact as it stands to an address of the settings."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.known("webhook", self.name)

    def label(self) -> tuple[str, str]:
        return "webhook", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Call webhook “{self.name.text}”", next_)
        return Do(**head, effect=CallWebhook(webhook=self.name.text))


@line("change_audience", "a change of a list or an audience", Context.BODY)
@dataclass(frozen=True, slots=True)
class ChangeAudienceLine(Statement):
    """`add to audience "Retargeting"`, `remove from audience "Retargeting"`."""

    name: Name
    add: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")), tree.has("add"))

    def check(self, check: Checker) -> None:
        settings = check.catalog.settings
        if not check.known("audience", self.name) or settings is None:
            return
        if self.name.text not in settings.audiences:
            message = f'The audience "{self.name.text}" is not connected.'
            fix = f'Add [audiences."{self.name.text}"] with url = "…" to nurture.toml.'
            check.report.add("N306", self.name.span, message, fix)

    def label(self) -> tuple[str, str]:
        return "audience" if self.add else "leave-audience", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        words = "Add to" if self.add else "Remove from"
        head = low.head(self, f"{words} audience “{self.name.text}”", next_)
        return Do(**head, effect=ChangeAudience(audience=self.name.text, add=self.add))


@line("create_task", "create task", Context.BODY)
@dataclass(frozen=True, slots=True)
class CreateTaskLine(Statement):
    """`create task "Call them" for account.owner`, `create task "Call them" for team "SDR"`."""

    title: Name
    person: Reference | None
    team: Name | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        title, *team = map(Name.of, tree.tokens("STRING"))
        person = tree.find("ref")
        return cls(span, body, title, Reference.read(person) if person else None, team[0] if team else None)

    def check(self, check: Checker) -> None:
        if self.team:
            check.known("team", self.team)
        if self.person:
            check_person(check, self.person)
        _check_taker(check, self.title.span)
        check_plain(check, self.title)

    def label(self) -> tuple[str, str]:
        return "task", self.title.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        effect = CreateTask(
            title=self.title.text,
            person=self.person.lower() if self.person else None,
            team=self.team.text if self.team else None,
        )
        whose = f"team “{self.team.text}”" if self.team else ""
        if self.person:
            whose = f"{self.person.owner}.{self.person.name}"
        return Do(**low.head(self, f"Create task “{self.title.text}” for {whose}", next_), effect=effect)


def _check_taker(check: Checker, span: Span) -> None:
    """Report a task that no connected system takes, or that two would take."""
    settings = check.catalog.settings
    if settings is None:
        return
    takers = [name for name, target in settings.sync.items() if target.tasks]
    if len(takers) == 1:
        return
    if takers:
        both = " and ".join(f'[sync."{name}"]' for name in takers[:2])
        message, fix = f"Both {both} take tasks.", "Leave “tasks” out of one of them in nurture.toml."
    elif settings.sync:
        message = "No connected system takes tasks."
        place = f'[sync."{next(iter(settings.sync))}"]'
        fix = f'Add tasks = "…", the address for them, under {place} in nurture.toml.'
    else:
        message = "No system is connected that takes tasks."
        fix = 'Add [sync."CRM"] with url = "…" and tasks = "…" to nurture.toml.'
    check.report.add("N306", span, message, fix)


def check_person(check: Checker, person: Reference) -> None:
    """Report a field that cannot name a person."""
    found = person.check(check)
    if found and found.type != "text":
        message = f"A person is named by a text; {person.owner}.{person.name} is {found.type}."
        check.report.add("N401", person.span, message, "Name another field, such as account.owner.")
