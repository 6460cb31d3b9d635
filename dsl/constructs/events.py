"""Events, in the present tense: `contact clicks email "Case study"`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from dsl.catalog import BUILT_IN_EVENTS
from dsl.checking import Checker
from dsl.constructs.comparison import FieldIs
from dsl.diagnostics import Edit
from dsl.nodes import ConditionNode, Given, Name, Node, find_condition
from dsl.parser import Tree
from dsl.plan import Condition, FieldDefinition
from dsl.spelling import nearest

# rule of the grammar -> event of the plan, argument, words around the name: as an event and as a thing.
_VERBS = {
    "clicks": ("Email Clicked", "email", "a click in {}", "any email"),
    "clicks_link": ("Email Clicked", "email", "a click on {}", "any email"),
    "opens": ("Email Opened", "email", "an open of {}", "any email"),
    "replies": ("Email Replied", "email", "a reply to {}", "any email"),
    "submits": ("Form Submitted", "form", "a submission of {}", "any form"),
    "visits": ("Page Viewed", "page", "a visit to {}", "any page"),
    "downloads": ("Asset Downloaded", "asset", "a download of {}", "any asset"),
    "does": ("", "event", "{}", ""),
}
PERFECT = {
    "clicked": "clicks",
    "clicked_link": "clicks_link",
    "opened": "opens",
    "replied": "replies",
    "submitted": "submits",
    "visited": "visits",
    "downloaded": "downloads",
    "done": "does",
}


@dataclass(frozen=True, slots=True)
class Happening(Node):
    """What happened, without tense: the event's name in plans, its arguments, the condition on its fields."""

    verb: str
    names: tuple[Name, ...]
    where: ConditionNode | None

    @classmethod
    def read(cls, tree: Tree, where: ConditionNode | None) -> Self:
        """Read a verb with its object."""
        verb = PERFECT.get(tree.rule, tree.rule)
        return cls(tree.span, verb, tuple(map(Name.of, tree.tokens("STRING"))), where)

    @property
    def event(self) -> str:
        """The event's name in plans."""
        return self.names[0].text if self.verb == "does" else _VERBS[self.verb][0]

    @property
    def args(self) -> dict[str, str]:
        """The literal arguments that the event must have."""
        if self.verb == "does" or not self.names:
            return {}
        if self.verb == "clicks_link":
            return {"email": self.names[1].text, "link": self.names[0].text}
        return {_VERBS[self.verb][1]: self.names[0].text}

    @property
    def email(self) -> Name | None:
        """The email that the event is about."""
        return self.names[-1] if self.names and _VERBS[self.verb][1] == "email" else None

    def check(self, check: Checker) -> None:
        """Report unknown names, and conditions on fields that the event lacks."""
        kind = _VERBS[self.verb][1]
        if self.email:
            if check.known("email", self.email) and self.verb == "clicks_link":
                self._check_link(check)
        elif self.names and kind != "page":
            check.known(kind, self.names[0])
        elif kind == "page" and self.names and not self.names[0].text.startswith("/"):
            page = self.names[0]
            fix = f'Write "/{page.text}".'
            edits = [Edit(page.span, f'"/{page.text}"')]
            check.report.add("N405", page.span, "A page begins with a slash.", fix, edits)
        if self.where:
            with check.matching(self.fields(check)):
                self.where.check(check)
            _check_where(check, self.where)

    def _check_link(self, check: Checker) -> None:
        link = self.names[0]
        links = check.catalog.emails[self.names[1].text].links
        if link.text in links:
            return
        guess = nearest(link.text, links)
        message = f"The email “{self.names[1].text}” has no link “{link.text}”."
        fix = f'Write "{guess}".' if guess else "Write the text of one of its links."
        check.report.add("N307", link.span, message, fix, [Edit(link.span, f'"{guess}"')] if guess else ())

    def fields(self, check: Checker) -> dict[str, FieldDefinition]:
        """The fields of the event."""
        found = check.catalog.events.get(self.event)
        return found.fields if found else {}

    def lower_where(self, given: Given) -> Condition | None:
        """Return the condition on the event's fields."""
        return self.where.lower(given) if self.where else None

    def noun(self) -> str:
        """Name it as a thing: `a click in “Case study”`."""
        *_, pattern, any_ = _VERBS[self.verb]
        text = pattern.format(f"“{self.names[0].text}”" if self.names else any_)
        return f"{text} in “{self.names[1].text}”" if len(self.names) > 1 else text


@dataclass(frozen=True, slots=True)
class Event(Node):
    """An event to start on, wait for or count: who does it, and what."""

    subject: str
    what: Happening

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read subject, verb and `where`."""
        subject = tree.need("contact", "account").rule
        return cls(tree.span, subject, Happening.read(tree.need(*_VERBS), find_condition(tree)))

    def check(self, check: Checker) -> None:
        """Report what is unknown, and a subject that never does this."""
        self.what.check(check)
        definition = check.catalog.events.get(self.what.event)
        if definition is None or definition.subject == self.subject:
            return
        built_in = self.what.event in BUILT_IN_EVENTS and self.what.verb != "does"
        message = f"This is done by {_an(definition.subject)}, not by {_an(self.subject)}."
        place = self.span if not built_in else self.what.span
        check.report.add("N406", place, message, f"Write {definition.subject} at the start.")


def _check_where(check: Checker, condition: ConditionNode) -> None:
    """Report what is not about the event: `where` is matched before anything is known of the contact."""
    for part in condition.parts():
        _check_where(check, part)
    fields = condition.fields() if isinstance(condition, FieldIs) else []
    if not condition.parts() and not (fields and all(f.owner in ("event", "trigger") for f in fields)):
        message = "“where” asks only about the event and the trigger."
        fix = "Compare fields of event or trigger here, and ask the rest with “if”."
        check.report.add("N408", condition.span, message, fix)


def _an(subject: str) -> str:
    return "an account" if subject == "account" else "a contact"
