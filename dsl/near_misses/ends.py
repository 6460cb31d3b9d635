"""What ends: this run here, this journey whenever it is so, another journey, or nothing at all."""

from __future__ import annotations

from dsl.near_misses.doubt import Doubt, Seen, Told, sayable
from dsl.near_misses.tenses import FACTS

_FLOWS = "journey|campaign|workflow|flow|sequence|program|programme|automation|nurture"
_LEAVE = (
    r"(?:un-?enrol{1,2}|remove|withdraw|take|stop|end|exit|leave|quit|cancel|kick|drop|finish|eject|pull"
    r"|abort|terminate)"
)
_FIRST_STEP = (
    r"^(?:[-*•]\s+)?(?P<a>send|wait|add|remove|set|notify|create|start|exit)_(?P<b>[a-z]+)\s*[:=]?\s*"
)


def _another(seen: Seen) -> Told:
    name = seen["name"]
    message = "A journey ends nothing but its own runs."
    fix = f"To end the journey {name}, write in its head when it stops: “stop when …” or “stop as soon as …”"
    return message, f"{fix}; if {name} is why this run ends here: exit {name}"


def _stop_if(seen: Seen) -> Told | None:
    """`stop if …` among the lines that do something: here, or wherever the run stands?"""
    if not seen.flow:
        return None
    what, fact, how = seen["what"].strip(), seen["what"].strip(), " ".join(seen["how"].lower().split())
    event = bool(seen["verb"])
    if how == "stop as soon as" or (how == "stop when" and event):
        return None
    if event:
        done = FACTS.get(seen["verb"].lower(), seen["verb"])
        rest = seen.text[seen.match.end("verb") :]
        fact = f"contact has {done}{rest}"
        whole = f"stop when {what}"
    else:
        whole = f"stop as soon as {what}"
    if not sayable(f"if {fact}"):
        fact, whole = "…", whole if sayable(whole) else "stop as soon as …"
    message = f"“{seen['how']}” may mean here alone, or wherever the contact stands."
    fix = f"To ask here, write “if {fact}” and under it “exit "
    return message, f'{fix}"…"”; to end the run whenever it is so, write “{whole}” in the head.'


def _kept_out(seen: Seen) -> Told:
    where = f"{seen['kind'].lower()} {seen['name']}"
    message = "Whom the journey leaves out is said with its start, and when it ends with “stop”."
    fix = (
        f"To let nobody in who is in it, write “if contact is not in {where}” at the end of the “start” line"
    )
    return message, f"{fix}; to end the run of whoever comes into it: stop as soon as contact is in {where}"


def _nothing(seen: Seen) -> Told:
    return (
        "Where nothing is to happen, no line stands.",
        "Leave it out; and if it is all that stands under a line, leave that line out too.",
    )


def _snake(seen: Seen) -> Told:
    rest = seen["rest"].strip().strip('"')
    words = f"{seen['a'].lower()} {seen['b'].lower()}"
    named = f'{words} "{rest}"' if rest else f'{words} "…"'
    if seen["a"].lower() == "wait":
        named = f"wait {rest or '2 days'}"
    return "Words stand apart here, and names in quotes.", f"Write: {named}"


def _from_list(seen: Seen) -> Told:
    kind, name = seen["kind"].lower(), seen["name"]
    if kind == "segment":
        fix = f"Nobody is put into it or taken out. Ask: contact is in segment {name}"
        return "Who fits the lines of a segment is in it.", fix
    return "What is withdrawn is a consent.", f"Write: remove from {kind} {name}"


def _first_time(seen: Seen) -> Told | None:
    """`as soon as contact visits …`: each time, or the first time?"""
    done = FACTS[seen["verb"].lower()]
    each, first = f"whenever contact {seen['verb']}{seen['rest']}", f"contact has {done}{seen['rest']}"
    if not sayable(each):
        return None
    message = "What happens is told with “whenever”, what has become so with “as soon as”."
    return (
        message,
        f"Write “{each}” for each time; or “as soon as {first} since the start” for the first time.",
    )


ENDS: tuple[Doubt, ...] = (
    Doubt(
        rf"^{_LEAVE}\s+(?:(?:the\s+)?(?:contacts?|them|person|lead)\s+)?(?:from\s+|out\s+of\s+|off\s+)?(?:the\s+|other\s+|another\s+)*"
        rf"(?:{_FLOWS})\s+(?P<name>\"[^\"]*\")\.?$",
        _another,
    ),
    Doubt(r"^un-?enrol{1,2}\s+(?:contact\s+)?from\s+(?P<name>\"[^\"]*\")\.?$", _another),
    Doubt(
        r"^(?P<how>(?:stop|exit|end|leave|quit)(?:\s+(?:the\s+)?(?:journey|campaign|workflow|flow|run))?"
        r"\s+(?:if|once|when|as\s+soon\s+as))\s+"
        r"(?P<what>(?:contact\s+(?P<verb>clicks|opens|submits|visits|downloads|attends|books|does|unsubscribes)\b"
        r"|\(|contact\b|account\b|score\b|trigger\.|at\s+least\b|no\s+contact\b).*)$",
        _stop_if,
    ),
    Doubt(
        r"^(?:suppression|exclusion|exclude|excluding|suppress|block|blacklist|omit)s?"
        r"(?:\s+(?:contacts?|everyone|people|all))?(?:\s+(?:in|on|from|with))?(?:\s+(?:the|of))?\s*:?\s*"
        r"(?P<kind>list|segment)s?\s*:?\s*(?P<name>\"[^\"]*\")",
        _kept_out,
    ),
    Doubt(
        r"^(?:do\s+)?(?:nothing|no\s+action|noop|no-op|pass|skip|ignore|continue)(?:\s+(?:here|then|more))?\.?$",
        _nothing,
    ),
    Doubt(
        r"^as\s+soon\s+as\s+contact\s+(?P<verb>clicks|opens|submits|visits|downloads|attends|books|does)(?P<rest>\s.*)$",
        _first_time,
    ),
    Doubt(_FIRST_STEP + r"(?P<rest>[^,()]*)$", _snake),
    Doubt(
        r"^withdraw\s+(?:contact\s+)?from\s+(?:the\s+)?(?P<kind>list|segment|audience)\s+(?P<name>\"[^\"]*\")$",
        _from_list,
    ),
)
