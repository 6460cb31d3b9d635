"""What other tools have a setting or a step for, and the line that says it here."""

from __future__ import annotations

from collections.abc import Callable

from dsl.near_misses.doubt import Doubt, Seen, Told, sayable

_NEW = r"re-?\s?(?:enrol{1,2}(?:ment|s)?|entry|enter|entries|entrance)"
_HELD = "otherwise hold up to 3 days"


def _told(message: str, fix: str) -> Callable[[Seen], Told]:
    return lambda _: (message, fix)


def _anew(seen: Seen) -> Told:
    message = "How often a contact may come in is said by “runs”."
    if seen["no"] or seen["never"]:
        return message, "Write “runs once for each contact”."
    if seen["n"]:
        unit = seen["unit"].lower()
        count = int(seen["n"]) * {"month": 30, "year": 365}.get(unit, 1)
        unit = "day" if unit in ("month", "year") else unit
        long = f"{count} {unit}{'' if count == 1 else 's'}"
        return message, f"Write “runs again {long} after it ended”."
    return message, "Write “runs again at any time”, or such as “runs again 90 days after it ended”."


def _cap(seen: Seen) -> Told:
    number, unit = int(seen["n"]), seen["unit"].lower()
    unit = {"dai": "day", "weekl": "week", "monthl": "month"}.get(unit, unit)
    mails = f"{number} email{'' if number == 1 else 's'}"
    window = {"day": "in a calendar day", "month": "in any 30 days"}.get(unit, "in any 7 days")
    message = "How much mail may go is said by “allow”, with what becomes of the rest."
    fix = (
        f"Write “allow at most {mails} {window}, {_HELD}”: in the head for this journey, in a policy for all"
    )
    return message, f"{fix}."


def _marketing(seen: Seen) -> Told:
    right = f"{seen['a']} {seen['b']}".strip(" ,")
    if not sayable(right):
        right = f"{right}, {_HELD}"
    return "Service mail is never counted, so “marketing” need not be said.", f"Write “{right}”."


def _goal(seen: Seen) -> Told:
    what = seen["what"].strip()
    what = what.strip('"') if what.count('"') == 2 and what[0] == what[-1] == '"' else what
    message = "A goal has a name in quotes, and says by what it is reached."
    for how in ("when", "as soon as"):
        if sayable(f'goal "…" {how} {what}'):
            return message, f'Write “goal "…" {how} {what}” in the head.'
    return message, f'Write in the head: goal "{what}" when contact submits form "…" (or another event)'


def _goal_met(seen: Seen) -> Told:
    message = "A goal ends the run as it is reached, so nobody comes here who has reached it."
    return message, 'Ask for what reaches it, such as: if contact has submitted form "…" since the start'


def _changes(seen: Seen) -> Told:
    field, value = seen["field"], seen["value"].strip()
    asked = f"{field} is {value}" if value else f"{field} is set"
    asked = asked if sayable(f"if {asked}") else f"{field} is …"
    message = "A change of a field is no event; coming into a segment is."
    return (
        message,
        f'Declare “segment "…"” with the line “{asked}”, and write: {seen["how"]} contact enters segment "…"',
    )


def _listed(seen: Seen) -> Told:
    name = seen["name"] or '"…"'
    gone = seen["gone"] != ""
    verb = "leaves" if gone else "enters"
    message = "Coming onto a list is no event; coming into a segment is."
    fix = f'Declare “segment "…"” with the line “contact is in list {name}”, and write: {seen["how"]} contact'
    return message, f'{fix} {verb} segment "…"'


def _score(seen: Seen) -> Told:
    message = "A score is what its points come to; no line sets it."
    return message, "Write how much it moves: “add 10 to score” or “subtract 10 from score”."


def _for_a_while(seen: Seen) -> Told:
    long = seen["long"]
    message = "A suppression lasts until a line lifts it."
    fix = f'Write “suppress contact because "…"”, then “wait {long}” and “lift suppression”'
    return message, f'{fix}; to hold mail for a while, in a policy: hold for {long} after contact does "…"'


def _for_event(seen: Seen) -> Told:
    right = f"wait up to 30 days until contact does {seen['name']}"
    return "A wait for an event says how long at most.", f"Write “{right}”, with the time that you mean."


def _reply(seen: Seen) -> Told:
    what = seen["what"].lower()
    event = {"repl": "replies to any email", "clic": "clicks any email", "open": "opens any email"}.get(
        what[:4]
    )
    return "An event says who does what.", f"Write “{seen['how'].lower()} when contact {event}”."


def _owner(seen: Seen) -> Told:
    return (
        "Who looks after a contact is told by a task.",
        'Write “create task "…" for account.owner”; to tell a team: notify team "…" "…"',
    )


TOOLS: tuple[Doubt, ...] = (
    Doubt(
        rf"^(?:(?:allow|enable|permit)\s+)?(?P<no>(?:no|never|not|disable|prevent|without|do\s+not\s+allow|don['’]t\s+allow|disallow)\s+)?(?:contacts?\s+(?:can|may|to)\s+)?"
        rf"{_NEW}(?:\s+contacts?)?\s*[:=]?\s*(?:(?:after|every|in)\s+(?P<n>\d+)\s+(?P<unit>day|week|hour|month|year)s?|(?P<never>never|no|off|false|not\s+allowed|none)"
        r"|always|yes|on|true|allowed|at\s+any\s+time)?$",
        _anew,
    ),
    Doubt(
        r"^(?:(?:frequency|e-?mail|sending|send)\s*(?:cap(?:ping)?|limit|frequency)|max(?:imum)?|limit|cap|no\s+more\s+than|not\s+more\s+than|at\s+most|up\s+to|send\s+(?:at\s+most|max(?:imum)?|no\s+more\s+than))\b"
        r"[\s:=]*(?:e-?mails?\s+)?(?:(?:of|at|to|is)\s+)?(?P<n>\d+)\s*(?:marketing\s+)?(?:e-?mails?|messages?|mails?|sends?|times)?\s*"
        r"(?:a|per|each|every|in\s+an?|in\s+any|in\s+one|within\s+a|/)\s*(?:1\s+|7\s+)?(?:calendar\s+)?(?P<unit>day|week|month)s?\b[^,]*$",
        _cap,
    ),
    Doubt(
        r"^(?P<a>allow\s+at\s+most\s+\d+)\s+(?:marketing|commercial|promotional)\s+(?P<b>e?mails?\b.*)$",
        _marketing,
    ),
    Doubt(r"^goal\s*[:=]\s*(?P<what>[^\s\"].*)$", _goal),
    Doubt(r"^(?:if|when|otherwise\s+if)\s+(?:the\s+)?goal\b(?:\s+\"[^\"]*\")?.*$", _goal_met),
    Doubt(
        r"^(?P<how>start\s+when|whenever|stop\s+when|goal\s+\"[^\"]*\"\s+when)\s+(?P<field>(?:contact|account)\.\w+)\s+"
        r"(?:changes|changed|becomes|turns|is\s+changed|is\s+set|is\s+updated|updates|gets|is)\b\s*(?:to\s+|into\s+)?(?P<value>.*)$",
        _changes,
    ),
    Doubt(
        r"^(?P<how>start\s+when|whenever)\s+(?:(?:the\s+)?contact\s+)?(?:is\s+|gets\s+)?(?:added\s+to|(?:put\s+)?on(?:to)?|joins|enters|(?P<gone>removed\s+from|leaves))\s+"
        r"(?:the\s+|a\s+)?(?:static\s+)?list(?:\s+(?P<name>\"[^\"]*\"))?$",
        _listed,
    ),
    Doubt(
        r"^(?:set|reset|clear|change)\s+(?:the\s+)?(?:lead\s+|contact\s+)?score(?:\s+(?:to|=)\s*-?\d+(?:\.\d+)?|\s+to\s+zero)?$",
        _score,
    ),
    Doubt(
        r"^(?:suppress|mute|snooze)(?:\s+(?:contact|marketing|e-?mails?))?\s+for\s+(?P<long>\d+\s+(?:minute|hour|day|week)s?)$",
        _for_a_while,
    ),
    Doubt(
        r"^wait\s+(?:for|until|till)\s+(?:an?\s+|the\s+)?(?:custom\s+)?(?:event\s+)?(?P<name>\"[^\"]*\")(?:\s+(?:happens|occurs|event))?$",
        _for_event,
    ),
    Doubt(
        r"^(?P<how>stop|start)\s+(?:on|if|when|once|upon)\s+(?:an?\s+|any\s+|they\s+|contact\s+|the\s+)*(?P<what>repl|clic|open)\w*$",
        _reply,
    ),
    Doubt(
        r"^(?:notify|alert|tell|inform|message)\s+(?:the\s+)?(?:contact|deal|lead)['’]?s?\s+(?:owner|rep)\b.*$",
        _owner,
    ),
    Doubt(
        r"^send\b.*?(?:,|\bwith)\s*(?:an?\s+)?(?:preheader|preview(?:\s+text)?|body|template|content)\b.*$",
        _told(
            "What an email says stands in its file under emails/.",
            'Write it there, above the text: preheader: "…"; a send changes its subject alone: , subject "…"',
        ),
    ),
)
