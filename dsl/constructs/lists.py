"""`list "Guests" of contacts`, `list "Competitors" of ("rival.example")`; and `is in list`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.values import Literal_, Reference, Value, check_value, read_list
from dsl.nodes import ConditionNode, Context, Given, LineNode, Name, condition, line
from dsl.parser import Tree
from dsl.plan import Condition, InList, Not, OneOf
from dsl.span import Span


@line("list_definition", "list", Context.TOP)
@dataclass(frozen=True, slots=True)
class ListDefinition(LineNode):
    """A list of contacts, which journeys add to; or a fixed list of values. `values`: None for contacts."""

    name: Name
    values: tuple[Value, ...] | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        values = tree.find("list")
        return cls(span, body, Name.of(tree.token("STRING")), read_list(values) if values else None)

    def declare(self, catalog: Catalog) -> None:
        if catalog.declare("list", self.name.text, self.name.span):
            catalog.lists[self.name.text] = None
            if self.values is not None:
                literals = (v.value for v in self.values if isinstance(v, Literal_))
                catalog.lists[self.name.text] = tuple(literals)

    def check(self, check: Checker) -> None:
        literals = [v for v in self.values or () if isinstance(v, Literal_)]
        for n, one in enumerate(literals):
            if one.value in [other.value for other in literals[:n]]:
                message = f"The value {one.value} stands twice in this list."
                check.report.add("N201", one.span, message, "Remove one.")
            elif one.type != literals[0].type:
                message = "Texts and numbers are mixed in this list."
                check.report.add("N401", one.span, message, "Write all values in quotes, or none.")


@condition("in_list")
@dataclass(frozen=True, slots=True)
class IsInList(ConditionNode):
    """`contact is in list "Guests"`, `contact.email_domain is not in list "Competitors"`."""

    field: Reference | None
    list: Name
    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        field = tree.find("ref")
        name = Name.of(tree.token("STRING"))
        return cls(tree.span, Reference.read(field) if field else None, name, tree.has("is_not"))

    def check(self, check: Checker) -> None:
        field = self.field.check(check) if self.field else None
        if not check.known("list", self.list):
            return
        values = check.catalog.lists[self.list.text]
        if self.field is None and values is not None:
            message = f"“{self.list.text}” is a list of values, not of contacts."
            fix = f'Ask about a field: contact.email_domain is in list "{self.list.text}"'
            check.report.add("N408", self.span, message, fix)
        elif self.field and values is None:
            message = f"“{self.list.text}” is a list of contacts, not of values."
            fix = f'Write: contact is in list "{self.list.text}"'
            check.report.add("N408", self.span, message, fix)
        elif self.field and field and values:
            called = f"{self.field.owner}.{self.field.name}"
            check_value(check, field, Literal_(self.list.span, values[0]), called)

    def lower(self, given: Given) -> Condition:
        if self.field:
            values = given.lists.get(self.list.text) or ()
            return OneOf(left=self.field.lower(), values=values, negated=self.negated)
        fact = InList(list=self.list.text)
        return Not(condition=fact) if self.negated else fact

    def depends(self, given: Given) -> frozenset[str]:
        return self.field.depends() if self.field else frozenset({"list"})
