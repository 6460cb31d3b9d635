"""The catalog: everything that the files of a workspace declare, by kind and name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsl.diagnostics import Report
from dsl.nodes import Given
from dsl.plan import BusinessHours, EventDefinition, FieldDefinition, MessageDefinition, Scalar
from dsl.span import Span

if TYPE_CHECKING:
    from dsl.emails import Email
    from dsl.nodes import ConditionNode
    from dsl.settings import Settings

_TEXT = FieldDefinition(type="text")
_MOMENT = FieldDefinition(type="date and time")

# What a contact's fields say without being stored: read, never set.
DERIVED_FIELDS = {"email_domain": _TEXT}
CONTACT_FIELDS = {"email": _TEXT, "first_name": _TEXT, "last_name": _TEXT}


def _event(*fields: str, account: bool = False) -> EventDefinition:
    return EventDefinition(fields=dict.fromkeys(fields, _TEXT), subject="account" if account else "contact")


BUILT_IN_EVENTS = {
    "Form Submitted": _event("form"),
    "Email Clicked": _event("email", "link"),
    "Email Opened": _event("email"),
    "Email Replied": _event("email"),
    "Page Viewed": _event("page"),
    "Asset Downloaded": _event("asset"),
    "Attended": _event("webinar"),
    "Meeting Booked": EventDefinition(
        fields={"meeting": _TEXT, "starts_at": _MOMENT, "ends_at": _MOMENT}, subject="contact"
    ),
    "Unsubscribed": _event(),
    "Email Bounced": _event("email", "kind"),
    "Complained": _event(),
    "Handoff Accepted": _event(),
    "Handoff Rejected": _event("reason", "handoff"),
    "Opportunity Opened": _event("opportunity", account=True),
    "Opportunity Closed": _event("opportunity", account=True),
}

# The kinds of names, and how a name of the kind is declared.
KINDS = {
    "event": "event {}",
    "form": "forms {}",
    "asset": "assets {}",
    "webinar": "webinars {}",
    "meeting": "meetings {}",
    "tag": "tags {}",
    "stage": "stages {}",
    "segment": "segment {}",
    "list": "list {} of contacts",
    "holiday calendar": "holidays {}",
    "consent": "consents {}",
    "audience": "audiences {}",
    "policy": "policy {}",
    "threshold": "threshold {} at 50",
    "handoff": "handoff {}",
    "journey": "journey {}",
    "email": "emails/*.md with name: {}",
    "team": "[teams.{}] in nurture.toml",
    "sms message": "message {} on sms",
    "in-app message": "message {} on in-app",
    "chat message": "message {} on chat",
    "direct mail message": "message {} on direct mail",
    "survey message": "message {} on survey",
    "webhook": "[webhooks.{}] in nurture.toml",
    "sync": "[sync.{}] in nurture.toml",
}


_ANYTHING = "\0"  # no name holds it
_KIND = "\0"  # before the name of a kind


@dataclass(slots=True)
class Catalog:
    """What exists in a workspace.

    `names[kind]`: declared names with their places. `doubtful`: words on lines that did not parse; they may
    have been declarations, so nothing more is said about names among them.
    """

    report: Report
    names: dict[str, dict[str, Span | None]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    contact_fields: dict[str, FieldDefinition] = field(default_factory=lambda: dict(CONTACT_FIELDS))
    account_fields: dict[str, FieldDefinition] = field(default_factory=dict)
    events: dict[str, EventDefinition] = field(default_factory=lambda: dict(BUILT_IN_EVENTS))
    stages: tuple[str, ...] = ()
    engaged: tuple[str, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)
    emails: dict[str, Email] = field(default_factory=dict)
    settings: Settings | None = None
    segments: dict[str, tuple[ConditionNode, ...]] = field(default_factory=dict)
    lists: dict[str, tuple[Scalar, ...] | None] = field(default_factory=dict)
    messages: dict[tuple[str, str], MessageDefinition] = field(default_factory=dict)
    scored: bool = False
    holidays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    business: Callable[[Mapping[str, tuple[str, ...]], str], BusinessHours] | None = None
    doubtful: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names["event"].update(dict.fromkeys(BUILT_IN_EVENTS))
        self.names["consent"]["Marketing"] = None

    def declare(self, kind: str, name: str, span: Span) -> bool:
        """Enter a name; report and return False if it is taken."""
        taken = self.names[kind]
        if name in taken:
            first = taken[name]
            where = f"in {first.file}, line {first.line}" if first else "by the language itself"
            message = f"The {kind} “{name}” is declared twice; first {where}."
            self.report.add("N201", span, message, "Remove one, or give it another name.")
            return False
        taken[name] = span
        return True

    def given(self, own: frozenset[str] = frozenset()) -> Given:
        """What conditions take their meaning from. `own`: the emails that the journey sends."""
        business = self._business()
        return Given(own, self.engaged, self.thresholds, self.segments, self.lists, self.holidays, business)

    def _business(self) -> BusinessHours | None:
        zone = self.settings.workspace.time_zone if self.settings else "UTC"
        return self.business(self.holidays, zone) if self.business else None

    def doubts(self, name: str, kind: str = "") -> bool:
        """Whether a line that was not understood may have declared the name."""
        return not self.doubtful.isdisjoint((name, f"{_KIND}{kind}", _ANYTHING))

    def doubt_kind(self, kind: str) -> None:
        """Remember that something of a kind was declared whose name is not known."""
        self.doubtful.add(f"{_KIND}{kind}")

    def doubt_all(self) -> None:
        """Remember that whatever declares the lines of a file is missing."""
        self.doubtful.add(_ANYTHING)

    def doubt(self, words: Iterable[str]) -> None:
        """Remember words of lines that did not parse."""
        self.doubtful.update(words)

    def fields_of(self, owner: str) -> dict[str, FieldDefinition]:
        """The declared fields of `contact` or `account`."""
        return self.contact_fields if owner == "contact" else self.account_fields
