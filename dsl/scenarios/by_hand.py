"""What a person does by hand: runs stand still, go on, end; sends stop; marketing reaches a contact or not.

Or a contact is erased, or merged into another one. The words are those of `nurture pause`, `resume`, `stop`,
`suppress`, `lift`, `erase` and `merge`.
"""

from __future__ import annotations

from typing import Literal, cast

from dsl.nodes import Name
from dsl.parser import Tree
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.script import Decision, Departure, Switch

_VERBS = ("pause", "resume", "stop")


@reads("by_hand", "sends_by_hand")
def switched(said: Said, making: Making) -> None:
    """Read what a person does with runs, or with what they send."""
    sends = " sends" if said.tree.rule == "sends_by_hand" else ""
    what = said.tree.need(*_VERBS).rule + sends
    switch = _switch(said.tree.find("journey_named", "contact_named"), making)
    if switch is not None:
        making.happens(said, Switch(cast(Literal["pause"], what), *switch))


def _switch(
    tree: Tree | None, making: Making
) -> tuple[Literal["all", "journey", "contact", "run"], str, str] | None:
    """Return whose runs are meant: the scope, a journey's name or a contact's id, and of which journey."""
    if tree is None:
        return "all", "", ""
    token, narrowed = string(tree), tree.find("journey_named")
    if tree.rule == "journey_named":
        return ("journey", token.value, "") if making.check.known("journey", Name.of(token)) else None
    contact = making.contact(token)
    journey = string(narrowed) if narrowed is not None else None
    known = journey is None or making.check.known("journey", Name.of(journey))
    if contact is None or not known:
        return None
    return ("contact", contact, "") if journey is None else ("run", contact, journey.value)


@reads("suppressed_by_hand", "lifted_by_hand")
def decided(said: Said, making: Making) -> None:
    """Read what a salesperson decides about a contact."""
    tree = said.tree
    anyway = tree.find("anyway")
    what = "suppress" if tree.rule == "suppressed_by_hand" else "let through" if anyway else "lift"
    contact = making.contact(string(tree))
    end = (anyway or tree).find("until")
    until = making.until(end, "decision") if end is not None else None
    if contact is not None and (end is None or until is not None):
        making.happens(said, Decision(cast(Literal["lift"], what), contact, until))


@reads("erased", "merged")
def departs(said: Said, making: Making) -> None:
    """Read that a contact is no more. An erased one stays so, and of two that are one nobody goes again."""
    ids: list[str] = []
    for token in said.tree.tokens("STRING"):
        id_ = making.contact(token)
        if id_ is None:
            return
        if id_ in making.gone:
            message = f"“{token.value}” is {making.gone[id_]} by then."
            making.report.add("S204", token.span, message, "Leave the line out, or name another contact.")
            return
        if id_ in ids:
            making.report.add("S204", token.span, f"“{token.value}” is one contact.", "Name two.")
            return
        ids.append(id_)
    making.gone[ids[0]] = f"one with “{token.value}”" if len(ids) > 1 else "erased"
    making.happens(said, Departure(*ids))
