"""What journeys and sales are expected to do: entries, ends, goals, places, handoffs."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from dsl.nodes import Name
from dsl.scenarios import reasons
from dsl.scenarios.expecting import NONE, expect, stretch_of
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.offered import Offered
from dsl.scenarios.script import Answer, Count, Expectation, Handed, Passage, Passing, Place
from dsl.tokens import Token

_PASSES: dict[str, Passing] = {
    "enters_run": "enters",
    "enter_run": "enters",
    "leaves_run": "leaves",
    "leave_run": "leaves",
    "reaches_goal": "reaches",
    "reach_goal": "reaches",
}


@reads("expect_handoff")
def handoff(said: Said, making: Making) -> None:
    """Read handoffs."""
    tree = said.tree
    name = next(iter(tree.tokens("STRING")), None)
    contact = making.contact(string(tree.need("whose")))
    owner = tree.find("owner_named")
    answer = tree.find("overdue", "accepted", "rejected", "waiting")
    if name is not None and not making.check.known("handoff", Name.of(name)):
        return
    if contact:
        told = {"waiting": "unanswered"}.get(answer.rule, answer.rule) if answer else None
        what = Handed(
            contact,
            name.value if name else None,
            string(owner).value if owner else None,
            tree.has("high_priority"),
            cast(Answer | None, told),
        )
        expect(said, making, what)


@reads("expect_run")
def run(said: Said, making: Making) -> None:
    """Read that a contact enters or leaves a journey, or reaches a goal."""
    tree = said.tree
    contact = making.contact(string(tree))
    passes = tree.need(*_PASSES)
    how, name = _PASSES[passes.rule], string(passes)
    negated = tree.has("is_not")
    if how == "reaches":
        known = making.journeys.ask(lambda offered: offered.goals, None)
        if known is not None and name.value not in known:
            making.unknown("S301", name, f"No journey has the goal “{name.value}”", known)
            return
    elif not making.check.known("journey", Name.of(name)):
        return
    because = tree.find("because")
    if because is not None and not _because(string(because), how, name.value, negated, making):
        return
    if contact is None:
        return
    reason = string(because).value if because else None
    what = Passage(contact, how, name.value, reason)
    stretch = stretch_of(tree, making)
    if stretch is None:
        return
    # “does not enter … because” is a refusal that is expected; without a reason nothing of the kind is.
    count = Count() if not negated or reason is not None else NONE
    if negated and reason is not None:
        what = replace(what, refused=True)
    making.expectations.append(Expectation(said.line.number, said.line.text, stretch, what, count))


def _because(reason: Token, how: Passing, journey: str, negated: bool, making: Making) -> bool:
    if how == "enters":
        if not negated:
            message = "Nobody enters for a reason; only who is not let in has one."
            making.report.add("S303", reason.span, message, "Leave “because …” out.")
            return False
        known: tuple[str, ...] = reasons.NOT_ENTERED
    elif how == "leaves" and not negated:
        left = making.journeys.ask(lambda offered: offered.left(journey), None)
        if left is None:
            return True
        known = left
    else:
        message = "Here no reason can be given."
        making.report.add("S303", reason.span, message, "Leave “because …” out.")
        return False
    if reasons.plain(reason.value) in known:
        return True
    verb = "lets nobody in" if how == "enters" else "lets nobody out"
    making.unknown("S303", reason, f"The journey “{journey}” {verb} because of “{reason.value}”", known)
    return False


@reads("expect_place")
def place(said: Said, making: Making) -> None:
    """Read where a contact stands in a journey."""
    tree = said.tree
    contact = making.contact(string(tree))
    where = tree.need("in_run", "at_step", "waiting_for")
    *step, journey = where.tokens("STRING")
    if not making.check.known("journey", Name.of(journey)):
        return
    if step and not _step(step[0], journey.value, where.rule == "waiting_for", making):
        return
    if contact:
        wanted = step[0].value if step else ""
        what = Place(contact, journey.value, wanted, tree.has("is_not"), where.rule == "waiting_for")
        expect(said, making, what, count=False)


def _step(token: Token, journey: str, blocks_only: bool, making: Making) -> bool:
    """Whether a journey has such a block, or such a step."""

    def places(offered: Offered) -> tuple[str, ...]:
        found = offered.journeys.get(journey)
        return (token.value,) if found is None else found.places(blocks_only)

    if making.journeys.ask(lambda offered: token.value in places(offered), True):
        return True
    known: tuple[str, ...] = making.journeys.ask(places, ())
    kind = "block" if blocks_only else "place"
    making.unknown("S302", token, f"The journey “{journey}” has no {kind} “{token.value}”", known)
    return False
