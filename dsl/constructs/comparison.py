"""A field compared: `contact.industry is one of ("Software", "Fintech")`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from dsl.checking import Checker
from dsl.constructs.values import (
    Literal_,
    Reference,
    Value,
    a_type,
    as_number,
    check_value,
    number,
    read_list,
    read_value,
)
from dsl.nodes import ConditionNode, Given, condition
from dsl.parser import Tree
from dsl.plan import AllOf, Compare, Condition, FieldDefinition, IsSet, OneOf
from dsl.tokens import Token

ORDERS: dict[str, Literal["ge", "le", "gt", "lt"]] = {
    "at_least": "ge",
    "at_most": "le",
    "more_than": "gt",
    "less_than": "lt",
}
_TEXT = {"contains": "contains", "starts": "starts with", "ends": "ends with"}
_TextKind = Literal["contains", "starts", "ends"]


@condition("field_is")
@dataclass(frozen=True, slots=True)
class FieldIs(ConditionNode):
    """A field and what it is compared with.

    `how`: is, is_not, one_of, not_one_of, empty, set, contains, starts, ends, between, or one of `ORDERS`.
    """

    field: Reference
    how: str
    values: tuple[Value, ...]

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        first, *rest = tree.trees()
        words = [t.rule for t in rest]
        if "list" in words:
            how = "not_one_of" if "is_not" in words else "one_of"
            return cls(tree.span, Reference.read(first), how, read_list(tree.need("list")))
        how = next((w for w in words if w in ORDERS or w in ("empty", "set", "between", *_TEXT)), None) or (
            "is_not" if "is_not" in words else "is"
        )
        values = [read_value(t) for t in rest if t.rule in ("string", "amount", "yes", "no", "ref")]
        loose = [p for p in tree.parts if isinstance(p, Token)]
        values += [Literal_(t.span, number(t.text) if t.kind == "NUMERAL" else t.value) for t in loose]
        return cls(tree.span, Reference.read(first), how, tuple(values))

    def fields(self) -> list[Reference]:
        """The fields that are compared."""
        return [self.field, *(v for v in self.values if isinstance(v, Reference))]

    def check(self, check: Checker) -> None:
        field = self.field.check(check)
        if field is None:
            return
        called = f"{self.field.owner}.{self.field.name}"
        if self.how in ORDERS or self.how == "between":
            self._check_order(check, field, called)
        elif self.how in _TEXT and field.type not in (("text", "list") if self.how == "contains" else "text"):
            message = f"{called} is a {field.type}; “{_TEXT[self.how]}” asks about text."
            check.report.add("N401", self.span, message, self._equal(field, called))
        elif self.how == "contains" and field.type == "list" and field.choices:
            for value in self.values:
                check_value(check, FieldDefinition(type="choice", choices=field.choices), value, called)
        elif self.how not in _TEXT:
            for value in self.values:
                check_value(check, field, value, called)

    def _equal(self, field: FieldDefinition, called: str) -> str:
        """Say how to ask for a value of a field that is no text."""
        first = self.values[0] if len(self.values) == 1 else None
        if isinstance(first, Literal_) and isinstance(first.value, str):
            if first.value in field.choices:
                return f'Write “{called} is "{first.value}"”.'
            if field.type == "number" and as_number(first.value):
                return f"Write “{called} is {first.value}”."
        return "Write “is” or “is one of”."

    def _check_order(self, check: Checker, field: FieldDefinition, called: str) -> None:
        if field.type != "number":
            dated = field.type in ("date", "date and time")
            message = f"{called} is {a_type(field.type)}; only numbers have an order here."
            fix = "Write “is before” or “is after”." if dated else "Compare with “is” or “is one of”."
            check.report.add("N401", self.span, message, fix)
            return
        for value in self.values:
            check_value(check, field, value, called)
        if self.how == "between":
            check_between(check, self, self.values)

    def lower(self, given: Given) -> Condition:
        left = self.field.lower()
        if self.how in ("set", "empty"):
            return IsSet(left=left, value=self.how == "set")
        if self.how in ("one_of", "not_one_of"):
            literals = tuple(v.value for v in self.values if isinstance(v, Literal_))
            return OneOf(left=left, values=literals, negated=self.how == "not_one_of")
        right = [v.lower() if isinstance(v, Reference) else v.value for v in self.values]
        if self.how == "between":
            low = Compare(left=left, kind="ge", right=right[0])
            return AllOf(conditions=(low, Compare(left=left, kind="le", right=right[1])))
        if self.how in _TEXT:
            return Compare(left=left, kind=cast(_TextKind, self.how), right=right[0])
        if self.how in ORDERS:
            return Compare(left=left, kind=ORDERS[self.how], right=right[0])
        return Compare(left=left, kind="ne" if self.how == "is_not" else "eq", right=right[0])

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset().union(*(field.depends() for field in self.fields()))


def check_between(check: Checker, node: ConditionNode, values: tuple[Value, ...]) -> None:
    """Report bounds that stand the wrong way round."""
    low, high = (v.value if isinstance(v, Literal_) else None for v in values)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        message = f"Nothing is between {low} and {high}."
        check.report.add("N409", node.span, message, f"Write: between {high} and {low}")
