"""What is said in another place or in another way, or cannot be said: with the lines that come nearest."""

from __future__ import annotations

import re
from collections.abc import Callable

from dsl.near_misses.doubt import Doubt, Seen, Told, sayable

_HOURS = "sending hours weekdays 09:00 to 17:00 contact time"
_DAYS = r"(?:week-?ends?|(?:satur|sun|mon|tues|wednes|thurs|fri)days?|holidays?|public\s+holidays|weekdays?)"


def _told(message: str, fix: str) -> Callable[[Seen], Told]:
    return lambda _: (message, fix)


def _not_then(seen: Seen) -> Told:
    message = "When nothing goes is said by when it may go."
    night = "hold between 20:00 and 08:00 contact time"
    if seen["days"] and seen["days"].lower().startswith(("holiday", "public")):
        fix = f'Write in the head of the journey: {_HOURS}, except holidays "…"'
    else:
        fix = f"Write in the head of the journey: {_HOURS}"
    return message, f"{fix} (a policy keeps hours of the night for all journeys: {night})"


def _cancelled(seen: Seen) -> Told:
    name = seen["name"]
    message = "Nothing is sent that no line sends, so there is nothing to call off."
    fix = f"To send it to some alone, write “if …” and under it “send email {name}”"
    return message, f"{fix}; what ends all mail of the journey is “stop when …” in its head."


def _segment(seen: Seen) -> Told:
    name = seen["name"]
    message = "Nobody is put into a segment or taken out: who fits its lines is in it."
    put = "add to" if seen["how"].lower().startswith(("add", "put")) else "remove from"
    fix = f'To ask: contact is in segment {name}; a group that journeys fill is a list: {put} list "…"'
    return message, fix


def _stage(seen: Seen) -> Told:
    return "A contact is in the stage that was set last.", 'Write another stage: set stage to "…"'


def _range(seen: Seen) -> Told:
    field = seen["field"]
    low, high = seen["a"], seen["b"]
    return (
        "A range is turned round by its two ends.",
        f"Write “({field} is less than {low} or {field} is more than {high})”.",
    )


def _today(seen: Seen) -> Told:
    field = seen["field"]
    message = "The day on which this line runs cannot be written into a field."
    fix = f"Write the date that came with the event, such as: set {field} to trigger.starts_at; or a day: "
    return message, f"{fix}set {field} to 24 november 2026"


def _part_of_page(seen: Seen) -> Told:
    message = "A page is compared as it is written: no part of it can be asked for."
    return (
        message,
        'Name each page on a line of its own, as in page "/pricing"; or write “any page”.',
    )


def _message(seen: Seen) -> Told:
    who = seen["who"].lower()
    person = who if "." in who else "account.owner"
    message = "Who works on the contact is told by a task or through their team."
    return message, f'Write “create task "…" for {person}”, or “notify team "…" "…"”.'


def _tags(seen: Seen) -> Told:
    return "Tags are removed by their names.", 'Write a line for each: remove tag "…"'


def _deal(seen: Seen) -> Told:
    negated = bool(seen["no"])
    right = "account has no open opportunity" if negated else "account has an open opportunity"
    message = "Deals belong to the account, and are asked about as a whole."
    if seen["stage"]:
        rest = "for the stage of a deal declare a field that your CRM fills, and ask for it"
        return message, f"Write “{right}”; {rest}."
    return message, f"Write “{right}”."


def _weekday(seen: Seen) -> Told:
    clock = seen["clock"]
    message = "No wait ends on just any working day."
    fix = f"Write “wait 1 business day until {clock or '09:00'}” for the next one"
    return message, f"{fix}; or let messages go on such days alone, in the head: {_HOURS}"


def _day_dash(seen: Seen) -> Told | None:
    line, unit, number = seen["line"].strip(), seen["unit"].lower(), int(seen["n"])
    if unit == "week":
        unit, number = "day", 7 * number
    head = f"{unit} {number}"
    shown = line if sayable(line) else "…"
    return "What happens on a day stands under it.", f"Write “{head}”, and indent under it “{shown}”."


def _numbered(seen: Seen) -> Told:
    line = seen["line"].strip()
    return "No number stands before a line.", f"Leave “{seen['mark'].strip()}” out: {line}"


def _field_name(seen: Seen) -> Told | None:
    if seen["name"].strip('"').isidentifier():
        return None
    name = "_".join(re.findall(r"\w+", seen["name"].lower()))
    return "The name of a field is one word, without quotes.", f"Write “field {name} is {seen['type']}”."


def _spaced(seen: Seen) -> Told:
    field = f"{seen['owner']}.{seen['a']}_{seen['b']}".lower()
    return "The name of a field is one word.", f"Write “{field}”, or the field that you have declared."


def _names(seen: Seen) -> Told | None:
    """`forms A, B, C`: each name stands in quotes."""
    names = [name.strip().strip('"') for name in seen["names"].split(",")]
    if not all(names):
        return None
    named = ", ".join(f'"{name}"' for name in names)
    return "Each name stands in quotes of its own.", f"Write: {seen['kind'].lower()} {named}"


ELSEWHERE: tuple[Doubt, ...] = (
    Doubt(
        rf"^(?:do\s+not|don['’]t|never|no)\s+(?:send(?:ing)?|e-?mail\w*|mail\w*|messages?)\b[^\"]*?\b(?:on|at|before|after|during|in)\s+"
        rf"(?:the\s+)?(?P<days>{_DAYS}|nights?|evenings?|mornings?|\d[\d:]*.*)\.?$",
        _not_then,
    ),
    Doubt(
        r"^(?:cancel|skip|unschedule|revoke|recall|drop|stop|suppress|call\s+off|unsend)\s+(?:the\s+|sending\s+)*e-?mails?\s+(?P<name>\"[^\"]*\")$",
        _cancelled,
    ),
    Doubt(
        r"^(?P<how>add|put|remove|delete|take|move)\s+(?:the\s+)?(?:contacts?\s+|them\s+)?(?:to|into|in|from|out\s+of|off)\s+(?:the\s+)?"
        r"segment\s+(?P<name>\"[^\"]*\")$",
        _segment,
    ),
    Doubt(
        r"^(?:remove|delete|clear|unset|reset)\s+(?:from\s+)?(?:the\s+)?(?:lifecycle\s+)?stage\b.*$", _stage
    ),
    Doubt(
        r"(?P<field>\bscore|\b(?:contact|account|event|trigger)\.\w+)\s+is\s+(?:not\s+between|outside|outside\s+of|not\s+in\s+the\s+range)\s+"
        r"(?P<a>-?\d+(?:\.\d+)?)\s*(?:and|to|-|–)\s*(?P<b>\d+(?:\.\d+)?)",
        _range,
    ),
    Doubt(
        r"^set\s+(?P<field>(?:contact|account)\.\w+)\s+(?:to|=|as)\s+(?:the\s+)?(?:today|now|tomorrow|yesterday|current\s+date|current\s+time|date\s+of\s+today)\b.*$",
        _today,
    ),
    Doubt(
        r"\b(?:page|pages|url)\s+(?:that\s+)?(?:contain(?:s|ing)|starting\s+with|starts\s+with|like|matching|matches|ending\s+with|with)\s+\"[^\"]*\"",
        _part_of_page,
    ),
    Doubt(
        r"^(?:send|create)\s+(?:an?\s+|the\s+)?(?:internal\s+)?(?:notification|notice|alert|reminder|internal\s+e-?mail)\s+to\s+(?:the\s+)?"
        r"(?P<who>(?:contact|account)\.\w+|(?:contact\s+|account\s+|deal\s+)?owner|sales(?:\s+rep)?|sales\s+team|team(?!\s*\"))\b.*$",
        _message,
    ),
    Doubt(
        r"^field\s+(?:name\s+)?(?P<name>\"[^\"]+\"|\w+(?:\s+(?!is\b|as\b|type\b|of\b|in\b|text\b|number\b|date\b|list\b|yes\b)\w+)+)"
        r"\s+is\s+(?P<type>\w.*)$",
        _field_name,
    ),
    Doubt(
        r"\b(?P<owner>contact|account|trigger|event)\.(?P<a>\w+)\s+(?P<b>(?!is\b|has\b|to\b|and\b|or\b|contains?\b|starts?\b|ends?\b"
        r"|equals?\b|in\b|at\b|not\b|before\b|after\b|exists\b|was\b|as\b|on\b|if\b|does\b|above\b|below\b|over\b|under\b)[a-z]+)"
        r"(?=\s+(?:is|contains|starts|ends)\b)",
        _spaced,
    ),
    Doubt(
        r"\b(?P<owner>contact|account)\s+(?P<a>first|last|job|company|phone|trial|renewal|birth)\s+(?P<b>name|title|size|number|date|day)"
        r"(?=\s+(?:is|contains|starts|ends)\b)",
        _spaced,
    ),
    Doubt(
        r"^(?P<kind>stages|forms|assets|webinars|meetings|tags|consents|audiences)\s*:?\s+"
        r"(?=.*[^\s\",][^\",]*(?:,|$))(?P<names>(?:\"[^\"]*\"|[^\",()\[\]]+)(?:\s*,\s*(?:\"[^\"]*\"|[^\",()\[\]]+))+)$",
        _names,
    ),
    Doubt(r"^(?:remove|clear|delete|reset)\s+(?:all\s+|every\s+|the\s+)?tags\b(?!\s*\").*$", _tags),
    Doubt(
        r"\b(?:(?:contact|company|they)\s+(?:has|have|is\s+in|with)\s+(?P<no>no\s+|not\s+)?(?:an?\s+|any\s+|the\s+)?(?:open\s+|active\s+)?"
        r"deals?\b|\b(?P<stage>deal(?:\.|\s+)stage|deal\s+is|opportunity\s+stage|contact\.deal_stage))",
        _deal,
    ),
    Doubt(
        r"^wait\s+(?:until|till|for)\s+(?:an?\s+|the\s+)?(?:next\s+)?(?:weekday|business\s+day|working\s+day|workday)s?(?:\s+(?:at\s+)?(?P<clock>\d\d:\d\d))?$",
        _weekday,
    ),
    Doubt(
        r"^(?P<unit>day|week|hour)\s*(?P<n>\d{1,4})\s*(?:[-–—:,|]|->|=>|→)\s*(?P<line>[a-z].*)$", _day_dash
    ),
    Doubt(
        r"^(?P<mark>(?:step|action|task|touch(?:point)?|node|e-?mail|message)\s*#?\s*\d+\s*[:.)–—-]\s*)(?P<line>\w.*)$",
        _numbered,
    ),
    Doubt(
        r"^(?:if\s*/\s*then|if/then/else|if-then|yes\s*/\s*no|conditional|true\s*/\s*false)(?:\s+(?:branch|split|condition|step))?s?\b.*$",
        _told(
            "A branch begins with what is asked.",
            "Write “if …” with what is asked, and “otherwise” below for all others.",
        ),
    ),
)
