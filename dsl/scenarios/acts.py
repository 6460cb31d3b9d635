"""What happens: contacts and accounts do something, records change, sales answers, providers fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from dsl.constructs.events import Happening
from dsl.nodes import Name
from dsl.plan import EventDefinition
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.moments import before
from dsl.scenarios.script import Change, Down, Entry, Event, Refusal, Switch
from dsl.scenarios.values import likely, name_span, read, values

_VERBS = ("clicks", "clicks_link", "opens", "replies", "submits", "visits", "downloads", "attends", "books")
_PROVIDED = {
    "emails": "send",
    "messages": "message",
    "notices": "notify",
    "syncs": "sync",
    "webhook_calls": "webhook",
    "audience_changes": "audience",
    "tasks_made": "task",
}


@reads("act")
def act(said: Said, making: Making) -> None:
    """Read an event of a contact or an account."""
    tree = said.tree
    subject = tree.need("contact", "account").rule
    what = Happening.read(tree.need(*_VERBS, "unsubscribes", "does"), None)
    found = len(making.report.found)
    who = (making.contact if subject == "contact" else making.account)(string(tree))
    what.check(making.check)
    definition = making.check.catalog.events.get(what.event, EventDefinition())
    if len(making.report.found) == found and definition.subject != subject:
        message = f"“{what.event}” is done by the {definition.subject}, not by the {subject}."
        making.report.add("N406", tree.span, message, f"Name the {definition.subject}.")
    told = [t for t in tree.trees() if t.rule == "value_of"]
    properties = values(told, "event", making, definition.fields) | what.args
    if who is None or len(making.report.found) > found:
        return
    contact, account = (who, None) if subject == "contact" else (None, who)
    presumes = _presumes(what.email, making)
    machine = tree.has("by_machine")
    _tell(said, making, Event(what.event, contact, account, properties, machine, presumes))


def _tell(said: Said, making: Making, event: Event) -> None:
    """Let an event be received at the moment, which happens then, or so long ago as the line says."""
    ago = said.tree.find("ago")
    if ago is None:
        making.happens(said, event)
        return
    occurred = before(ago, making.stretch.since, making.clock)
    if occurred is not None:
        making.happens(said, replace(event, occurred=occurred))


def _presumes(email: Name | None, making: Making) -> Literal["", "email"]:
    """Return what must be there: an email that journeys send. One that none sends comes from elsewhere."""
    if email is None:
        return ""
    return "email" if making.journeys.ask(lambda offered: email.text in offered.emails, False) else ""


@reads("bounce")
def bounce(said: Said, making: Making) -> None:
    """Read a bounce: for good, unless it says for now."""
    email, whom = said.tree.tokens("STRING")
    known = making.check.known("email", Name.of(email))
    contact = making.contact(whom)
    if known and contact:
        told = {"email": email.value, "kind": "soft" if said.tree.has("for_now") else "hard"}
        presumes = _presumes(Name.of(email), making)
        _tell(said, making, Event("Email Bounced", contact, None, told, presumes=presumes))


@reads("change")
def change(said: Said, making: Making) -> None:
    """Read a field that another system writes."""
    ref = said.tree.need("ref")
    whose, name = ref.token("REF").text.split(".", 1)
    token = string(said.tree.need("whose"))
    if whose not in ("contact", "account"):
        message = f"Only fields of contact and account change, and “{whose}” is neither."
        making.report.add("N305", ref.span, message, f"Write contact.{name} or account.{name}.")
        return
    id_ = (making.contact if whose == "contact" else making.account)(token)
    literal = said.tree.find("string", "amount", "yes", "no", "list", "point")
    type_ = "text" if literal is None else likely(literal)
    field = making.check.field_of(whose, name, name_span(ref.span, whose), type_)
    if literal is None:
        value, fine = None, field is not None
    else:
        value = read(literal, field, f"{whose}.{name}", making)
        fine = value is not None
    if id_ is not None and fine:
        making.happens(said, Change(cast(Literal["contact", "account"], whose), id_, name, value))


@reads("start_for")
def start_for(said: Said, making: Making) -> None:
    """Read an entry by hand."""
    journey, whom = said.tree.tokens("STRING")
    known = making.check.known("journey", Name.of(journey))
    contact = making.contact(whom)
    if known and contact:
        making.happens(said, Entry(journey.value, contact))


@reads("accepts", "rejects")
def answers(said: Said, making: Making) -> None:
    """Read what sales says of a contact that was handed over."""
    whom, *reason = said.tree.tokens("STRING")
    contact = making.contact(whom)
    properties = {"reason": reason[0].value} if reason else {}
    if reason:
        rules = making.shared.rejections
        known = {one for rule in rules for one in rule}
        if all(rules) and reason[0].value not in known:
            making.unknown("S303", reason[0], f"No handoff knows the reason “{reason[0].value}”", known)
            return
    if contact:
        name = "Handoff Accepted" if said.tree.rule == "accepts" else "Handoff Rejected"
        hands_off = making.journeys.ask(lambda offered: offered.hands_off, False)
        presumes: Literal["", "handoff"] = "handoff" if hands_off else ""
        _tell(said, making, Event(name, contact, None, properties, presumes=presumes))


@reads("down")
def down(said: Said, making: Making) -> None:
    """Read an outage."""
    what = said.tree.need(*_PROVIDED).rule
    now = making.stretch.since
    point = said.tree.need("point")
    found = making.clock.point(point.trees()[0], now)
    if found is None:
        return
    if found.until <= now:
        message = f"The outage ends on {making.clock.told(found.since)}, and that is over."
        making.report.add("S101", point.span, message, "Name a later moment.")
        return
    making.happens(said, Down(_PROVIDED[what], found.since))


@reads("refuses")
def refuses(said: Said, making: Making) -> None:
    """Read an address that the mail server refuses from now on."""
    if contact := making.contact(string(said.tree)):
        making.happens(said, Refusal(contact))


@reads("by_hand")
def by_hand(said: Said, making: Making) -> None:
    """Read what a person does with runs."""
    verb = said.tree.need("pause", "resume", "stop").rule
    named = said.tree.need("journey_named", "contact_named")
    what = cast(Literal["pause", "resume", "stop"], verb)
    if named.rule == "journey_named":
        token = string(named)
        if making.check.known("journey", Name.of(token)):
            making.happens(said, Switch(what, "journey", token.value))
    elif contact := making.contact(string(named)):
        making.happens(said, Switch(what, "contact", contact))
