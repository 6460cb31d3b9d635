"""Values: references to fields, literals, lists and durations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self, cast

from dsl.checking import Checker
from dsl.diagnostics import Edit
from dsl.nodes import Name, Node
from dsl.parser import Tree
from dsl.plan import FieldDefinition, Ref, Scalar
from dsl.span import Span
from dsl.spelling import nearest, one_of

_OWNERS = ("contact", "account", "trigger", "event", "reply")
# What others call them whose fields these are.
_ALSO = {
    "contact": frozenset(
        {"lead", "person", "user", "people", "prospect", "subscriber", "recipient", "customer"}
    ),
    "account": frozenset({"company", "organisation", "organization", "firm", "business", "accounts"}),
}
_SAID = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_LONGEST = 3650 * 86_400

TimeUnit = Literal["minute", "hour", "day", "week"]


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """`contact.industry`: a field of the contact, the account, the trigger or the event."""

    owner: str
    name: str

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read a REF token."""
        token = tree.token("REF")
        owner, _, name = token.text.partition(".")
        return cls(token.span, owner, name)

    def check(self, check: Checker) -> FieldDefinition | None:
        """Return the field's definition, or report that there is none."""
        if self.owner not in _OWNERS:
            self._wrong_owner(check)
            return None
        if self.owner == "trigger" and (line := getattr(check.trigger, "lacking", {}).get(self.name)):
            if update := getattr(check.trigger, "updates", {}).get(self.name):
                message = (
                    f"The event of this line has no field {self.name}, and takes the place of one that has. "
                )
                message += f"Line {self.span.line} uses trigger.{self.name}."
                fix = f"Give the event the field {self.name}, or leave this line out."
                check.report.add("N305", update, message, fix)
                return None
            message = f"trigger.{self.name} is not there in every run: line {line} brings no such field."
            fix = "Give that event the field, drop that line, or keep the value in a field of the contact."
            check.report.add("N305", self.span, message, fix)
            return None
        if self._of_other(check):
            return None
        return check.field_of(self.owner, self.name, self._name_span())

    def _of_other(self, check: Checker) -> bool:
        """Report a field of the account that is asked of the contact, or the other way round."""
        other = {"contact": "account", "account": "contact"}.get(self.owner, "")
        if not other or self.name in check.fields(self.owner) or self.name not in check.fields(other):
            return False
        if check.catalog.doubts(self.name):
            return False
        message = f"The field {self.name} is one of the {other}, not of the {self.owner}."
        edits = [Edit(self._owner_span(), other)]
        check.report.add("N305", self.span, message, f"Write {other}.{self.name}.", edits)
        return True

    def _wrong_owner(self, check: Checker) -> None:
        span = self._owner_span()
        guess = nearest(self.owner, _OWNERS)
        if guess in ("contact", "account"):
            self._misspelt(check, guess)
            return
        holders = [owner for owner in ("contact", "account") if self.name in check.fields(owner)]
        likely = [owner for owner in holders if self.owner.lower() in _ALSO[owner]] or holders
        guess = guess or (likely[0] if len(likely) == 1 else None)
        message = f"“{self.owner}” has no fields; fields belong to {one_of(_OWNERS)}."
        if guess:
            check.report.add("N305", span, message, f"Write {guess}.{self.name}.", [Edit(span, guess)])
        else:
            check.report.add("N305", span, message, f"Write contact.{self.name} or account.{self.name}.")

    def _misspelt(self, check: Checker, owner: str) -> None:
        """Report `Contact.Title`: both of its words at once."""
        fields = check.fields(owner)
        name = self.name if self.name in fields else nearest(self.name, fields) or self.name
        right = f"{owner}.{name}"
        message = f"“{self.owner}.{self.name}” is no field. Did you mean {right}?"
        check.report.add("N305", self.span, message, f"Write {right}.", [Edit(self.span, right)])

    def _owner_span(self) -> Span:
        return Span(self.span.file, self.span.line, self.span.start, self.span.start + len(self.owner))

    def _name_span(self) -> Span:
        return Span(self.span.file, self.span.line, self.span.start + len(self.owner) + 1, self.span.end)

    def lower(self) -> Ref:
        """Return the reference of the plan."""
        return Ref(
            of=cast(Literal["contact", "account", "trigger", "event", "reply"], self.owner), field=self.name
        )

    def depends(self) -> frozenset[str]:
        """Name the fact, as in `Interest.changes`; a trigger never changes."""
        if self.owner in ("contact", "account"):
            return frozenset({f"field:{self.owner}.{self.name}"})
        return frozenset()


@dataclass(frozen=True, slots=True)
class Literal_(Node):
    """A text, a number, or yes or no."""

    value: Scalar

    @property
    def type(self) -> str:
        """The type of field that it fits."""
        if isinstance(self.value, bool):
            return "yes or no"
        return "text" if isinstance(self.value, str) else "number"


Value = Reference | Literal_


def read_value(tree: Tree) -> Value:
    """Read a value of a comparison."""
    if tree.rule == "ref":
        return Reference.read(tree)
    if tree.rule in ("yes", "no"):
        return Literal_(tree.span, tree.rule == "yes")
    if tree.rule == "amount":
        return Literal_(tree.span, number(tree.token("NUMERAL").text))
    return Literal_(tree.span, tree.token("STRING").value)


def read_list(tree: Tree) -> tuple[Literal_, ...]:
    """Read a list in parentheses."""
    return tuple(v for v in map(read_value, tree.trees()) if isinstance(v, Literal_))


def number(text: str) -> int | float:
    """Read a number; whole ones stay whole."""
    return float(text) if "." in text else int(text)


def as_number(text: str) -> str:
    """Return the number that a text is, as it is written without quotes, or nothing."""
    return text if re.fullmatch(r"-?\d{1,12}(?:\.\d+)?", text) else ""


def as_day(text: str) -> str:
    """Return the day that a text in figures is, year first, as it is written here; or nothing."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    if match is None or not 1 <= int(match[2]) <= len(MONTHS):
        return ""
    return f"{int(match[3])} {MONTHS[int(match[2]) - 1]} {match[1]}"


def points(text: str) -> float:
    """Read points of a score."""
    return float(text)


def check_value(
    check: Checker, field: FieldDefinition, value: Value, called: str, consequence: str | None = None
) -> None:
    """Report a value that a field of this type can never have. `consequence`: what would come of it."""
    report = check.report

    def tell(code: str, message: str, fix: str, edits: Iterable[Edit] = ()) -> None:
        report.add(code, value.span, message, fix, edits, consequence)

    if isinstance(value, Reference):
        other = value.check(check)
        if other is not None and _family(other.type) != _family(field.type):
            message = (
                f"{called} is {a_type(field.type)}, but {value.owner}.{value.name} is {a_type(other.type)}."
            )
            tell("N401", message, "Compare fields of one type.")
        return
    if _family(field.type) in ("date", "date and time"):
        if value.type != "date":
            message = f"{called} is a {field.type}, but {_show(value)} is {a_type(value.type)}."
            day = as_day(value.value) if isinstance(value.value, str) else ""
            edits = [Edit(value.span, day)] if day else []
            tell("N401", message, f"Write {day}." if day else "Write a day such as: 24 november 2026", edits)
    elif value.type != _family(field.type):
        message = f"{called} is {a_type(field.type)}, but {_show(value)} is {a_type(value.type)}."
        said = _SAID.get(value.value.lower(), "") if isinstance(value.value, str) else ""
        if said and field.type == "yes or no":
            tell("N401", message, f"Write {said}.", [Edit(value.span, said)])
            return
        bare = as_number(value.value) if field.type == "number" and isinstance(value.value, str) else ""
        if bare:
            tell("N401", message, f"Write {bare}.", [Edit(value.span, bare)])
            return
        told = not isinstance(value.value, str) and not isinstance(value.value, bool)
        if told and field.type == "text":
            quoted = f'"{value.value}"'
            tell("N401", message, f"Write {quoted}.", [Edit(value.span, quoted)])
            return
        tell("N401", message, _how(field))
    elif field.choices and value.value not in field.choices:
        guess = nearest(str(value.value), field.choices)
        fix = f'Write "{guess}".' if guess else _how(field)
        edits = [Edit(value.span, f'"{guess}"')] if guess else []
        tell("N402", f"{called} is never {_show(value)}.", fix, edits)


def _family(type_: str) -> str:
    return "text" if type_ == "choice" else type_


def a_type(type_: str) -> str:
    """Name a type with its article."""
    return type_ if type_ in ("text", "yes or no") else f"a {type_}"


def _show(value: Literal_) -> str:
    if isinstance(value.value, bool):
        return "yes" if value.value else "no"
    return f'"{value.value}"' if isinstance(value.value, str) else f"{value.value}"


def _how(field: FieldDefinition) -> str:
    if field.choices:
        return "Write one of " + one_of(f'"{c}"' for c in field.choices) + "."
    return {
        "text": 'Write a text in quotes: "…".',
        "number": "Write a number without quotes.",
        "yes or no": "Write yes or no.",
        "list": 'Ask what is in it: contains "…"',
    }.get(field.type, "Write a value of that type.")


@dataclass(frozen=True, slots=True)
class Duration(Node):
    """`2 days`."""

    amount: str
    unit: str

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read a number and a unit."""
        return cls(tree.span, tree.token("NUMERAL").text, str(tree.need("unit").token("WORD").text))

    @property
    def whole(self) -> int:
        """The amount; 1 where it was refused."""
        return int(self.amount) if self.amount.isdigit() else 1

    @property
    def one(self) -> TimeUnit:
        """The unit in the singular."""
        return cast(TimeUnit, self.unit.removesuffix("s"))

    @property
    def seconds(self) -> int:
        """The length, a day counted as 24 hours."""
        return self.whole * _SECONDS[self.one]

    def check(self, check: Checker) -> None:
        """Report lengths that are no lengths, and `1 days`."""
        if not self.amount.isdigit() or self.whole == 0:
            message = f"{self.amount} {self.unit} is not a length of time."
            check.report.add("N403", self.span, message, "Write a whole number from 1.")
        elif self.seconds > _LONGEST:
            check.report.add("N403", self.span, f"{self} is more than ten years.", "Write a shorter time.")
        elif str(self) != f"{self.amount} {self.unit}":
            fix = f"Write {self}."
            check.report.add(
                "N404",
                self.span,
                f"“{self.amount} {self.unit}” reads wrong.",
                fix,
                [Edit(self.span, str(self))],
            )

    def __str__(self) -> str:
        return f"{self.whole} {self.one}{'' if self.whole == 1 else 's'}"


def quoted(name: Name) -> str:
    """Show a name in running text."""
    return f"“{name.text}”"
