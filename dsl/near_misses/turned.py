"""“unless”, “except if” and “skip if”: what is to be so for the line not to hold, turned round."""

from __future__ import annotations

from dsl.near_misses.doubt import Doubt, Seen, Told, sayable
from dsl.negating import opposite

_UNLESS = r"(?:unless|except\s+(?:if|when)|but\s+not\s+(?:if|when)|and\s+not\s+if|excluding\s+if|if\s+not)"
_SUBJECT = r"(?:\(|contact\b|account\b|score\b|trigger\.|at\s+least\b|no\s+contact\b)"


def _said(condition: str) -> str:
    return f"“{condition}” has no opposite that one line could say"


def _unless(seen: Seen) -> Told | None:
    what = seen["what"].strip(" :")
    turned = opposite(what)
    if turned:
        return "“unless” is “if” with the opposite condition.", f"Write “if {turned}”."
    if not sayable(f"if {what}"):
        return None
    fix = f"Write “if {what}” with what is done then, and “otherwise” with what stands under this line"
    return f"{_said(what)}.", f"{fix}."


def _start(seen: Seen) -> Told | None:
    line, what = seen["line"], seen["what"].strip()
    turned = opposite(what)
    if not sayable(line):
        return None
    if turned:
        return "Who is let in is said with “if”.", f"Write “{line} if {turned}”."
    if not sayable(f"if {what}"):
        return None
    fix = f"Declare a segment of those who are meant; or begin the flow with “if {what}” and “exit"
    return f"{_said(what)}.", f'{fix} "…"” under it.'


def _and(seen: Seen) -> Told | None:
    right = f"{seen['line']} if {seen['what'].strip()}"
    if not sayable(right):
        return None
    return "Who is let in is said with “if”, behind the event.", f"Write “{right}”."


def _line(seen: Seen) -> Told | None:
    line, what = seen["line"].rstrip(" ,"), seen["what"].strip()
    if not sayable(line):
        return None
    turned = opposite(what)
    if turned:
        return (
            "A condition is a line of its own.",
            f"Write “if {turned}” above it, and indent “{line}” under it.",
        )
    if not sayable(f"if {what}"):
        return None
    fix = f"Write “if {what}” with what is done then, and “otherwise” with “{line}” under it."
    return f"{_said(what)}.", fix


def _skip(seen: Seen) -> Told | None:
    if not seen.flow:
        return None
    what = seen["what"].strip(" :")
    turned = opposite(what)
    message = "What is left out for some stands under an “if” for the others."
    if turned:
        return message, f"Write “if {turned}”, and indent under it what is to be left out."
    if not sayable(f"if {what}"):
        return None
    return message, f"Write “if {what}” with what is done then, and “otherwise” with what is to be left out."


TURNED: tuple[Doubt, ...] = (
    Doubt(r"^unless\s+(?P<what>.*)$", _unless),
    Doubt(rf"^(?P<line>start\s+when\b.*?)\s*,?\s+{_UNLESS}\s+(?P<what>{_SUBJECT}.*)$", _start),
    Doubt(
        rf"^(?P<line>start\s+when\b.*?)\s*,?\s+(?:and|with|but\s+only\s+if|provided)\s+(?P<what>{_SUBJECT}.*)$",
        _and,
    ),
    Doubt(
        rf"^(?P<line>(?!start|if|unless|otherwise|when)\w.*?)\s*,?\s+{_UNLESS}\s+(?P<what>{_SUBJECT}.*)$",
        _line,
    ),
    Doubt(rf"^skip\s+(?:this\s+|it\s+|the\s+next\s+line\s+)?(?:if|when)\s+(?P<what>{_SUBJECT}.*)$", _skip),
)
