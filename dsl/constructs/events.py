"""Events, in the present tense: `contact clicks email "Case study"`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from dsl.catalog import BUILT_IN_EVENTS
from dsl.checking import Checker
from dsl.constructs.comparison import FieldIs
from dsl.constructs.date_conditions import DateCompared
from dsl.constructs.values import Literal_
from dsl.diagnostics import Edit
from dsl.nodes import ConditionNode, Given, Name, Node, find_condition
from dsl.parser import Tree
from dsl.plan import AllOf, Compare, Condition, FieldDefinition, Ref
from dsl.spelling import nearest, one_of

# Changes of what we know, told to journeys like events: each has a name that no declared event can have.
SEGMENT_ENTERED, SEGMENT_LEFT = "nurture:segment entered", "nurture:segment left"
ACCOUNT_ENTERED, ACCOUNT_LEFT = "nurture:account segment entered", "nurture:account segment left"
SEGMENT_EVENTS = (SEGMENT_ENTERED, SEGMENT_LEFT, ACCOUNT_ENTERED, ACCOUNT_LEFT)
STAGE_REACHED, SCORE_CHANGED = "nurture:stage reached", "nurture:score changed"

# rule of the grammar -> event of the plan, argument, words around the name: as an event and as a thing.
_VERBS = {
    "clicks": ("Email Clicked", "email", "a click in {}", "any email"),
    "clicks_link": ("Email Clicked", "email", "a click on {}", "any email"),
    "opens": ("Email Opened", "email", "an open of {}", "any email"),
    "replies": ("Email Replied", "email", "a reply to {}", "any email"),
    "submits": ("Form Submitted", "form", "a submission of {}", "any form"),
    "visits": ("Page Viewed", "page", "a visit to {}", "any page"),
    "downloads": ("Asset Downloaded", "asset", "a download of {}", "any asset"),
    "attends": ("Attended", "webinar", "attendance of {}", "any webinar"),
    "books": ("Meeting Booked", "meeting", "a booking of {}", "any meeting"),
    "unsubscribes": ("Unsubscribed", "", "", "an unsubscription"),
    "bounces": ("Email Bounced", "email", "a bounce of {}", "any email"),
    "enters": (SEGMENT_ENTERED, "segment", "entering segment {}", ""),
    "leaves": (SEGMENT_LEFT, "segment", "leaving segment {}", ""),
    "account_enters": (ACCOUNT_ENTERED, "segment", "the account entering segment {}", ""),
    "account_leaves": (ACCOUNT_LEFT, "segment", "the account leaving segment {}", ""),
    "reaches": (STAGE_REACHED, "stage", "reaching stage {}", ""),
    "score_reaches": (SCORE_CHANGED, "threshold", "a score of {}", ""),
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
    "attended": "attends",
    "booked": "books",
    "unsubscribed": "unsubscribes",
    "done": "does",
}


_LINKS = 6  # so many are shown at most
_ADDRESS = re.compile(r"(?:\w+://[^/]*|(?:[\w-]+\.)+[a-z]{2,})(/.*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Happening(Node):
    """What happened, without tense: the event's name in plans, its arguments, the condition on its fields."""

    verb: str
    names: tuple[Name, ...]
    where: ConditionNode | None
    points: float | None = None

    @classmethod
    def read(cls, tree: Tree, where: ConditionNode | None) -> Self:
        """Read a verb with its object."""
        verb = PERFECT.get(tree.rule, tree.rule)
        number = tree.tokens("NUMERAL")
        points = float(number[0].text) if number else None
        return cls(tree.span, verb, tuple(map(Name.of, tree.tokens("STRING"))), where, points)

    @property
    def made(self) -> bool:
        """Whether it is a change that the product itself tells, not an event that is on record."""
        return self.event.startswith("nurture:")

    @property
    def event(self) -> str:
        """The event's name in plans."""
        return self.names[0].text if self.verb == "does" else _VERBS[self.verb][0]

    @property
    def args(self) -> dict[str, str]:
        """The literal arguments that the event must have."""
        if self.verb in ("does", "score_reaches") or not self.names:
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
            right = _page(page.text)
            fix = f'Write "{right}".'
            message = "A page begins with a slash."
            check.report.add("N405", page.span, message, fix, [Edit(page.span, f'"{right}"')])
        elif kind == "page" and self.names and "*" in self.names[0].text:
            message = "A page is compared as it is written: “*” stands for no other signs."
            fix = "Name each page on a line of its own, or write “any page”."
            check.report.add("N405", self.names[0].span, message, fix)
        if self.verb.startswith("account_"):
            self._check_of_account(check)
        if self.event in SEGMENT_EVENTS:
            self._check_told(check)
        if self.where:
            with check.matching(self.fields(check)):
                self.where.check(check)
            _check_where(check, self.where)
            if self.event == "Email Clicked":
                self._check_named_links(check, self.where)

    def _check_of_account(self, check: Checker) -> None:
        """Report a segment that asks about contacts, of which an account has many."""
        contact = {"score", "stage", "tag", "list", "consent", "suppression"}
        for part in check.catalog.segments.get(self.names[0].text, ()):
            facts = part.depends(check.given)
            if any(
                fact in contact or fact.startswith(("field:contact.", "event:", "sent:")) for fact in facts
            ):
                message = f"The segment “{self.names[0].text}” asks about contacts, so no account is in it."
                fix = "Write contact at the start, or make a segment of conditions on the account alone."
                check.report.add("N406", self.names[0].span, message, fix)
                return

    def _check_told(self, check: Checker) -> None:
        """Report a segment that contacts enter, or leave, without anything that happens."""
        segment, leaves = self.names[0], self.event in (SEGMENT_LEFT, ACCOUNT_LEFT)
        parts, given = check.catalog.segments.get(segment.text, ()), check.given
        word, is_in = ("leave", "is not in") if leaves else ("enter", "is in")
        if any(part.silent(given, leaves) for part in parts):
            message = f"Contacts can {word} this segment by the mere passage of time, so nothing tells when."
        elif any(f.removeprefix("account ").startswith("sent:") for p in parts for f in p.depends(given)):
            message = f"Contacts {word} this segment by what they were sent, and that cannot be watched."
        else:
            return
        fix = f'Ask with “if” after a wait: contact {is_in} segment "{segment.text}"'
        if not leaves:
            again = f'start with everyone in segment "{segment.text}" every monday 09:00'
            fix = f"To start, write: {again}; elsewhere ask with “if” after a wait."
        check.report.add("N412", segment.span, message, fix)

    def _check_link(self, check: Checker) -> None:
        link = self.names[0]
        links = check.catalog.emails[self.names[1].text].links
        if link.text in links:
            return
        guess = nearest(link.text, links)
        message = f"The email “{self.names[1].text}” has no link “{link.text}”."
        shown = one_of([f'"{name}"' for name in sorted(links)][:_LINKS])
        fix = f'Write "{guess}".' if guess else f"Write {shown}." if links else "This email has no links."
        check.report.add("N307", link.span, message, fix, [Edit(link.span, f'"{guess}"')] if guess else ())

    def _check_named_links(self, check: Checker, where: ConditionNode) -> None:
        """Report links that no email has which can be meant: `where event.link is "Yes"`."""
        emails = check.catalog.emails
        named = self.email.text if self.email else None
        meant = [one for name, one in emails.items() if named in (None, name)]
        links = {link for one in meant for link in one.links}
        for part in where.parts() or [where]:
            if part.parts():
                self._check_named_links(check, part)
            elif isinstance(part, FieldIs) and (part.field.owner, part.field.name) == ("event", "link"):
                for value in part.values if part.how in ("is", "one_of") else ():
                    text = value.value if isinstance(value, Literal_) else None
                    if isinstance(text, str) and text not in links and meant and not check.catalog.doubtful:
                        guess = nearest(text, links)
                        fix = f'Write "{guess}".' if guess else "Write the title of a link, else its words."
                        edits = [Edit(value.span, f'"{guess}"')] if guess else []
                        check.report.add("N307", value.span, f"No email has a link “{text}”.", fix, edits)

    def fields(self, check: Checker) -> dict[str, FieldDefinition]:
        """The fields of the event."""
        found = check.catalog.events.get(self.event)
        return found.fields if found else {}

    def lower_where(self, given: Given) -> Condition | None:
        """Return the condition on the event's fields."""
        if self.verb != "score_reaches":
            return self.where.lower(given) if self.where else None
        named = given.thresholds.get(self.names[0].text, 0.0) if self.names else 0.0
        points = named if self.points is None else self.points
        before = Compare(left=Ref(of="event", field="before"), kind="lt", right=points)
        return AllOf(
            conditions=(before, Compare(left=Ref(of="event", field="after"), kind="ge", right=points))
        )

    def noun(self) -> str:
        """Name it as a thing: `a click in “Case study”`."""
        *_, pattern, any_ = _VERBS[self.verb]
        if not self.names and not pattern:
            return any_
        if self.points is not None:
            return pattern.format(f"{self.points:g}")
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
        found = tree.find("contact", "account")
        subject = found.rule if found else "contact"
        what = Happening.read(tree.need(*_VERBS), find_condition(tree))
        if subject == "account" and what.verb in ("enters", "leaves"):
            what = replace(what, verb=f"account_{what.verb}")
        return cls(tree.span, subject, what)

    def check(self, check: Checker) -> None:
        """Report what is unknown, and a subject that never does this."""
        self.what.check(check)
        definition = check.catalog.events.get(self.what.event)
        if self.what.made and self.subject == "account" and not self.what.verb.startswith("account_"):
            message = "This is done by a contact, not by an account."
            check.report.add("N406", self.span, message, "Write contact at the start.")
        if definition is None or definition.subject == self.subject:
            return
        built_in = self.what.event in BUILT_IN_EVENTS and self.what.verb != "does"
        message = f"This is done by {_an(definition.subject)}, not by {_an(self.subject)}."
        place = self.span if not built_in else self.what.span
        check.report.add("N406", place, message, f"Write {definition.subject} at the start.")


def _page(text: str) -> str:
    """Return the page that an address means: what stands behind the name of the server."""
    match = _ADDRESS.match(text)
    return (match[1] or "/") if match else f"/{text}"


def _check_where(check: Checker, condition: ConditionNode) -> None:
    """Report what is not about the event: `where` is matched before anything is known of the contact."""
    for part in condition.parts():
        _check_where(check, part)
    fields = condition.fields() if isinstance(condition, FieldIs | DateCompared) else []
    if not condition.parts() and not (fields and all(f.owner in ("event", "trigger") for f in fields)):
        message = "“where” asks only about the event and the trigger."
        fix = "Compare fields of event or trigger here, and ask the rest with “if”."
        check.report.add("N408", condition.span, message, fix)


def _an(subject: str) -> str:
    return "an account" if subject == "account" else "a contact"
