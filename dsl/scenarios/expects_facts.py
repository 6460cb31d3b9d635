"""What is expected to be so of a contact or an account, and what is never to happen."""

from __future__ import annotations

from typing import Literal, cast

import dsl.constructs  # noqa: F401  registers the conditions
from dsl.constructs.comparison import ORDERS
from dsl.constructs.score import ScoreIs
from dsl.constructs.values import number
from dsl.nodes import CONDITIONS, Name
from dsl.parser import Tree
from dsl.plan import Compare, Condition, DateIs, IsSet, Ref, Score
from dsl.scenarios.expecting import NONE, expect, is_sent
from dsl.scenarios.lines import Said
from dsl.scenarios.making import Making, reads, string
from dsl.scenarios.moments import sound_length
from dsl.scenarios.script import Effect, Expectation, Expected, Fact, Pressure, Stretch
from dsl.scenarios.values import name_span, read
from dsl.tokens import Token

_FACTS = ("in_stage", "in_segment", "in_list", "has_tag", "has_consent", "is_suppressed")


@reads("expect_fact")
def fact(said: Said, making: Making) -> None:
    """Read what is true of a contact: its stage, tags, consents, lists, segments."""
    tree = said.tree
    contact = making.contact(string(tree))
    found = tree.need(*_FACTS)
    node = CONDITIONS[found.rule].read(found)
    before = len(making.report.found)
    node.check(making.check)
    if contact and len(making.report.found) == before:
        name = next((token.value for token in found.tokens("STRING")), "")
        asked = f"segment “{name}”" if found.rule == "in_segment" else found.rule
        inverse = found.has("is_not") or found.has("no")
        what = Fact("contact", contact, node.lower(making.check.given), False, asked, inverse)
        expect(said, making, what, count=False)


@reads("expect_score")
def score(said: Said, making: Making) -> None:
    """Read what the score is."""
    tree = said.tree
    contact = making.contact(string(tree.need("whose")))
    before = len(making.report.found)
    if tree.has("between") or tree.find(*ORDERS):
        node = ScoreIs.read(tree)
        node.check(making.check)
        condition: Condition = node.lower(making.check.given)
    else:
        token = next(part for part in tree.parts if isinstance(part, Token))
        if token.kind == "STRING":
            if not making.check.known("threshold", Name.of(token)):
                return
            points = making.check.catalog.thresholds.get(token.value, 0.0)
        else:
            points = float(number(token.text))
        condition = Score(kind="eq", points=points)
    if contact and len(making.report.found) == before:
        expect(said, making, Fact("contact", contact, condition, False, "score"), count=False)


@reads("expect_field")
def field(said: Said, making: Making) -> None:
    """Read what a field of a contact or an account holds."""
    tree = said.tree
    ref = tree.need("ref")
    whose, name = ref.token("REF").text.split(".", 1)
    token = string(tree.need("whose"))
    if whose not in ("contact", "account"):
        message = f"Only contacts and accounts have fields here, and “{whose}” is neither."
        making.report.add("N305", ref.span, message, f"Write contact.{name} or account.{name}.")
        return
    id_ = (making.contact if whose == "contact" else making.account)(token)
    definition = making.check.field_of(whose, name, name_span(ref.span, whose))
    left = Ref(of=cast(Literal["contact", "account"], whose), field=name)
    if tree.has("empty") or tree.has("set"):
        condition: Condition | None = IsSet(left=left, value=tree.has("set"))
    elif tree.has("contains"):
        condition = Compare(left=left, kind="contains", right=string(tree).value)
    else:
        literal = tree.need("string", "amount", "yes", "no", "list", "point")
        value = read(literal, definition, f"{whose}.{name}", making)
        condition = None if value is None else _equal(left, literal, value)
    if id_ and definition and condition is not None:
        what = Fact(
            cast(Literal["contact", "account"], whose), id_, condition, tree.has("is_not"), f"{whose}.{name}"
        )
        expect(said, making, what, count=False)


def _equal(left: Ref, literal: Tree, value: object) -> Condition | None:
    if literal.rule == "point" and isinstance(value, str) and "T" not in value:
        return DateIs(left=left, side="on", right=value)
    if isinstance(value, list):
        return None
    return Compare(left=left, kind="eq", right=cast(str, value))


@reads("never_more", "never_mail")
def never(said: Said, making: Making) -> None:
    """Read what is never to happen, from the start to the end of the scenario."""
    tree = said.tree
    contact = making.contact(string(tree.need("to_contact")))
    whole = Stretch(making.clock.start, 0)  # until the end, which is known last
    if tree.rule == "never_mail":
        email = next(iter(tree.tokens("STRING")), None)
        if (email is None or is_sent(email, making)) and contact:
            what: Expected = Effect("send", email.value if email else None, contact)
            made = Expectation(said.line.number, said.line.text, whole, what, NONE)
            making.expectations.append(made)
        return
    most = tree.token("NUMERAL")
    if not most.text.isdigit():
        making.report.add("N403", most.span, f"{most.text} is no number of emails.", "Write a whole number.")
        return
    amount, unit = 0, "week" if tree.has("calendar_week") else "day"
    if rolling := tree.find("rolling"):
        length = sound_length(rolling.need("duration"), making.check)
        if length is None:
            return
        amount, unit = length.whole, length.one
    if contact:
        named = cast(Literal["minute", "hour", "day", "week"], unit)
        what = Pressure(contact, int(most.text), amount, named)
        making.expectations.append(Expectation(said.line.number, said.line.text, whole, what))
