"""Suppression: whether anything of marketing may reach a contact, and why not. Pure.

Three may say so, the strongest first: the contact and its mailbox (unsubscribed, complained, bounced), which
nobody overrides; a person who has decided about this one contact; and a journey (`suppress contact`). A
person may also let one contact through what a journey or a rule by facts forbids: never what the contact has
said.
"""

from __future__ import annotations

from runtime.facts import Facts

ERASED = "erased"
"""Why a contact of whom nothing is left gets nothing, starts nothing, and is told of nowhere."""

BY_HAND, LET_THROUGH = "suppressed", "let through"
"""What a person has decided about a contact."""

DECIDED = "suppressed by hand"
"""The reason where a person has decided so."""

# A stronger reason replaces a weaker one, never the reverse: what a journey imposed it may lift, an
# unsubscription may be lifted by the contact, an address that does not exist may not.
_STRENGTH = {"unsubscribed": 2, "complained": 3, "bounced": 4, ERASED: 5}
PERMANENT = frozenset(_STRENGTH)
"""The reasons to suppress that no journey gave, and none lifts."""


BOUNCES = ("hard", "soft")
"""How an email bounces: for good, or for now."""


def bounce(kind: object) -> str | None:
    """Return which of `BOUNCES` a sender means, however it writes it; None if it is none of them."""
    said = str(kind).strip().lower()
    return said if said in BOUNCES else None


def strongest(reasons: set[str]) -> str | None:
    """Return the reason that decides what a suppressed contact may still be sent; None if there is none."""
    return max(reasons, key=lambda reason: (_STRENGTH.get(reason, 1), reason), default=None)


def suppressed(facts: Facts, at: int) -> str | None:
    """Return why nothing of marketing may reach the contact at an instant, if so."""
    if facts.suppressed in PERMANENT:
        return facts.suppressed
    decided = facts.override.at(at) if facts.override is not None else None
    if decided == BY_HAND:
        return DECIDED
    return None if decided == LET_THROUGH else facts.suppressed


def beyond(reason: str | None, agreed: bool) -> str:
    """Say why no person can let a contact through: what it or its mailbox has said; "" if one can.

    `reason`: what suppresses it; `agreed`: to marketing.
    """
    said = {
        "unsubscribed": "has unsubscribed",
        "complained": "has complained about mail",
        "bounced": "has an address that does not exist",
        ERASED: "was erased",
    }
    return said.get(reason or "", "") or ("" if agreed else "has not agreed to marketing")


def let_through(facts: Facts, at: int) -> bool:
    """Whether a person lets the contact through what rules by facts and lists forbid."""
    return facts.override is not None and facts.override.at(at) == LET_THROUGH
