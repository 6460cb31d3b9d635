"""Dates that lie ahead: what is not yet, and so long from now."""

from __future__ import annotations

from dsl.near_misses.doubt import Doubt, Seen, Told
from dsl.near_misses.tenses import EVENTS

_REF = r"(?P<field>\b(?:contact|account|trigger|event)\.\w+)"
_LONG = r"(?P<long>\d+\s+(?:minute|hour|day|week)s?)"
_AHEAD = (
    r"(?:from\s+(?:now|today)|away|ahead|in\s+(?:the\s+)?(?:future|advance)|out|to\s+go|left|off|later)\b"
)
_FARTHER = r"(?:(?:more|later|longer|further|greater|(?:no|not)\s+less)\s+than|at\s+least|after|over|>=?)"
_NEARER = r"(?:(?:less|earlier|sooner|fewer|(?:no|not)\s+more)\s+than|at\s+most|before|under|within|in|<=?)"


def _farther(seen: Seen) -> Told:
    field, long = seen["field"], seen["long"]
    message = f"“{seen['wrong']}” is not how it is said here: “ago” would be the past."
    both = f"{field} is after today and {field} is not in the next {long}"
    negated = seen["not"]
    return message, f"Write “{f'{field} is in the next {long}' if negated else both}”."


def _nearer(seen: Seen) -> Told:
    field, long = seen["field"], seen["long"]
    message = f"“{seen['wrong']}” is not how it is said here: “ago” would be the past."
    return message, f"Write “{field} is {'not ' if seen['not'] else ''}in the next {long}”."


def _just(seen: Seen) -> Told:
    field, long = seen["field"], seen["long"]
    message = "How many days are left is not compared with just some number."
    fix = f"Write “{field} is in the next {long}”"
    return message, f"{fix}; or let a block begin then: “{long} before {field}, skip if late”."


def _since(seen: Seen) -> Told:
    field, long = seen["field"], seen["long"]
    message = f"“{seen['wrong']}” is not how it is said here."
    return message, f"Write “{field} is {'not ' if seen['not'] else ''}in the last {long}”, which ends today."


def _in_time(seen: Seen) -> Told:
    """`if email "Hello" not opened within 3 days`: nobody waits in an `if`."""
    done, thing, long = seen["done"].lower(), seen["thing"], seen["long"]
    negated = "not " if seen["no"] else ""
    verb = "replied" if done.startswith("repl") else done
    event = {"replied": "replies to"}.get(verb) or EVENTS.get(verb, verb)
    perfect = {"clicks": "clicked", "opens": "opened", "replies to": "replied to"}.get(event, verb)
    message = f"“if” asks now and waits for nobody, so what is “within {long}” would be is not clear."
    asked = f"contact has {negated}{perfect} {thing}"
    fix = f"To wait first, write “wait up to {long} until contact {event} {thing}”, and below it “if {asked}”"
    return message, f"{fix}; if the time before is meant: “if {asked} in the last {long}”."


_THING = r"(?P<thing>(?:link\s+\"[^\"]*\"\s+in\s+)?(?:any\s+email|email\s+\"[^\"]*\"))"
_WITHIN = r"(?:\s+to)?(?:\s+(?:it|this))?\s+(?:with)?in\s+(?P<long>\d+\s+(?:minute|hour|day|week)s?)"
_NO = r"(?P<no>not\s+|never\s+|n['’]t\s+|no\s+)?"

AHEAD: tuple[Doubt, ...] = (
    Doubt(rf"(?P<wrong>{_REF}\s+(?:is|=)\s+(?P<not>not\s+)?{_FARTHER}\s+{_LONG}\s+{_AHEAD})", _farther),
    Doubt(rf"(?P<wrong>{_REF}\s+(?:is|=)\s+(?P<not>not\s+)?{_NEARER}\s+{_LONG}\s+{_AHEAD})", _nearer),
    Doubt(rf"(?P<wrong>{_REF}\s+(?:is|=)\s+(?:exactly\s+)?{_LONG}\s+{_AHEAD})", _just),
    Doubt(rf"(?P<wrong>{_REF}\s+is\s+(?P<not>not\s+)?(?:after|since|later\s+than)\s+{_LONG}\s+ago)", _since),
    Doubt(
        rf"^(?:otherwise\s+|else\s+)?(?:if|unless)\s+{_THING}\s+(?:is|was|has\s+been|has)?\s*{_NO}(?:been\s+)?"
        rf"(?P<done>opened|clicked|replied|answered){_WITHIN}$",
        _in_time,
    ),
    Doubt(
        rf"^(?:otherwise\s+|else\s+)?(?:if|unless)\s+contact\s+(?:has|did|does)?\s*{_NO}"
        rf"(?P<done>open(?:s|ed)?|click(?:s|ed)?|repl(?:ies|ied|y))\s+(?:to\s+)?{_THING}{_WITHIN}$",
        _in_time,
    ),
)
