"""What all expectations share: when something is expected, how often, and with which outcome."""

from __future__ import annotations

from typing import cast

from dsl import civil
from dsl.nodes import Name
from dsl.parser import Tree
from dsl.scenarios import reasons
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, string
from dsl.scenarios.moments import sound_length
from dsl.scenarios.script import Count, Expectation, Expected, Outcome, Stretch
from dsl.tokens import Token

NONE = Count(0, 0)
"""Nothing of the kind."""


def expect(said: Said, making: Making, what: Expected | None, *, count: bool = True) -> None:
    """Add an expectation, unless something of it was reported."""
    stretch = stretch_of(said.tree, making)
    amount = amount_of(said.tree, making) if count else Count()
    if what is not None and stretch is not None and amount is not None:
        making.expectations.append(Expectation(said.line.number, said.line.text, stretch, what, amount))


def stretch_of(tree: Tree, making: Making) -> Stretch | None:
    """Return when it is expected: now, or within a length of time from now."""
    within = tree.find("within")
    now = making.stretch
    if within is None:
        return now
    length = sound_length(within.need("duration"), making.check)
    if length is None:
        return None
    if making.moment is not None and not making.moment.instant:
        message = "“within” counts from an instant, and this line stands under a stretch of time."
        fix = "Leave it out, or write a moment with a time of day above."
        making.report.add("S103", within.span, message, fix)
        return None
    until = civil.add(now.since, length.whole, length.one, making.clock.zone)
    return Stretch(now.since, until)


def amount_of(tree: Tree, making: Making) -> Count | None:
    """Return how many are expected; None if that is no number of things."""
    if tree.has("no"):
        return NONE
    found = tree.find("count")
    if found is None:
        return Count()
    token = found.token("NUMERAL")
    if not token.text.isdigit():
        making.report.add("N403", token.span, f"{token.text} is no number of these.", "Write a whole number.")
        return None
    many = int(token.text)
    if found.has("at_least"):
        return Count(many, None)
    return Count(0, many) if found.has("at_most") else Count(many, many)


def outcome_of(tree: Tree, making: Making) -> tuple[Outcome, str | None] | None:
    """Return the outcome that is expected and its reason; None if the reason was reported."""
    found = tree.find("held", "skipped", "failed")
    because = tree.find("because")
    outcome = cast(Outcome, found.rule if found else "sent")
    if because is None:
        return outcome, None
    reason = string(because)
    known: tuple[str, ...] | None = reasons.held()
    if outcome == "skipped":
        known = making.journeys.ask(lambda offered: offered.skipped, None)
    if outcome != "failed" and known is not None and reason.value not in known:
        making.unknown("S303", reason, f"Nothing is {outcome} because of “{reason.value}”", known)
        return None
    return outcome, reason.value


def is_sent(email: Token, making: Making) -> bool:
    """Whether a journey sends the email; reports one that none does."""
    if not making.check.known("email", Name.of(email)):
        return False
    journeys = making.journeys
    if journeys.ask(lambda offered: email.value in offered.emails, True):
        return True
    known: frozenset[str] = journeys.ask(lambda offered: offered.emails, frozenset())
    making.unknown("S301", email, f"No journey sends the email “{email.value}”", known)
    return False
