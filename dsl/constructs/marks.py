"""Lines that change what we know of a contact: tags, the stage, fields; and the sync to other systems."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.dates import DayValue
from dsl.constructs.values import Literal_, Reference, Value, check_value, read_value
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AddTag, AnyStep, Do, FieldDefinition, RemoveTag, SetField, SetStage, Sync
from dsl.span import Span


@dataclass(frozen=True, slots=True)
class _Named(Statement):
    """A line about one name."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))


@line("add_tag", "add tag", Context.BODY)
@dataclass(frozen=True, slots=True)
class AddTagLine(_Named):
    """`add tag "topic: automation"`."""

    def check(self, check: Checker) -> None:
        check.known("tag", self.name)

    def label(self) -> tuple[str, str]:
        return "tag", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        return Do(**low.head(self, f"Add tag “{self.name.text}”", next_), effect=AddTag(tag=self.name.text))

    def writes(self) -> frozenset[str]:
        return frozenset({"tag"})


@line("remove_tag", "remove tag", Context.BODY)
@dataclass(frozen=True, slots=True)
class RemoveTagLine(_Named):
    """`remove tag "topic: automation"`."""

    def check(self, check: Checker) -> None:
        check.known("tag", self.name)

    def label(self) -> tuple[str, str]:
        return "untag", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        text = f"Remove tag “{self.name.text}”"
        return Do(**low.head(self, text, next_), effect=RemoveTag(tag=self.name.text))

    def writes(self) -> frozenset[str]:
        return frozenset({"tag"})


@line("set_stage", "set stage", Context.BODY)
@dataclass(frozen=True, slots=True)
class SetStageLine(_Named):
    """`set stage to "Known"`."""

    def check(self, check: Checker) -> None:
        check.known("stage", self.name)

    def label(self) -> tuple[str, str]:
        return "stage", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        text = f"Set stage to “{self.name.text}”"
        return Do(**low.head(self, text, next_), effect=SetStage(stage=self.name.text))

    def writes(self) -> frozenset[str]:
        return frozenset({"stage"})


@line("set_field", "set", Context.BODY)
@dataclass(frozen=True, slots=True)
class SetFieldLine(Statement):
    """`set contact.title to "CTO"`, `set contact.title to empty`, `set contact.title to trigger.title`."""

    field: Reference
    value: Value | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        field, value = tree.trees()
        return cls(span, body, Reference.read(field), _value(value))

    def check(self, check: Checker) -> None:
        found = self.field.check(check)
        if self.field.owner not in ("contact", "account"):
            if found:
                message = "Only fields of the contact and its account can be set."
                check.report.add("N410", self.field.span, message, "Write contact.… or account.….")
        elif (self.field.owner, self.field.name) == ("contact", "email_domain"):
            message = "The domain is that of the email address and cannot be set."
            check.report.add("N410", self.field.span, message, "Set another field.")
        elif (self.field.owner, self.field.name) == ("contact", "email"):
            message = "A contact's email address identifies it and cannot be set by a journey."
            check.report.add("N410", self.field.span, message, "Set another field.")
        elif isinstance(self.value, Reference):
            self._check_source(check, found, self.value)
        elif isinstance(self.value, DayValue) and self.value.day.date is None:
            self.value.day.check(check)
        elif found and self.value:
            why = "The field would hold a value that no condition and no version of an email knows."
            check_value(check, found, self.value, f"{self.field.owner}.{self.field.name}", why)

    def _check_source(self, check: Checker, field: FieldDefinition | None, source: Reference) -> None:
        """Report a field that may hold what this one cannot."""
        called = f"{self.field.owner}.{self.field.name}"
        if (source.owner, source.name) == (self.field.owner, self.field.name):
            message = f"{called} would be set to itself."
            check.report.add("N410", source.span, message, "Name another field, or remove the line.")
            return
        if source.owner not in ("contact", "account", "trigger"):
            message = f"A field is not set to a field of the {source.owner}."
            check.report.add("N410", source.span, message, "Name a field of contact, account or trigger.")
            return
        other = source.check(check)
        if field is None or other is None:
            return
        plain = {"choice": "text"}
        if other.type != field.type and not (field.type == "text" and plain.get(other.type) == "text"):
            message = f"{called} is {field.type}, but {source.owner}.{source.name} is {other.type}."
            check.report.add("N401", source.span, message, "Name a field of the same type.")
        elif field.choices and not set(other.choices) <= set(field.choices):
            more = next(choice for choice in other.choices if choice not in field.choices)
            message = f"{called} is never “{more}”, but {source.owner}.{source.name} may be."
            check.report.add("N402", source.span, message, "Give both fields the same choices.")

    def label(self) -> tuple[str, str]:
        return "set", f"{self.field.owner}.{self.field.name}"

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        value = self.value.value if isinstance(self.value, Literal_) else None
        source = self.value.lower() if isinstance(self.value, Reference) else None
        head = low.head(self, f"Set {self.field.owner}.{self.field.name}", next_)
        return Do(**head, effect=SetField(ref=self.field.lower(), value=value, source=source))

    def writes(self) -> frozenset[str]:
        return self.field.depends()


def _value(tree: Tree) -> Value | None:
    if tree.rule == "empty":
        return None
    return DayValue.read(tree) if tree.rule == "calendar_date" else read_value(tree)


@line("sync", "sync", Context.BODY)
@dataclass(frozen=True, slots=True)
class SyncLine(_Named):
    """`sync to "CRM"`: send the contact as it stands to a connected system."""

    def check(self, check: Checker) -> None:
        check.known("sync", self.name)

    def label(self) -> tuple[str, str]:
        return "sync", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        return Do(**low.head(self, f"Sync to “{self.name.text}”", next_), effect=Sync(target=self.name.text))
