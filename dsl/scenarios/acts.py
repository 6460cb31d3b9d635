"""What happens: contacts and accounts do something, records change, sales answers, providers fail.

What a person does with runs by hand stands in `by_hand.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

from dsl.catalog import BUILT_IN_EVENTS
from dsl.constructs.events import Happening
from dsl.nodes import Name
from dsl.parser import Tree
from dsl.plan import EventDefinition
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.moments import before, lasting
from dsl.scenarios.script import PROVIDED, Change, Down, Entry, Event, Refusal
from dsl.scenarios.values import likely, name_span, read, values

_VERBS = ("clicks", "clicks_link", "opens", "replies", "submits", "visits", "downloads", "attends", "books")
_ANSWERS = frozenset(name for name, event in BUILT_IN_EVENTS.items() if "email" in event.fields)


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
    if len(making.report.found) == found:
        _check_subject(said, making, what.event, definition.subject)
    told = [t for t in tree.trees() if t.rule == "value_of"]
    properties = values(told, "event", making, definition.fields) | what.args
    answers = _answered(tree.find("from_journey"), what.event, making)
    if who is None or len(making.report.found) > found:
        return
    contact, account = (who, None) if subject == "contact" else (None, who)
    presumes = _presumes(what.email, making)
    event = Event(what.event, contact, account, properties, tree.has("by_machine"), presumes)
    _tell(said, making, replace(event, **answers))


def _check_subject(said: Said, making: Making, event: str, subject: str) -> None:
    """Report an event that is not done by whom the line names: it reaches other runs."""
    tree, named = said.tree, said.tree.need("contact", "account").rule
    for_account = tree.find("for_account")
    if for_account is not None and (named, subject) != ("contact", "account"):
        message = f"“{event}” is done by the {subject}."
        making.report.add("N406", for_account.span, message, "Leave “for the account” out.")
    elif for_account is None and subject != named:
        message = f"“{event}” is done by the {subject}, not by the {named}."
        told = ", or tell it of one of its contacts: … for the account" if subject == "account" else ""
        making.report.add("N406", tree.span, message, f"Name the {subject}{told}.")


def _answered(tree: Tree | None, event: str, making: Making) -> dict[str, Any]:
    """Return of which run the email is that an event answers, if the line says it."""
    if tree is None:
        return {}
    if event not in _ANSWERS:
        message = f"“{event}” answers no email, so it comes from no journey."
        making.report.add("S304", tree.span, message, "Leave “from journey …” out.")
        return {}
    journey, counted = string(tree), tree.find("run_number")
    making.check.known("journey", Name.of(journey))
    if counted is None:
        return {"journey": journey.value}
    token = counted.token("NUMERAL")
    if not token.text.isdigit() or int(token.text) < 1:
        message = f"“run {token.text}” is no run: the contact's runs of a journey are counted from 1."
        making.report.add("N403", token.span, message, "Write run 1 for the first.")
        return {}
    return {"journey": journey.value, "number": int(token.text)}


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
        found = len(making.report.found)
        event = Event("Email Bounced", contact, None, told, presumes=_presumes(Name.of(email), making))
        answers = _answered(said.tree.find("from_journey"), event.name, making)
        if len(making.report.found) == found:
            _tell(said, making, replace(event, **answers))


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
    handoffs = making.journeys.ask(lambda offered: offered.handoffs, frozenset[str]())
    if reason:
        # Of handoffs that no journey makes no answer can be.
        of = making.shared.rejections
        rules = [known for name, known in of.items() if not handoffs or name in handoffs]
        known = tuple(one for rule in rules for one in rule)
        if all(rules) and reason[0].value not in known:
            making.unknown("S303", reason[0], f"No handoff knows the reason “{reason[0].value}”", known)
            return
    if contact:
        name = "Handoff Accepted" if said.tree.rule == "accepts" else "Handoff Rejected"
        presumes: Literal["", "handoff"] = "handoff" if handoffs else ""
        _tell(said, making, Event(name, contact, None, properties, presumes=presumes))


@reads("down")
def down(said: Said, making: Making) -> None:
    """Read an outage."""
    kind = PROVIDED[said.tree.need("provided").token("WORD").text]
    until = making.until(said.tree, "outage")
    again = said.tree.find("again")
    wait = lasting(again, making.check) if again is not None else None
    if until is not None and (again is None or wait is not None):
        making.happens(said, Down(kind, until, wait))


@reads("refuses")
def refuses(said: Said, making: Making) -> None:
    """Read an address that the mail server refuses from now on."""
    if contact := making.contact(string(said.tree)):
        making.happens(said, Refusal(contact))
