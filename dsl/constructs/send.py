"""`send email "Case study", version by contact.industry`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.systems import check_person
from dsl.constructs.values import Reference
from dsl.diagnostics import Edit
from dsl.emails import Email
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Calendar, Do, SendEmail
from dsl.span import Span
from dsl.templates import check_template


@line("send", "send", Context.BODY)
@dataclass(frozen=True, slots=True)
class Send(Statement):
    """Send an email of the workspace; the flow goes on when it was sent or finally not sent."""

    email: Name
    service: bool
    subject: Name | None
    version_by: Reference | None
    outside_hours: bool
    sender: Reference | None = None
    calendar: tuple[Reference, Reference] | None = None
    high: bool = False

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        subject = tree.find("subject")
        version, sender = tree.find("version_by"), tree.find("from_person")
        return cls(
            span,
            body,
            Name.of(tree.token("STRING")),
            tree.has("service"),
            Name.of(subject.token("STRING")) if subject else None,
            Reference.read(version.need("ref")) if version else None,
            tree.has("outside_hours"),
            Reference.read(sender.need("ref")) if sender else None,
            _calendar(tree),
            tree.has("high_priority"),
        )

    def check(self, check: Checker) -> None:
        if self.version_by:
            self._check_version(check, self.version_by)
        if self.sender:
            check_person(check, self.sender)
        if self.calendar:
            self._check_calendar(check, self.calendar)
        used = frozenset(self._check_subject(check))
        email = check.catalog.emails.get(self.email.text) if check.known("email", self.email) else None
        if email is None:
            return
        self._check_class(check, email)
        if email.versions and self.version_by is None:
            message = f"The email “{email.name}” has versions, but this line does not say what chooses."
            check.report.add("N801", self.email.span, message, _chooses(check, email))
        for field in sorted(used.union(email.trigger)):
            if check.trigger is not None and not (field in check.trigger or check.catalog.doubts(field)):
                line = getattr(check.trigger, "lacking", {}).get(field)
                who = f"line {line}" if line else "the start of this journey"
                message = f"“{email.name}” shows trigger.{field}, which {who} does not bring."
                fix = "Declare the field at the event, or leave it out of the email."
                check.report.add("N504", self.email.span, message, fix)

    def _check_subject(self, check: Checker) -> set[str]:
        if self.subject is None:
            return set()
        span = self.subject.span
        return check_template(span.file, self.subject.text, span.line - 1, check.catalog, inside=span.line)

    def _check_class(self, check: Checker, email: Email) -> None:
        if self.service and not email.service:
            message = f"The email “{email.name}” is marketing, not service."
            fix = "Leave out “service”, or declare class: service in the email if it is one."
            check.report.add("N501", self.email.span, message, fix)
        elif email.service and not self.service:
            fix = f"Write: send service email {_q(email.name)}"
            place = Span(self.span.file, self.span.line, self.span.start, self.email.span.end)
            edits = [Edit(place, f"send service email {_q(email.name)}")]
            check.report.add("N502", place, f"The email “{email.name}” is a service email.", fix, edits)

    def _check_calendar(self, check: Checker, fields: tuple[Reference, Reference]) -> None:
        for field in fields:
            found = field.check(check)
            if found and found.type != "date and time":
                message = f"A calendar needs a date and time; {field.owner}.{field.name} is {found.type}."
                check.report.add("N401", field.span, message, "Name a field of the type “date and time”.")

    def _check_version(self, check: Checker, field: Reference) -> None:
        found = field.check(check)
        if found and found.type not in ("text", "choice"):
            message = (
                f"A version is chosen by a text or a choice; {field.owner}.{field.name} is a {found.type}."
            )
            check.report.add("N401", field.span, message, "Choose by another field.")

    def label(self) -> tuple[str, str]:
        return "send", self.email.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        effect = SendEmail(
            email=self.email.text,
            service=self.service,
            subject=self.subject.text if self.subject else None,
            version_by=self.version_by.lower() if self.version_by else None,
            ignore_hours=self.outside_hours,
            guards=tuple((g.predicate, g.truth) for g in low.guards),
            sender=self.sender.lower() if self.sender else None,
            calendar=self._lower_calendar(),
            priority="high" if self.high else "normal",
        )
        return Do(**low.head(self, f"Send email “{self.email.text}”", next_), effect=effect)

    def _lower_calendar(self) -> Calendar | None:
        if self.calendar is None:
            return None
        starts, ends = self.calendar
        return Calendar(starts=starts.lower(), ends=ends.lower())

    def keeps_hours(self) -> bool:
        return not self.outside_hours

    def writes(self) -> frozenset[str]:
        return frozenset({f"sent:{self.email.text}"})


def _calendar(tree: Tree) -> tuple[Reference, Reference] | None:
    found = tree.find("calendar")
    if found is None:
        return None
    starts, ends = map(Reference.read, found.trees())
    return starts, ends


def _q(name: str) -> str:
    return f'"{name}"'


def _chooses(check: Checker, email: Email) -> str:
    """Say what may choose among the versions: the field that has one of them as a choice."""
    owners = (("contact", check.catalog.contact_fields), ("account", check.catalog.account_fields))
    for owner, fields in owners:
        for name, field in fields.items():
            if field.choices and not email.versions.keys().isdisjoint(map(str, field.choices)):
                return f"Add: , version by {owner}.{name}"
    return "Add “, version by” and the field that holds the names of the versions."
