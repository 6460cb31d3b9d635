"""To whom: an email goes to the contact, and to nobody else."""

from __future__ import annotations

from dsl.near_misses.doubt import Doubt, Seen, Told

_SEND = r"^send\s+(?:an?\s+|the\s+)?(?:service\s+|marketing\s+)?(?:e-?mail\s+)?(?P<what>\"[^\"]*\")"


def _somebody(seen: Seen) -> Told | None:
    to = seen["to"]
    if to.lower() == "contact.email":
        return None
    name = f"{'email ' if 'mail' in seen.text.split(chr(34))[0].lower() else ''}{seen['what']}"
    message = "An email goes to the contact, and to nobody else."
    owner = to if to.lower().startswith(("account.", "contact.")) else "account.owner"
    fix = f'To tell a person or a team, write “notify team "…" "…"”, or “create task "…" for {owner}”'
    return message, f"{fix}; to send {name} to the contact, leave “{seen['tail'].strip()}” out."


def _group(seen: Seen) -> Told:
    where = f"{seen['kind'].lower()} {seen['name']}"
    send = seen.text[: seen.match.start("tail")].rstrip(" ,")
    message = "An email goes to the contact who stands here, not to a group."
    fix = f"To send it to those alone, write “if contact is in {where}” and under it “{send}”"
    if seen["kind"].lower() == "segment":
        fix += f"; to let everyone of it in: start with everyone in {where}"
    return message, f"{fix}."


def _copy(seen: Seen) -> Told:
    message = f"An email goes to the contact alone: there is no “{seen['how'].lower()}”."
    send = seen.text[: seen.match.start("how")].rstrip(" ,:")
    return message, f'Write “{send}”; to let others know, write below it: notify team "…" "…"'


RECIPIENTS: tuple[Doubt, ...] = (
    Doubt(
        _SEND + r"(?P<tail>\s*,?\s+(?:to|for)\s+(?:(?:everyone|everybody|all(?:\s+contacts)?)\s+(?:in\s+)?)?"
        r"(?:the\s+)?(?P<kind>segment|list)\s+(?P<name>\"[^\"]*\"))\s*$",
        _group,
    ),
    Doubt(
        _SEND + r"(?P<tail>\s*,?\s+to\s+(?:the\s+|my\s+|our\s+)?(?P<to>(?:contact|account)\.\w+|\"[^\"]*\""
        r"|[\w.+-]+@[\w.-]+|(?:account\s+|contact\s+)?owner|sales(?:\s+rep)?|manager|me|us))\s*$",
        _somebody,
    ),
    Doubt(_SEND + r"\s*,?\s+(?:with\s+)?(?P<how>b?cc)\b.*$", _copy),
)
